"""First come first served, in one pass over the items: a recursion on the workers' free times.

Law: whoever is accepted n-th is started n-th, by the worker that is free first (ties to the
lowest number), and a queue of k places has room for it once the (n-k)-th has been started.  So
no calendar is needed, and every instant is the sum or the larger of the same two floats as in
the reference model, bit for bit.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "REJECT", "serve_in_order"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

BLOCK, REJECT = 0, 1


@numba.njit(cache=True, nogil=True)
def _sift_down(free: Floats, number: Integers) -> None:
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


@numba.njit(cache=True, nogil=True)
def _first_to_offer(due: Floats, item: Integers) -> int:
    """The producer whose item is offered next, ties to the lowest item; -1 when all are done."""
    first = -1
    for producer in range(len(due)):
        if item[producer] < 0:
            continue
        if (
            first < 0
            or due[producer] < due[first]
            or (due[producer] == due[first] and item[producer] < item[first])
        ):
            first = producer
    return first


@numba.njit(cache=True, nogil=True)
def _turn_to_next(
    producer: int,
    plan: tuple[Floats, Floats, Floats, bool, float],
    due: Floats,
    last: Floats,
    item: Integers,
) -> None:
    """When a producer will offer its next item; by gap it may be the end of its items."""
    planned, gap, lateness, by_gap, end = plan
    i = item[producer]
    if by_gap:
        instant = last[producer] + gap[i]
        if instant >= end:
            item[producer] = -1
            return
        planned[i] = instant
    due[producer] = max(planned[i], last[producer]) + lateness[i]


@numba.njit(cache=True, nogil=True)
def serve_in_order(
    plan: tuple[Floats, Floats, Floats, bool, float],
    length: Floats,
    turn_round: Floats,
    pool: tuple[int, int, int, int],
    out: tuple[Floats, Floats, Floats, Floats, Integers],
) -> None:
    """Serve every item; arrays have shape (items,), times are seconds.

    `plan` is (planned, gap, lateness, by gap?, end of the arrivals), `pool` (producers, workers,
    places or -1, BLOCK or REJECT); `out` takes (offered, accepted, started, finished, worker),
    which come in as NaN and -1; by gap `planned` is filled in too.
    """
    producers, workers, places, when_full = pool
    offered, accepted, started, finished, worker = out
    count = len(worker)
    free, number = np.zeros(workers), np.arange(workers)
    starts = np.zeros(max(places, 1))
    due, last, item = np.zeros(producers), np.zeros(producers), np.full(producers, -1)
    for producer in range(producers):
        if producer < count:
            item[producer] = producer
            _turn_to_next(producer, plan, due, last, item)
    entered = 0
    while True:
        producer = _first_to_offer(due, item)
        if producer < 0:
            return
        i, now = item[producer], due[producer]
        offered[i] = now
        room_from = now
        if places == 0:
            room_from = free[0]
        elif places > 0 and entered >= places:
            room_from = starts[entered % places]
        if room_from > now and when_full == REJECT:
            finished[i] = last[producer] = now
        else:
            accepted[i] = last[producer] = max(now, room_from)
            started[i] = max(accepted[i], free[0])
            finished[i] = started[i] + length[i]
            worker[i] = number[0]
            if places > 0:
                starts[entered % places] = started[i]
            entered += 1
            free[0] = finished[i] + turn_round[i]
            _sift_down(free, number)
        item[producer] = i + producers if i + producers < count else -1
        if item[producer] >= 0:
            _turn_to_next(producer, plan, due, last, item)
