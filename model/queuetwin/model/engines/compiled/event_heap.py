"""Who is due next: a heap in which each member is due at most once.

Row 1 is the soonest by (instant, order), row 0 holds the size in `member`, and a member's own
row, in whatever table, holds in `place` where in the heap it stands, 0 for not at all.  An empty
heap is due at infinity.
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import ENTRY, Row, StructArray

__all__ = ["is_before", "new_heap", "set_due", "withdraw"]


def new_heap(members: int) -> StructArray:
    """Nobody of so many is due."""
    heap = np.zeros(members + 1, dtype=ENTRY)
    heap["instant"][1] = np.inf
    return heap


@step
def is_before(instant: float, order: int, entry: Row) -> bool:
    """Whether something at an instant comes before an entry of a heap."""
    return bool(instant < entry.instant or (instant == entry.instant and order < entry.order))


@step
def _put(
    heap: StructArray, members: StructArray, place: int, instant: float, order: int, member: int
) -> None:
    entry = heap[at(place)]
    entry.instant, entry.order, entry.member = instant, order, member
    members[at(member)].place = place


@step
def set_due(
    heap: StructArray, members: StructArray, member: int, instant: float, order: int
) -> None:
    """A member is due then, and no more at the instant that was set before, if one was."""
    size = heap[0].member
    place = members[at(member)].place
    if place == 0:
        size += 1
        heap[0].member = size
        place = size
    while place > 1:
        above = heap[at(place >> 1)]
        if not is_before(instant, order, above):
            break
        _put(heap, members, place, above.instant, above.order, above.member)
        place >>= 1
    while True:
        child = 2 * place
        if child > size:
            break
        below = heap[at(child)]
        if child < size:
            other = heap[at(child + 1)]
            if is_before(other.instant, other.order, below):
                child += 1
                below = other
        if is_before(instant, order, below):
            break
        _put(heap, members, place, below.instant, below.order, below.member)
        place = child
    _put(heap, members, place, instant, order, member)


@step
def withdraw(heap: StructArray, members: StructArray, member: int) -> None:
    """A member is not due any more, if it was."""
    place = members[at(member)].place
    if place == 0:
        return
    members[at(member)].place = 0
    size = heap[0].member
    heap[0].member = size - 1
    last = heap[at(size)]
    instant, order, mover = last.instant, last.order, last.member
    last.instant = np.inf
    if place < size:
        members[at(mover)].place = place
        set_due(heap, members, mover, instant, order)
