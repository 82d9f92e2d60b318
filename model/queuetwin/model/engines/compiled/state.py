"""The state of a station in the event-driven engine: structured arrays, one for each kind of row.

Law: kernels read and write a row's fields through a pointer and allocate nothing; Python makes
room between two events.  An item is always named by its number, and its row is `number & mask`,
so that a table holds a window of items in rows that are used again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.machine import stalls

StructArray = NDArray[np.void]
Row = Any  # one row of a StructArray, with its fields as attributes

_past_stall = step(stalls.past_stall)


@step
def variate(table: NDArray[Any], attempt: int, slot: int) -> Any:
    """The variate of an attempt at an item; a single column holds for all items."""
    return table[at(attempt - 1), at(slot if table.shape[1] > 1 else 0)]


# Why a run pauses: all items have ended, or something has to be made before it can continue.
DONE, NO_DRAWS, NO_ROWS, NO_CHECKS, NO_OUTAGES, STUCK = range(1, 7)

# What goes first at one instant, as in the reference engine; then the lower number.
_RANK = 1 << 40
NUMBER = _RANK - 1
COMPLETION, SHIFT, OUTAGE, START, RETRY, PATIENCE, IDLE_TIMEOUT, ADMISSION, ARRIVAL = (
    rank * _RANK for rank in range(9)
)

RULES = np.dtype(
    [
        ("producers", "i8"),
        ("by_schedule", "i8"),
        ("until_outcome", "i8"),
        ("duration", "f8"),
        ("mask", "i8"),
        ("lanes", "i8"),
        ("levels", "i8"),
        ("capacity", "i8"),
        ("blocks", "i8"),
        ("drops", "i8"),
        ("lifo", "i8"),
        ("has_patience", "i8"),
        ("to_shortest", "i8"),
        ("at_random", "i8"),
        ("workers", "i8"),
        ("always_staffed", "i8"),
        ("idle_timeout", "f8"),
        ("breaks", "i8"),
        ("restarts", "i8"),
        ("fails_when_hit", "i8"),
        ("as_drawn", "i8"),
        ("time_limit", "f8"),
        ("attempts", "i8"),
    ]
)
"""What does not change in a run: the scenario as flags and numbers; times are seconds."""

STATE = np.dtype(
    [
        ("now", "f8"),
        ("items", "i8"),
        ("drawn", "i8"),
        ("to_plan", "i8"),
        ("open_items", "i8"),
        ("rows", "i8"),
        ("routed", "i8"),
        ("checks", "i8"),
        ("first_check", "i8"),
        ("retry_is_blocked", "i8"),
        ("busy", "i8"),
        ("present", "i8"),
        ("scheduled", "i8"),
        ("timed_out", "i8"),
        ("more_to_come", "i8"),
        ("presences", "i8"),
        ("no_worker_left", "i8"),
        ("begun", "i8"),
        ("pause", "i8"),
        ("worker", "i8"),
        ("length", "f8"),
    ]
)
"""How far the run is: the number of all `items` and of those `drawn`, the next item that a producer
has `to_plan` (-1: none), the number of `open_items` (planned and not ended), and other counts;
`pause` says why the run pauses, with the `worker` and the `length` of its attempt."""

ITEM = np.dtype(
    [
        ("offered", "f8"),
        ("accepted", "f8"),
        ("ended", "f8"),
        ("since", "f8"),
        ("ahead", "i8"),
        ("behind", "i8"),
        ("row", "i8"),
        ("position", "i8"),
        ("attempt", "i4"),
        ("outcome", "i4"),
        ("lane", "i4"),
        ("level", "i4"),
    ]
)
"""An item; `level` is the rank of its priority, 0 the most urgent; `position` is in the heap
`patience` while the item waits, in `retries` while it backs off; `row` is its latest attempt's."""

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
"""An accepted attempt; rows are in the order of acceptance."""

WORKER = np.dtype(
    [
        ("since", "f8"),
        ("ahead", "i8"),
        ("behind", "i8"),
        ("lane", "i8"),
        ("serves", "i8"),
        ("fails", "i8"),
        ("speed", "f8"),
        ("present_since", "f8"),
        ("idle_since", "f8"),
        ("timed_out", "i8"),
        ("outage", "i8"),
        ("last_outage", "i8"),
    ]
)
"""A worker; `present_since` is NaN while it is absent; `idle_since` stays when it is woken but
finds nothing to serve; `outage` and `last_outage` are its rows of `outages`."""

LANE = np.dtype([("waiting", "i8"), ("blocked", "i8"), ("busy", "i8")])
LINE = np.dtype([("first", "i8"), ("last", "i8")])
ENTRY = np.dtype([("instant", "f8"), ("order", "i8"), ("member", "i8")])
MEMBER = np.dtype([("position", "i8")])
SHIFTS = np.dtype([("instant", "f8"), ("count", "i8"), ("more_to_come", "i8")])
OUTAGES = np.dtype([("down", "f8"), ("back", "f8")])
PRESENCE = np.dtype([("worker", "i8"), ("present_since", "f8"), ("until", "f8"), ("why", "i8")])


class Variates(NamedTuple):
    """The random variates, by (attempt, row of the item); a single column holds for all items.

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
    """All tables of a station; `rules` and `state` have one row each.

    `lines` has a row for each lane and kind: idle workers, blocked items, and the queue by
    priority level.  `calendar`, `patience` and `retries` are heaps; the `members` of the first
    are workers, their idle timeouts, their outages, the next shift, and producers.  `checks` is
    a ring of lanes in which a blocked item may be admitted; `slowdown` is by the number of busy
    workers; `stalls` alternate between begins and ends.
    """

    rules: StructArray
    state: StructArray
    items: StructArray
    planned: Floats
    draws: Variates
    rows: StructArray
    workers: StructArray
    lanes: StructArray
    lines: StructArray
    calendar: StructArray
    members: StructArray
    patience: StructArray
    retries: StructArray
    checks: NDArray[np.int64]
    shifts: StructArray
    outages: StructArray
    stalls: Floats
    presences: StructArray
    slowdown: NDArray[np.float64]


@step
def past_stall(station: StationState, instant: float) -> float:
    """The instant, or the end of the stall that it falls into."""
    return _past_stall(station.stalls, instant)
