"""First come first served, in one pass over the items: a recursion on the workers' free times.

Law: the item that is accepted n-th is started n-th, by the worker that is free first (ties to the
lowest number), and a queue of k places has room for it once the (n-k)-th has been started.  So
no event list is needed, and every instant is the sum or the larger of the same two floats as in
the reference engine, bit for bit.  The state is kept, so the next draws continue from it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.engines.compiled.jit import kernel, read_only, step


class FcfsPlan(NamedTuple):
    """When producers would offer their items; arrays of shape (items,), times in seconds.

    By gap `planned` is filled in as they go; nothing is planned from `end` on.
    """

    planned: Floats
    gap: Floats
    lateness: Floats
    by_gap: bool
    end: float


class FcfsState(NamedTuple):
    """What the next draws have to know of those before.

    `free` and `number` are a heap of the workers, and `starts` is a ring of the instants at
    which the last accepted items were started; `due`, `returned` and `item` are by producer: its
    next offer, the return of its last one, and its next item.  `counts` are the items before
    these draws, and the items accepted.
    """

    free: Floats
    number: Integers
    starts: Floats
    due: Floats
    returned: Floats
    item: Integers
    counts: Integers


class FcfsInstants(NamedTuple):
    """What happens to each item, arrays of shape (items,), at first NaN and -1 for never."""

    offered: Floats
    accepted: Floats
    started: Floats
    finished: Floats
    worker: Integers


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
def _plan_next(producer: int, plan: FcfsPlan, state: FcfsState, first: int) -> None:
    """When a producer will offer its next item: never, where that is not drawn or not made."""
    planned, gap, lateness, by_gap, end = plan
    due, returned, item = state.due, state.returned, state.item
    i = item[producer] - first
    due[producer] = np.inf
    if i >= len(gap):
        return
    if by_gap:
        instant = returned[producer] + gap[i]
        if instant >= end:
            return
        planned[i] = instant
    due[producer] = max(planned[i], returned[producer]) + lateness[i]


@kernel
def serve_fcfs(
    plan: FcfsPlan,
    length: Floats,
    turn_round: Floats,
    capacity: int,
    rejects: bool,
    state: FcfsState,
    instants: FcfsInstants,
) -> None:
    """Serve every item that is drawn; `capacity` is -1 for an unbounded queue."""
    free, number, starts, due, returned, item, counts = state
    offered, accepted, started, finished, worker = instants
    first, entered = counts
    slot = entered % max(capacity, 1)
    producers = len(item)
    for producer in range(producers):
        _plan_next(producer, plan, state, first)
    while True:
        producer = _first_to_offer(due, item)
        if producer < 0:
            break
        i, now = item[producer] - first, due[producer]
        offered[i] = now
        room_from = now
        if capacity == 0:
            room_from = free[0]
        elif capacity > 0 and entered >= capacity:
            room_from = starts[slot]
        if room_from > now and rejects:
            finished[i] = returned[producer] = now
        else:
            accepted[i] = returned[producer] = max(now, room_from)
            started[i] = max(accepted[i], free[0])
            finished[i] = started[i] + length[i]
            worker[i] = number[0]
            if capacity > 0:
                starts[slot] = started[i]
                slot = slot + 1 if slot + 1 < capacity else 0
            entered += 1
            free[0] = finished[i] + turn_round[i]
            sift_down(free, number)
        item[producer] += producers
        _plan_next(producer, plan, state, first)
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
