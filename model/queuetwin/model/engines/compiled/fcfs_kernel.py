"""First come first served, in one pass over the items: a recursion on the workers' free times.

Law: whoever is accepted n-th is started n-th, by the worker that is free first (ties to the
lowest number), and a queue of k places has room for it once the (n-k)-th has been started.  So
no calendar is needed, and every instant is the sum or the larger of the same two floats as in
the reference model, bit for bit.  The state stands apart, so the next draws can go on from it.
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.engines.compiled.jit import kernel, read_only, step

__all__ = ["BLOCK", "REJECT", "serve_in_order", "sift_down", "waits"]


BLOCK, REJECT = 0, 1


@step
def sift_down(free: Floats, number: Integers) -> None:
    """Put the first worker of a heap by (free, number) where it belongs."""
    size, place = len(free), 0
    this_free, this_number = free[0], number[0]
    while 2 * place + 1 < size:
        child = 2 * place + 1
        other = child + 1
        if other < size and (
            free[other] < free[child]
            or (free[other] == free[child] and number[other] < number[child])
        ):
            child = other
        if free[child] > this_free or (free[child] == this_free and number[child] > this_number):
            break
        free[place], number[place] = free[child], number[child]
        place = child
    free[place], number[place] = this_free, this_number


@step
def _first_to_offer(due: Floats, item: Integers) -> int:
    """The producer whose item is offered next, ties to the lowest item; -1 when none is due."""
    first = -1
    for producer in range(len(due)):
        if due[producer] == np.inf:
            continue
        if (
            first < 0
            or due[producer] < due[first]
            or (due[producer] == due[first] and item[producer] < item[first])
        ):
            first = producer
    return first


@step
def _turn_to_next(
    producer: int,
    plan: tuple[Floats, Floats, Floats, bool, float],
    first: int,
    due: Floats,
    last: Floats,
    item: Integers,
) -> None:
    """When a producer will offer its next item: never, where that is not drawn or not made."""
    planned, gap, lateness, by_gap, end = plan
    i = item[producer] - first
    due[producer] = np.inf
    if i >= len(gap):
        return
    if by_gap:
        instant = last[producer] + gap[i]
        if instant >= end:
            return
        planned[i] = instant
    due[producer] = max(planned[i], last[producer]) + lateness[i]


@kernel
def serve_in_order(
    plan: tuple[Floats, Floats, Floats, bool, float],
    length: Floats,
    turn_round: Floats,
    pool: tuple[int, int],
    state: tuple[Floats, Integers, Floats, Floats, Floats, Integers, Integers],
    out: tuple[Floats, Floats, Floats, Floats, Integers],
) -> None:
    """Serve every item that is drawn; arrays have shape (items,), times are seconds.

    `plan` is (planned, gap, lateness, by gap?, end of the arrivals), `pool` (places or -1, BLOCK
    or REJECT).  `state` is (free and number by worker, start of the last items accepted as a
    ring, next offer, last return and next item by producer, [first item, items accepted]).
    `out` takes (offered, accepted, started, finished, worker), which come in as NaN and -1; by
    gap `planned` is filled in too.
    """
    places, when_full = pool
    free, number, starts, due, last, item, counts = state
    offered, accepted, started, finished, worker = out
    first, entered = counts
    slot = entered % max(places, 1)
    producers = len(item)
    for producer in range(producers):
        _turn_to_next(producer, plan, first, due, last, item)
    while True:
        producer = _first_to_offer(due, item)
        if producer < 0:
            break
        i, now = item[producer] - first, due[producer]
        offered[i] = now
        room_from = now
        if places == 0:
            room_from = free[0]
        elif places > 0 and entered >= places:
            room_from = starts[slot]
        if room_from > now and when_full == REJECT:
            finished[i] = last[producer] = now
        else:
            accepted[i] = last[producer] = max(now, room_from)
            started[i] = max(accepted[i], free[0])
            finished[i] = started[i] + length[i]
            worker[i] = number[0]
            if places > 0:
                starts[slot] = started[i]
                slot = slot + 1 if slot + 1 < places else 0
            entered += 1
            free[0] = finished[i] + turn_round[i]
            sift_down(free, number)
        item[producer] += producers
        _turn_to_next(producer, plan, first, due, last, item)
    counts[0] = first + len(worker)
    counts[1] = entered


def waits(arrivals: Floats, services: Floats, workers: int) -> Floats:
    """Seconds that each item waits in an unbounded queue, all arrays of shape (items,)."""
    waited = np.empty(len(arrivals))
    free, number = np.full(workers, -np.inf), np.arange(workers)
    _write_waits(read_only(arrivals), read_only(services), free, number, waited)
    return waited


@kernel
def _write_waits(
    arrivals: Floats, services: Floats, free: Floats, number: Integers, waited: Floats
) -> None:
    """Serve every item on the worker that is free first; `free` and `number` are a heap."""
    for i in range(len(arrivals)):
        started = max(arrivals[i], free[0])
        waited[i] = started - arrivals[i]
        free[0] = started + services[i]
        sift_down(free, number)
