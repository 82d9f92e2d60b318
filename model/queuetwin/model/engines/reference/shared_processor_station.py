"""A station whose workers and producers need a processor, which only so many can hold at once.

A worker holds the processor from its start, through the processor part of its attempt, lets it
go for the waiting part, and needs it again to finish.  A producer needs it to offer an item, so
it may come late.  Everything else is as in every station.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from queuetwin.model.engines.reference.event_calendar import Calendar, Event, Rank
from queuetwin.model.engines.reference.event_log import EventLog
from queuetwin.model.engines.reference.producers import Producers
from queuetwin.model.engines.reference.station import Station
from queuetwin.model.engines.reference.workers import Worker
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.shared_processor import Processor, Sharing
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws


class ProcessorQueue:
    """The shared processors on the calendar: each member continues once its work is done.

    A member is the event by which a worker or a producer is known.
    """

    def __init__(self, sharing: Sharing, calendar: Calendar) -> None:
        self.sharing = sharing
        self.calendar = calendar
        self.processor: Processor[Event] = Processor(sharing)
        self.next_look = float("inf")
        self.continuations: dict[Event, Callable[[], None]] = {}

    def holds(self, member: Event) -> bool:
        """Whether a member works on a processor, or keeps it."""
        return self.processor.holds(member)

    def request(self, member: Event, then: Callable[[], None]) -> None:
        """A member waits for a processor, and continues with `then` once it holds one."""
        self.continuations[member] = then
        self.processor.enter(member, 0.0, self.calendar.now)
        self.schedule_look()

    def work(self, member: Event, seconds: float, then: Callable[[], None]) -> None:
        """A member that holds a processor works on it, and then continues."""
        self.continuations[member] = then
        self.processor.go_on(member, seconds, self.calendar.now)
        self.schedule_look()

    def release(self, member: Event) -> None:
        """A member needs the processor no more."""
        self.processor.leave(member, self.calendar.now)

    def schedule_look(self) -> None:
        """Look at the processors when the next work is done or a quantum is over."""
        due = self.processor.due()
        if due < self.next_look:
            self.next_look = due
            self.calendar.call_at(due, Rank.COMPLETION, self.look, None)

    def look(self, _: Event) -> None:
        """Every member whose work is done continues."""
        if self.calendar.now >= self.next_look:
            self.next_look = float("inf")
        while (member := self.processor.finished(self.calendar.now)) is not None:
            self.continuations[member]()
        self.schedule_look()


class SharedProcessorProducers(Producers):
    """Producers that offer an item as soon as they hold a processor."""

    def __init__(
        self,
        scenario: Scenario,
        draws: Draws,
        calendar: Calendar,
        log: EventLog,
        progress: Callable[[int], None] | None,
        processor: ProcessorQueue,
    ) -> None:
        super().__init__(scenario, draws, calendar, log, progress)
        self.processor = processor

    def arrive(self, arrival: Event) -> None:
        """A producer asks for the processor to offer its item, unless it has kept it."""
        if self.processor.holds(arrival):
            self.arrive_on_processor(arrival)
        else:
            self.processor.request(arrival, partial(self.arrive_on_processor, arrival))

    def arrive_on_processor(self, arrival: Event) -> None:
        """An item is offered; its producer keeps the processor where the next is due already."""
        item, now = arrival.subject, self.calendar.now
        super().arrive(arrival)
        if arrival.subject == item or self.log.planned[arrival.subject] > now:
            release = partial(self.processor.release, arrival)
            self.processor.work(arrival, self.processor.sharing.awake, release)


class SharedProcessorStation(Station):
    """A station whose workers look for items, work and finish only on a processor."""

    def __init__(
        self,
        scenario: Scenario,
        draws: Draws,
        outages: list[Outages],
        calendar: Calendar,
        log: EventLog,
        processor: ProcessorQueue,
        *,
        admitted: Callable[[int, float], None],
        out: Callable[[int, int], None],
    ) -> None:
        super().__init__(scenario, draws, outages, calendar, log, admitted=admitted, out=out)
        self.processor = processor
        self.overshoot = draws.overshoot.tolist()
        self.share = processor.sharing.share
        self.stretch = 1 / processor.sharing.efficiency

    def start(self, ready: Event) -> None:
        """A worker that is awake asks for the processor, unless it has kept it."""
        worker = ready.subject
        if self.processor.holds(worker.done):
            self.start_on_processor(worker)
        else:
            self.processor.request(worker.done, partial(self.start_on_processor, worker))

    def start_on_processor(self, worker: Worker) -> None:
        """A worker takes the head of the queue, or idles and releases the processor."""
        busy = worker.lane.busy
        super().start(worker.ready)
        if worker.lane.busy == busy:
            self.processor.release(worker.done)
            self.processor.schedule_look()

    def serve(self, worker: Worker, item: int, attempt: int, now: float, finish: float) -> None:
        """A worker does the processor part of an attempt first, then waits out the rest."""
        oversleep = self.overshoot[attempt - 1][item]
        work = self.share * max(finish - now - oversleep, 0.0)
        rest = finish - now - work
        self.processor.work(worker.done, work * self.stretch, partial(self.wait, worker, rest))

    def wait(self, worker: Worker, rest: float) -> None:
        """The processor part is done; the worker waits for the rest without a processor."""
        if not rest:
            super().complete(worker.done)
            return
        self.processor.release(worker.done)
        finish = self.calendar.now + rest
        self.calendar.call_at(finish, Rank.COMPLETION + worker.number, self.finish, worker)

    def finish(self, event: Event) -> None:
        """The waiting part is over; the worker asks for the processor to complete the attempt."""
        done = event.subject.done
        self.processor.request(done, partial(super().complete, done))
