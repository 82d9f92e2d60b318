"""A log is what was seen of a pool: when items came, started, ended, and how they ended.

Law: what the log does not show is missing (`NEVER`, NaN, -1), never filled in.  Instants are
whole nanoseconds, so a clock that counts from 1970 loses nothing; rows are sorted by the first
instant that they show.  What was left out is counted by its reason.  No argument of a task, no
result and no address is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats

Instants = NDArray[np.int64]

SORTED = "sorted by time"
NEVER = np.iinfo(np.int64).min
SECOND = 10**9


class Ended(IntEnum):
    """How the attempt of a row ended."""

    COMPLETED = 0
    FAILED = 1
    REJECTED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Rows that were left out for one reason; `place` is where the first of them stands."""

    reason: str
    count: int
    place: str = ""
    wrong: bool = True
    """Whether the row contradicts itself or cannot be read, and is not merely incomplete."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Log:
    """Rows of a log, one for each attempt; arrays of shape (rows,), read-only.

    `arrival`, `start`, `end` are nanoseconds (NEVER where not shown), `duration` seconds (NaN
    where not shown), `means` what a duration is: "service", "response" or "" where the log does
    not say.  `task`, `worker`, `group` are numbers into the names beside them, -1 for none; a
    group is one process that takes items for its workers.  `ended` are values of `Ended`.
    """

    arrival: Instants
    start: Instants
    end: Instants
    duration: Floats
    task: NDArray[np.int32]
    worker: NDArray[np.int32]
    group: NDArray[np.int32]
    ended: NDArray[np.int8]
    attempt: NDArray[np.int32]
    """The number of the attempt, from 1."""
    tasks: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    kind: str
    means: str = ""
    lines: int
    clock: bool
    """Whether instants are of the calendar, counted from 1970, or of a clock of their own."""
    received: bool = False
    """Whether `arrival` is when a worker's process took the item, not when it came."""
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    backoff: float | None = None
    """The pause before another attempt, in seconds, where the log says one."""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Seal the arrays."""
        for name in COLUMNS:
            getattr(self, name).setflags(write=False)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.arrival)

    def shows(self, column: str) -> bool:
        """Whether any row has a value in a column."""
        values = getattr(self, column)
        return bool(len(self)) and bool(
            (~np.isnan(values)).any() if column == "duration" else (values != NEVER).any()
        )

    def first_seen(self) -> Instants:
        """The first instant that each row shows."""
        seen = np.where(self.start == NEVER, self.end, self.start)
        return np.where(self.arrival == NEVER, seen, self.arrival)

    def rows(self, chosen: NDArray[Any]) -> Log:
        """The log of some of its rows, by numbers or by a mask."""
        return self.having(**{name: getattr(self, name)[chosen] for name in COLUMNS})

    def having(self, **changes: Any) -> Log:
        """The log with some of its fields replaced."""
        return replace(self, **changes)


COLUMNS: Mapping[str, tuple[type, Any]] = {
    "arrival": (np.int64, NEVER),
    "start": (np.int64, NEVER),
    "end": (np.int64, NEVER),
    "duration": (np.float64, np.nan),
    "task": (np.int32, -1),
    "worker": (np.int32, -1),
    "group": (np.int32, 0),
    "ended": (np.int8, Ended.COMPLETED),
    "attempt": (np.int32, 1),
}


def joined_columns(parts: list[dict[str, NDArray[Any]]], count: int) -> dict[str, Any]:
    """Chunks of columns as one array each; those that no chunk has are missing in all rows."""
    whole: dict[str, Any] = {}
    for name, (kind, missing) in COLUMNS.items():
        pieces = [part[name] for part in parts if name in part]
        whole[name] = (
            np.concatenate(pieces).astype(kind) if pieces else np.full(count, missing, dtype=kind)
        )
    return whole
