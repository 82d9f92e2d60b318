"""When a worker is down, and what becomes of the attempt that it had in hand.

Up times and repairs follow each other by the clock, whether the worker is busy or idle, so they
are drawn before the run and every engine reads the same instants.  An attempt that is hit is
resumed after the repair, restarted from its beginning, or failed at the instant of the outage.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from itertools import count, tee
from typing import Any

from queuetwin.model.base.source import Source
from queuetwin.model.language.stage import AfterOutage

# An attempt longer than every up time would be restarted for ever.
MOST_RESTARTS = 100_000
_NOWHERE = Source()


class Outages:
    """The outages of one worker, made as far as they are asked for.

    `draw()` gives the next up time and the repair that follows it, in seconds.

    >>> worker = Outages(iter([(10.0, 2.0), (3.0, 1.0), (99.0, 1.0)]).__next__, "resumed")
    >>> worker.back_from(9.0), worker.back_from(10.0), worker.next_down(12.0)
    (None, 12.0, 15.0)
    >>> worker.end(start=9.0, length=2.0)
    (13.0, False)
    """

    __slots__ = ("_back", "_down", "_drawn", "_rule", "_source")

    def __init__(
        self, draw: Callable[[], tuple[float, float]], rule: AfterOutage, source: Source = _NOWHERE
    ) -> None:
        (self._drawn,) = tee(iter(draw, None), 1)
        self._source = source
        self._rule = rule
        self._down: list[float] = []
        self._back: list[float] = []

    def __deepcopy__(self, _: dict[int, Any]) -> Outages:
        """The same outages, past and to come, for a run that parts from this one."""
        twin = Outages(copy(self._drawn).__next__, self._rule, self._source)
        twin._down.extend(self._down)
        twin._back.extend(self._back)
        return twin

    def back_from(self, now: float) -> float | None:
        """When a worker that is down at this instant will be back; None when it is up."""
        number = self._first_ending_after(now)
        return self._back[number] if self._down[number] <= now else None

    def next_down(self, now: float) -> float:
        """The next outage that begins after this instant, for a worker that is up."""
        return self._down[self._first_ending_after(now)]

    def following(self, now: float, count: int) -> tuple[list[float], list[float]]:
        """When at least so many outages begin and end: the first that ends after now, and on.

        Those before are forgotten.
        """
        number = self._first_ending_after(now)
        self._make(number + count - 1)
        del self._down[:number], self._back[:number]
        return self._down[:], self._back[:]

    def end(self, start: float, length: float) -> tuple[float, bool]:
        """When an attempt that begins now will end, and whether an outage makes it fail.

        Raises ScenarioError for an attempt that no up time is long enough for.
        """
        finish, began = start + length, start
        first = self._first_ending_after(start)
        for number in count(first):
            self._make(number)
            down, back = self._down[number], self._back[number]
            if down >= finish:
                return finish, False
            if self._rule == "failed":
                return down, True
            if self._rule == "restarted":
                began = back
                finish = began + length
                if number - first >= MOST_RESTARTS:
                    message = ("an attempt is restarted for ever: no up time is long enough for "
                               'it; write longer ones, or item = "resumed"')  # fmt: skip
                    raise self._source.error("workers.breakdown", "", message)
            else:
                finish += back - down
        raise AssertionError("counting never ends")

    def _first_ending_after(self, now: float) -> int:
        # Asked in the order of time, so the answer is among the last that were made.
        number = max(len(self._back) - 1, 0)
        self._make(number)
        while self._back[number] <= now:
            number += 1
            self._make(number)
        while number and self._back[number - 1] > now:
            number -= 1
        return number

    def _make(self, number: int) -> None:
        while len(self._down) <= number:
            up, repair = next(self._drawn)
            self._down.append((self._back[-1] if self._back else 0.0) + up)
            self._back.append(self._down[-1] + repair)
