"""SimPy's environment with absolute instants and a fixed order of events at one instant.

All use of SimPy's private names is in this file: `Environment._queue` and `_eid`, which is the
event list, and `Event._ok` and `_value`, which let one event object be scheduled again.

Every engine gives the same Run, bit for bit, because instants are never summed from differences
(now + (t - now) need not be t in floats), and ties are broken by rank and number, never by which
event was scheduled first.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from typing import Any

import simpy

from queuetwin.model.machine.stalls import Stalls


class Rank:
    """What goes first at one instant; within a rank, the lower worker or item number."""

    COMPLETION = 0 << 40
    SHIFT = 1 << 40
    OUTAGE = 2 << 40
    START = 3 << 40
    RETRY = 4 << 40
    PATIENCE = 5 << 40
    IDLE_TIMEOUT = 6 << 40
    ADMISSION = 7 << 40
    ARRIVAL = 8 << 40


class Event(simpy.Event):
    """An event that can be scheduled again once it has happened; `subject` is what it concerns."""

    def __init__(self, calendar: Calendar, action: Callable[[Event], None], subject: Any) -> None:
        super().__init__(calendar)
        self.actions = [action]
        self.subject = subject
        self._ok = True
        self._value = None


class Calendar(simpy.Environment):
    """SimPy's event list, with events scheduled at absolute instants."""

    def after_stall(self, instant: float) -> float:
        """When an event happens that is due at an instant: then, without stalls."""
        return instant

    def schedule_at(self, instant: float, order: int, event: Event) -> None:
        """Schedule an event; `order` is its rank plus the number of its worker or item."""
        event.callbacks = event.actions
        heappush(self._queue, (instant, order, next(self._eid), event))  # type: ignore[misc]

    def call_at(
        self, instant: float, order: int, action: Callable[[Event], None], subject: Any
    ) -> None:
        """Schedule an event that happens only once."""
        self.schedule_at(instant, order, Event(self, action, subject))


class StallingCalendar(Calendar):
    """A calendar with stalls of the machine, within which nothing happens."""

    def __init__(self, stalls: Stalls) -> None:
        super().__init__()
        self.stalls = stalls

    def after_stall(self, instant: float) -> float:
        """The instant, or the end of the stall that it falls into."""
        return self.stalls.past(instant)

    def schedule_at(self, instant: float, order: int, event: Event) -> None:
        """Schedule an event, at the end of the stall that its instant falls into."""
        super().schedule_at(self.stalls.past(instant), order, event)
