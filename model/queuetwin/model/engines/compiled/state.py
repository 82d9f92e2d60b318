"""What the calendar of events works on: rows of plain numbers, a table for each kind of thing.

Law: compiled code reads and writes a row's fields through a pointer and allocates nothing; room
is made between two events, by whoever called it.  An item is always named by its own number,
and its row is `number & mask`, so that a table may hold a window of items and be used again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.machine import stalls

__all__ = [
    "ARRIVAL",
    "COMPLETION",
    "DONE",
    "DOOR",
    "ENTRY",
    "IDLE",
    "ITEM",
    "LANE",
    "LINE",
    "MEMBER",
    "NO_CALLS",
    "NO_DRAWS",
    "NO_OUTAGES",
    "NO_ROWS",
    "NUMBER",
    "OUTAGE",
    "OUTAGES",
    "PATIENCE",
    "PRESENCE",
    "RETURN",
    "ROW",
    "RULES",
    "SHIFT",
    "SHIFTS",
    "START",
    "STATE",
    "STUCK",
    "WORKER",
    "Chance",
    "Row",
    "StationState",
    "StructArray",
    "drawn",
    "past_stall",
]

StructArray = NDArray[np.void]
Row = Any  # one of them, with its fields as attributes

_past_stall = step(stalls.past_stall)


@step
def drawn(table: NDArray[Any], attempt: int, slot: int) -> Any:
    """What chance decided for an attempt of an item; a single column holds for all items."""
    return table[at(attempt - 1), at(slot if table.shape[1] > 1 else 0)]


# Why a run pauses: all has ended, or something has to be made before it can go on.
DONE, NO_DRAWS, NO_ROWS, NO_CALLS, NO_OUTAGES, STUCK = range(1, 7)

# What goes first at one instant, as in the reference model; then the lower number.
_RANK = 1 << 40
NUMBER = _RANK - 1
COMPLETION, SHIFT, OUTAGE, START, RETURN, PATIENCE, IDLE, DOOR, ARRIVAL = (
    rank * _RANK for rank in range(9)
)

RULES = np.dtype(
    [
        ("producers", "i8"),
        ("by_schedule", "i8"),
        ("until_outcome", "i8"),
        ("end", "f8"),
        ("mask", "i8"),
        ("lanes", "i8"),
        ("levels", "i8"),
        ("places", "i8"),
        ("blocks", "i8"),
        ("drops", "i8"),
        ("last_first", "i8"),
        ("has_patience", "i8"),
        ("to_shortest", "i8"),
        ("at_random", "i8"),
        ("workers", "i8"),
        ("all_stay", "i8"),
        ("idle_timeout", "f8"),
        ("breaks", "i8"),
        ("restarts", "i8"),
        ("fails_when_hit", "i8"),
        ("as_drawn", "i8"),
        ("limit", "f8"),
        ("attempts", "i8"),
    ]
)
"""What does not change in a run; `places` is the capacity, `end` and `limit` are seconds."""

STATE = np.dtype(
    [
        ("now", "f8"),
        ("items", "i8"),
        ("drawn", "i8"),
        ("turning", "i8"),
        ("open", "i8"),
        ("rows", "i8"),
        ("sent", "i8"),
        ("calls", "i8"),
        ("called", "i8"),
        ("return_at_door", "i8"),
        ("busy", "i8"),
        ("present", "i8"),
        ("wanted", "i8"),
        ("gone", "i8"),
        ("more_to_come", "i8"),
        ("presences", "i8"),
        ("nobody_left", "i8"),
        ("begun", "i8"),
        ("short", "i8"),
        ("worker", "i8"),
        ("length", "f8"),
    ]
)
"""Where the run is: all `items` and those `drawn`, the next one that a producer is `turning` to
(-1: none is), how many are `open` (planned and not ended), and what is counted."""

ITEM = np.dtype(
    [
        ("offered", "f8"),
        ("accepted", "f8"),
        ("ended", "f8"),
        ("since", "f8"),
        ("ahead", "i8"),
        ("behind", "i8"),
        ("row", "i8"),
        ("place", "i8"),
        ("attempt", "i4"),
        ("outcome", "i4"),
        ("lane", "i4"),
        ("level", "i4"),
    ]
)
"""An item, from when a producer turns to it; `level` is the rank of its priority, 0 the most
urgent; `place` is in the heap of patience while it waits, of returns while it backs off."""

ROW = np.dtype(
    [
        ("item", "i8"),
        ("enqueued", "f8"),
        ("started", "f8"),
        ("finished", "f8"),
        ("worker", "i4"),
        ("attempt", "i2"),
        ("outcome", "i2"),
    ]
)
"""An attempt that was accepted, in the order of acceptance."""

WORKER = np.dtype(
    [
        ("since", "f8"),
        ("ahead", "i8"),
        ("behind", "i8"),
        ("lane", "i8"),
        ("serves", "i8"),
        ("fails", "i8"),
        ("speed", "f8"),
        ("came", "f8"),
        ("idle_since", "f8"),
        ("gone", "i8"),
        ("outage", "i8"),
        ("last_outage", "i8"),
    ]
)
"""A worker; `came` is NaN while it is absent, `idle_since` outlives a waking in vain."""

LANE = np.dtype([("waiting", "i8"), ("at_door", "i8"), ("busy", "i8")])
LINE = np.dtype([("first", "i8"), ("last", "i8")])
ENTRY = np.dtype([("instant", "f8"), ("order", "i8"), ("member", "i8")])
MEMBER = np.dtype([("place", "i8")])
SHIFTS = np.dtype([("instant", "f8"), ("count", "i8"), ("more_to_come", "i8")])
OUTAGES = np.dtype([("down", "f8"), ("back", "f8")])
PRESENCE = np.dtype([("worker", "i8"), ("came", "f8"), ("until", "f8"), ("why", "i8")])


class Chance(NamedTuple):
    """What chance decided, by (attempt, row of the item); a single column holds for all items.

    `gap` and `lateness` have one row for all attempts.
    """

    gap: Floats
    lateness: Floats
    length: Floats
    fails: NDArray[np.bool_]
    backoff: Floats
    hand_off: Floats
    turn_round: Floats
    patience: Floats
    route: Floats


class StationState(NamedTuple):
    """All of it; `rules` and `state` have one row each.

    `lines` has a row for each lane and kind: idle workers, the door, a queue for each level of
    priority.  `calendar`, `patience` and `returning` are heaps; the `members` of the first are
    workers, their idle timers, their outages, the next shift, and producers.  `calls` is a ring
    of lanes at whose door somebody may look again; of `slowdown` the number of busy workers is
    the index; `stalls` are begins and ends by turns.
    """

    rules: StructArray
    state: StructArray
    items: StructArray
    planned: Floats
    draws: Chance
    rows: StructArray
    workers: StructArray
    lanes: StructArray
    lines: StructArray
    calendar: StructArray
    members: StructArray
    patience: StructArray
    returning: StructArray
    calls: NDArray[np.int64]
    shifts: StructArray
    outages: StructArray
    stalls: Floats
    presences: StructArray
    slowdown: NDArray[np.float64]


@step
def past_stall(pool: StationState, instant: float) -> float:
    """When something happens that would happen at an instant."""
    return _past_stall(pool.stalls, instant)
