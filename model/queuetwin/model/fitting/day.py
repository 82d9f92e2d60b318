"""The whole course of a log: how many came in equal steps, to see where its window lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.fitting.log import SECOND, Instants

__all__ = ["Day", "day_of"]

_MOST_STEPS = 300
_MINUTE, _HOUR = 60, 3600
# Steps that people can name, in seconds.
_STEPS = (0.01, 0.1, 1, 5, 15, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 6 * _HOUR, 24 * _HOUR)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Day:
    """How many came in each step: `counts` of shape (steps,), from `begin` (ns of the log's clock).

    `step` is in seconds; `clock` says whether instants are of the calendar, counted from 1970.
    """

    begin: int
    step: float
    counts: NDArray[np.int64]
    clock: bool


def day_of(came: Instants, *, clock: bool) -> Day:
    """The counts of sorted instants, shape (items,), in at most three hundred steps."""
    first, last = int(came[0]), int(came[-1])
    least = (last - first) / SECOND / _MOST_STEPS
    step = next((one for one in _STEPS if one > least), least)
    width = int(step * SECOND)
    begin = first // width * width
    counts = np.bincount(((came - begin) // width).astype(np.int64))
    counts.setflags(write=False)
    return Day(begin=begin, step=float(step), counts=counts, clock=clock)
