"""Producers: when each item is planned and offered.

A producer is busy with one item at a time: it plans the item, offers it at the planned instant
or as soon after as it can, and turns to its next item once this one is accepted or rejected
(by schedule or by gap), or has its final outcome (a closed population of users).
"""

from __future__ import annotations

from collections.abc import Callable

from queuetwin.model.engines.reference.event_calendar import Calendar, Event, Rank
from queuetwin.model.engines.reference.event_log import EventLog
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.sampling.draws import Draws

_PROGRESS_EVERY = 1000


class Producers:
    """All producers of a scenario, with the items dealt out to them in turn.

    `planned` counts the items so far that were planned.  `progress` is called now and then with
    the number of the item that arrives.
    """

    def __init__(
        self,
        scenario: Scenario,
        draws: Draws,
        calendar: Calendar,
        log: EventLog,
        progress: Callable[[int], None] | None,
    ) -> None:
        arrivals = scenario.arrivals
        self.calendar = calendar
        self.log = log
        self.progress = progress
        self.count = arrivals.producers
        self.by_schedule = arrivals.pacing == "schedule"
        self.until_outcome = arrivals.pacing == "outcome"
        self.duration = scenario.duration or float("inf")
        self.gap = draws.gap.tolist()
        self.lateness = draws.lateness.tolist()
        self.arrivals = [Event(calendar, self.arrive, 0) for _ in range(self.count)]
        self.planned = 0
        self.offer: Callable[[int, float], None]

    def begin(self, offer: Callable[[int, float], None]) -> None:
        """Each producer plans its first item; items will be offered by calling `offer`."""
        self.offer = offer
        for item in range(min(self.count, len(self.gap))):
            self.plan(item, 0.0)

    def plan(self, item: int, free: float) -> None:
        """A producer that is free since an instant plans its next item, unless time is over."""
        planned = self.log.planned[item]
        if not self.by_schedule:
            planned = free + self.gap[item]
            if planned >= self.duration:
                return
            self.log.planned[item] = planned
        self.planned += 1
        arrival = self.arrivals[item % self.count]
        arrival.subject = item
        earliest = planned if planned > free else free
        self.calendar.schedule_at(earliest + self.lateness[item], Rank.ARRIVAL + item, arrival)

    def arrive(self, arrival: Event) -> None:
        """An item is offered."""
        item, now = arrival.subject, self.calendar.now
        if self.progress and not item % _PROGRESS_EVERY:
            self.progress(item)
        self.log.offered[item] = now
        self.offer(item, now)

    def on_admission(self, item: int, now: float) -> None:
        """An item is blocked no more; its producer turns to the next unless it is a user."""
        if not self.until_outcome and item + self.count < len(self.gap):
            self.plan(item + self.count, now)

    def on_outcome(self, item: int, now: float) -> None:
        """An item has its final outcome; its user, if it has one, turns to the next."""
        if self.until_outcome and item + self.count < len(self.gap):
            self.plan(item + self.count, now)
