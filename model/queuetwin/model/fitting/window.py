"""Which rows of a log are fitted: one task or all, the busiest hour or what was asked for.

Beside the window stands the whole course of the log (`Day`), to see where the window lies.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.units import parse_duration
from queuetwin.model.logs.log import SECOND, Instants, Log
from queuetwin.model.logs.text_source import refusal

HOUR = 3600 * SECOND
_STEP = 300 * SECOND
_DAY = 86_400 * SECOND
_FROM_TO = re.compile(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)")
_MOST_NAMED = 8

_MOST_STEPS = 300
_MINUTE, _HOUR = 60, 3600
# Steps that people can name, in seconds.
_STEPS = (0.01, 0.1, 1, 5, 15, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 6 * _HOUR, 24 * _HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The part of a log that is fitted, in nanoseconds of its clock; `why` in words."""

    begin: int
    end: int
    why: str

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return (self.end - self.begin) / SECOND

    def holds(self, instants: Instants) -> np.ndarray:
        """Which instants lie inside."""
        inside: np.ndarray = (instants >= self.begin) & (instants < self.end)
        return inside


def only_task(log: Log, name: str) -> Log:
    """The rows of one task.

    Raises ScenarioError with those that there are.
    """
    if name not in log.tasks:
        near = difflib.get_close_matches(name, log.tasks, n=1)
        names = ", ".join(log.tasks[:_MOST_NAMED]) or "no names of tasks"
        advice = f'did you mean "{near[0]}"?' if near else f"it has {names}"
        message = f"there is no such task in the log: {advice}"
        raise refusal("", message, parameter="only", value=name)
    return log.rows(log.task == log.tasks.index(name))


def window_of(instants: Instants, asked: str | None, *, clock: bool) -> Window:
    """The window that was asked for: "all", a length such as "30m", "09:00-10:00"; left out, 1h.

    Raises ScenarioError where it is none of these or holds no row.
    """
    first, last = int(instants[0]), int(instants[-1]) + 1
    if asked == "all":
        return Window(begin=first, end=last, why="all of the log")
    if asked is not None and (match := _FROM_TO.fullmatch(asked)):
        return _from_to(instants, asked, [int(one) for one in match.groups()], clock=clock)
    try:
        length = HOUR if asked is None else int(parse_duration(asked) * SECOND)
    except ValueError:
        length = 0
    if length <= 0:
        message = 'must be "all", a length such as 30m, or hours of the day such as 09:00-10:00'
        raise refusal("", message, parameter="window", value=str(asked))
    if last - first <= length:
        return Window(begin=first, end=last, why="all of the log")
    return busiest(instants, length)


def busiest(instants: Instants, length: int) -> Window:
    """Where most items come, to five minutes."""
    step = min(_STEP, max(length // 12, 1))
    begin = int(instants[0]) // step * step
    last = int(instants[-1])
    counts = np.bincount(((instants - begin) // step).astype(np.int64))
    several = max(1, length // step)
    sums = np.cumsum(np.append(0, counts))
    several = min(several, len(counts))
    start = begin + int(np.argmax(sums[several:] - sums[:-several])) * step
    return Window(begin=start, end=min(start + length, last + 1), why="is the busiest")


def _from_to(instants: Instants, asked: str, parts: list[int], *, clock: bool) -> Window:
    """The same hours of the day on which most items come in them."""
    begin_hour, begin_minute, end_hour, end_minute = parts
    day = int(instants[0]) // _DAY * _DAY if clock else int(instants[0])
    begin, end = (
        (hour * 60 + minute) * 60 * SECOND
        for hour, minute in ((begin_hour, begin_minute), (end_hour, end_minute))
    )
    if end <= begin:
        end += _DAY
    best, most = None, 0
    for start in range(day - _DAY, int(instants[-1]) + 1, _DAY):
        window = Window(begin=start + begin, end=start + end, why="as asked for")
        count = int(np.searchsorted(instants, window.end) - np.searchsorted(instants, window.begin))
        if count > most:
            best, most = window, count
    if best is None:
        raise refusal("", "nothing came in these hours", parameter="window", value=asked)
    return best


def clock_text(window: Window, *, clock: bool) -> str:
    """A window as people say it: hours of the day, or seconds of the log's own clock."""
    if not clock:
        return f"{window.begin / SECOND:g}-{window.end / SECOND:g} s"
    begin, end = (
        datetime.fromtimestamp(instant // SECOND, UTC) for instant in (window.begin, window.end)
    )
    return f"{begin:%H:%M}-{end:%H:%M}"


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
