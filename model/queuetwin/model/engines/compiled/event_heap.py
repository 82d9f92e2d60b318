"""The event list: an indexed binary heap in which each member is scheduled at most once.

Row 1 is the first by (instant, order), and row 0 holds the heap's size in `member`.  A member's
row in its own table holds its `position` in the heap, 0 while it is not scheduled.  Row 1 of an
empty heap is at infinity.
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import ENTRY, Row, StructArray


def new_heap(members: int) -> StructArray:
    """An empty heap for so many members."""
    heap = np.zeros(members + 1, dtype=ENTRY)
    heap["instant"][1] = np.inf
    return heap


@step
def is_before(instant: float, order: int, entry: Row) -> bool:
    """Whether (instant, order) comes before an entry of a heap."""
    return bool(instant < entry.instant or (instant == entry.instant and order < entry.order))


@step
def _put(
    heap: StructArray, members: StructArray, position: int, instant: float, order: int, member: int
) -> None:
    entry = heap[at(position)]
    entry.instant, entry.order, entry.member = instant, order, member
    members[at(member)].position = position


@step
def schedule(
    heap: StructArray, members: StructArray, member: int, instant: float, order: int
) -> None:
    """Schedule a member, or move it where it is scheduled already."""
    size = heap[0].member
    position = members[at(member)].position
    if position == 0:
        size += 1
        heap[0].member = size
        position = size
    while position > 1:
        above = heap[at(position >> 1)]
        if not is_before(instant, order, above):
            break
        _put(heap, members, position, above.instant, above.order, above.member)
        position >>= 1
    while True:
        child = 2 * position
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
        _put(heap, members, position, below.instant, below.order, below.member)
        position = child
    _put(heap, members, position, instant, order, member)


@step
def cancel(heap: StructArray, members: StructArray, member: int) -> None:
    """Take a member out of the heap, where it is in."""
    position = members[at(member)].position
    if position == 0:
        return
    members[at(member)].position = 0
    size = heap[0].member
    heap[0].member = size - 1
    last = heap[at(size)]
    instant, order, mover = last.instant, last.order, last.member
    last.instant = np.inf
    if position < size:
        members[at(mover)].position = position
        schedule(heap, members, mover, instant, order)
