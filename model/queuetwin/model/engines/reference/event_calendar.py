"""SimPy's environment with absolute instants, and a fixed order of what shares an instant.

So every engine gives the same Run, bit for bit: instants are never summed from differences
(now + (t - now) need not be t in floats), and ties are broken by rank and number, never by who
happened to come first into the list.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from typing import Any

import simpy

from queuetwin.model.machine.stalls import Stalls

__all__ = ["Calendar", "Moment", "Rank", "StallingCalendar"]


class Rank:
    """What goes first at one instant; within a rank, the lower worker or item number."""

    COMPLETION = 0 << 40
    SHIFT = 1 << 40
    OUTAGE = 2 << 40
    START = 3 << 40
    RETURN = 4 << 40
    PATIENCE = 5 << 40
    IDLE = 6 << 40
    DOOR = 7 << 40
    ARRIVAL = 8 << 40


class Moment(simpy.Event):
    """Something that can happen, again and again, but is due at most once at a time."""

    def __init__(self, calendar: Calendar, action: Callable[[Moment], None], who: Any) -> None:
        super().__init__(calendar)
        self.actions = [action]
        self.who = who
        self._ok = True
        self._value = None


class Calendar(simpy.Environment):
    """What is to come, each at its instant."""

    def past_stall(self, instant: float) -> float:
        """When something happens that would happen at an instant."""
        return instant

    def at(self, instant: float, order: int, moment: Moment) -> None:
        """Let a moment come at an instant; `order` is its rank plus its number."""
        moment.callbacks = moment.actions
        heappush(self._queue, (instant, order, next(self._eid), moment))  # type: ignore[misc]

    def once(self, instant: float, order: int, action: Callable[[Moment], None], who: Any) -> None:
        """Let something happen one time."""
        self.at(instant, order, Moment(self, action, who))


class StallingCalendar(Calendar):
    """A calendar with stalls, within which nothing happens."""

    def __init__(self, stalls: Stalls) -> None:
        super().__init__()
        self.stalls = stalls

    def past_stall(self, instant: float) -> float:
        """The instant, or the end of the stall that it falls into."""
        return self.stalls.past(instant)

    def at(self, instant: float, order: int, moment: Moment) -> None:
        """Let a moment come at an instant, or at the end of the stall that holds it up."""
        super().at(self.stalls.past(instant), order, moment)
