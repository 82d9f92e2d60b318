"""Who waits in which line: items at a door or in a queue, workers that are idle.

Law: in the order of (since, number).  Whoever comes does so at the present instant, so a line is
walked from its end only past those who came at that same instant.  A member is in at most one
line, and leaves it from any place.
"""

from __future__ import annotations

from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import Row, StationState, StructArray

__all__ = ["AT_DOOR", "IDLE_WORKERS", "LEVELS", "join", "leave_line", "line_of"]

# The lines of a lane: its idle workers, its door, and from the third on its queue by level.
IDLE_WORKERS, AT_DOOR, LEVELS = 0, 1, 2


@step
def line_of(pool: StationState, lane: int, kind: int) -> Row:
    """One of a lane's lines."""
    return pool.lines[at(lane * (LEVELS + pool.rules[0].levels) + kind)]


@step
def join(line: Row, members: StructArray, mask: int, number: int, since: float) -> None:
    """A member comes to a line; none in it came later."""
    ahead, behind = line.last, -1
    while ahead >= 0 and ahead > number and members[at(ahead & mask)].since == since:
        behind = ahead
        ahead = members[at(ahead & mask)].ahead
    one = members[at(number & mask)]
    one.since, one.ahead, one.behind = since, ahead, behind
    if ahead >= 0:
        members[at(ahead & mask)].behind = number
    else:
        line.first = number
    if behind >= 0:
        members[at(behind & mask)].ahead = number
    else:
        line.last = number


@step
def leave_line(line: Row, members: StructArray, mask: int, number: int) -> None:
    """A member leaves its line."""
    one = members[at(number & mask)]
    ahead, behind = one.ahead, one.behind
    if ahead >= 0:
        members[at(ahead & mask)].behind = behind
    else:
        line.first = behind
    if behind >= 0:
        members[at(behind & mask)].ahead = ahead
    else:
        line.last = ahead
