"""Linked lists in arrays: queued items, blocked items and idle workers.

Law: a line is in the order of (since, number).  A member joins at the present instant, so its
place is found by walking from the end past those that joined at the same instant.  A member is
in at most one line, and can leave it from any place.
"""

from __future__ import annotations

from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import Row, StationState, StructArray

# The lines of a lane: idle workers, blocked items, then its queue, a line for each priority level.
IDLE_WORKERS, BLOCKED, LEVELS = 0, 1, 2


@step
def line_of(station: StationState, lane: int, kind: int) -> Row:
    """One of a lane's lines."""
    return station.lines[at(lane * (LEVELS + station.rules[0].levels) + kind)]


@step
def join(line: Row, members: StructArray, mask: int, number: int, since: float) -> None:
    """A member joins a line in which none has joined later."""
    ahead, behind = line.last, -1
    while ahead >= 0 and ahead > number and members[at(ahead & mask)].since == since:
        behind = ahead
        ahead = members[at(ahead & mask)].ahead
    row = members[at(number & mask)]
    row.since, row.ahead, row.behind = since, ahead, behind
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
    row = members[at(number & mask)]
    ahead, behind = row.ahead, row.behind
    if ahead >= 0:
        members[at(ahead & mask)].behind = behind
    else:
        line.first = behind
    if behind >= 0:
        members[at(behind & mask)].ahead = ahead
    else:
        line.last = ahead
