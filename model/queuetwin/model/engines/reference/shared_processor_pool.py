"""The pool whose workers need a processor, which only so many can hold at once.

A worker holds it from its start, through the processor part of its attempt, lets it go for the
waiting part, and needs it again to say that it has finished.  A producer needs it to offer an
item, so it may come late.  Everything else is as in every pool.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from queuetwin.model.engines.reference.event_calendar import Calendar, Moment, Rank
from queuetwin.model.engines.reference.pool import Station
from queuetwin.model.engines.reference.workers import Worker
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.shared_processor import Processor, Sharing
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws

__all__ = ["SharedProcessorStation"]


class SharedProcessorStation(Station):
    """A pool on a processor; every member of it has something to do once it has its place."""

    def __init__(
        self,
        scenario: Scenario,
        draws: Draws,
        outages: list[Outages],
        calendar: Calendar,
        progress: Callable[[int], None] | None,
        sharing: Sharing,
    ) -> None:
        super().__init__(scenario, draws, outages, calendar, progress)
        self.overshoot = draws.overshoot.tolist()
        self.share, self.slower = sharing.share, 1 / sharing.efficiency
        self.awake = sharing.awake
        self.processor: Processor[Moment] = Processor(sharing)
        self.awaited = float("inf")
        self.then: dict[Moment, Callable[[], None]] = {}

    def arrive(self, arrival: Moment) -> None:
        """An item is offered as soon as its producer has the processor."""
        if self.processor.holds(arrival):
            self.offer(arrival)
        else:
            self.needs(arrival, 0.0, partial(self.offer, arrival))

    def offer(self, arrival: Moment) -> None:
        """A producer keeps the processor while its next item is due, and for its own work."""
        item, now = arrival.who, self.calendar.now
        super().arrive(arrival)
        if arrival.who == item or self.log.planned[arrival.who] > now:
            self.then[arrival] = partial(self.let_go, arrival)
            self.processor.go_on(arrival, self.awake, now)
            self.await_processor()

    def let_go(self, member: Moment) -> None:
        """A member needs the processor no more."""
        self.processor.leave(member, self.calendar.now)

    def start(self, ready: Moment) -> None:
        """A worker that is awake needs the processor to look for an item."""
        worker = ready.who
        if self.processor.holds(worker.done):
            self.look(worker)
        else:
            self.needs(worker.done, 0.0, partial(self.look, worker))

    def look(self, worker: Worker) -> None:
        """A worker on the processor takes the head of the queue, or goes to sleep."""
        served = worker.lane.busy
        super().start(worker.ready)
        if worker.lane.busy == served:
            self.let_go(worker.done)
            self.await_processor()

    def serve(self, worker: Worker, item: int, number: int, now: float, finish: float) -> None:
        """First the part that needs the processor, then the rest."""
        beyond = self.overshoot[number - 1][item]
        work = self.share * max(finish - now - beyond, 0.0)
        rest = finish - now - work

        def worked() -> None:
            if rest:
                self.let_go(worker.done)
                ends = self.calendar.now + rest
                self.calendar.once(ends, Rank.COMPLETION + worker.number, self.rested, worker)
            else:
                super(SharedProcessorStation, self).complete(worker.done)

        self.then[worker.done] = worked
        self.processor.go_on(worker.done, work * self.slower, now)
        self.await_processor()

    def rested(self, moment: Moment) -> None:
        """The waiting part is over; a worker needs the processor to say so."""
        done = moment.who.done
        self.needs(done, 0.0, partial(super().complete, done))

    # -- the processor -----------------------------------------------------------------------

    def needs(self, member: Moment, work: float, then: Callable[[], None]) -> None:
        """Let something be done on the processor, and something happen then."""
        self.then[member] = then
        self.processor.enter(member, work, self.calendar.now)
        self.await_processor()

    def await_processor(self) -> None:
        """Look at the processor when something is due there."""
        due = self.processor.due()
        if due < self.awaited:
            self.awaited = due
            self.calendar.once(due, Rank.COMPLETION, self.turn, None)

    def turn(self, _: Moment) -> None:
        """Whoever has done its work goes on."""
        if self.calendar.now >= self.awaited:
            self.awaited = float("inf")
        while (member := self.processor.finished(self.calendar.now)) is not None:
            self.then[member]()
        self.await_processor()
