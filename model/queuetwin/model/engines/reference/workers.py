"""The workers of a station, and which of them are available.

A worker is idle, waking up, serving an attempt, or turning round; or it is away: down for
repair, off by the schedule, or gone for good after its idle timeout.  The station asks
`leave_or_repair` before a worker starts anything, and gives three callables: what happens when
a worker starts, when it completes an attempt, and when another one has to be woken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from queuetwin.model.engines.reference.event_calendar import Calendar, Event, Rank
from queuetwin.model.records.run import Left
from queuetwin.model.records.tables import Presence

if TYPE_CHECKING:
    from queuetwin.model.engines.reference.lane import LaneState
    from queuetwin.model.language.stage import Stage
    from queuetwin.model.rules.breakdowns import Outages


class NoWorkerLeft(Exception):  # noqa: N818 - the run ends here, by the rules of the scenario
    """The last worker has left, and none will come."""


class Worker:
    """One worker: its `ready` and `done` events, and the row of the attempt that it serves.

    `wakings` counts how often it was woken or went away, so that a timer set before can see that
    it is out of date; `idle_since` stays when it is woken but finds nothing to serve.
    """

    __slots__ = (
        "done",
        "fails",
        "idle_since",
        "lane",
        "number",
        "present_since",
        "ready",
        "row",
        "wakings",
    )

    ready: Event
    done: Event

    def __init__(self, number: int, lane: LaneState) -> None:
        self.number = number
        self.lane = lane
        self.row = -1
        self.fails = False
        self.present_since: float | None = None
        self.idle_since: float | None = None
        self.wakings = 0


class Workers:
    """All workers by number, which of them are present, and the rules by which they come and go.

    `stay` says that all are always present, so that there is nothing to ask.
    """

    def __init__(
        self,
        stage: Stage,
        lanes: Sequence[LaneState],
        calendar: Calendar,
        outages: list[Outages],
        *,
        start: Callable[[Event], None],
        complete: Callable[[Event], None],
        wake_another: Callable[[LaneState], None],
    ) -> None:
        workers = stage.workers
        self.lanes = lanes
        self.calendar = calendar
        self.wake_another = wake_another
        self.ended_presences: list[Presence] = []
        self.by_number = [
            Worker(number, lanes[workers.lane_of(number)]) for number in range(workers.most)
        ]
        for worker in self.by_number:
            worker.ready = Event(calendar, start, worker)
            worker.done = Event(calendar, complete, worker)
        self.outages = outages
        self.idle_timeout = workers.idle_timeout
        self.shifts = list(workers.schedule)
        self.scheduled = workers.number
        self.present = 0
        self.timed_out: set[int] = set()
        self.stay = not (outages or self.shifts or self.idle_timeout)

    def begin(self) -> None:
        """The first workers come, and the shifts that change their number are scheduled."""
        for worker in self.by_number[: self.scheduled]:
            self._join(worker, 0.0)
            worker.lane.idle.append((0.0, worker.number))
            self.begin_idle(worker, 0.0)
        for number, (instant, count) in enumerate(self.shifts):
            self.calendar.call_at(instant, Rank.SHIFT + number, self.shift, count)

    def presences(self, window: float) -> list[Presence]:
        """Every presence so far, those that last until the end of the window too."""
        lasting = [
            (worker.number, worker.present_since, window, Left.STAYED)
            for worker in self.by_number
            if worker.present_since is not None
        ]
        return self.ended_presences + lasting

    # -- idle --------------------------------------------------------------------------------

    def begin_idle(self, worker: Worker, now: float) -> None:
        """A worker has found nothing to do; its idle timeout and its next outage are scheduled."""
        if worker.idle_since is None:
            worker.idle_since = now
        if self.idle_timeout is not None:
            due = max(worker.idle_since + self.idle_timeout, now)
            self._while_idle(worker, due, Rank.IDLE_TIMEOUT, self.time_out)
        if self.outages:
            down = self.outages[worker.number].next_down(now)
            self._while_idle(worker, down, Rank.OUTAGE, self.break_down)

    def _while_idle(
        self, worker: Worker, due: float, rank: int, action: Callable[[Worker], None]
    ) -> None:
        """Schedule an action for which the worker has to be idle until then."""
        wakings = worker.wakings

        def if_still_idle(_: Event) -> None:
            if worker.wakings == wakings:
                worker.lane.remove_idle(worker.number)
                action(worker)

        self.calendar.call_at(due, rank + worker.number, if_still_idle, worker)

    def time_out(self, worker: Worker) -> None:
        """A worker has been idle for too long, and leaves for good."""
        self.timed_out.add(worker.number)
        self._leave(worker, Left.IDLE_TIMEOUT)

    def break_down(self, worker: Worker) -> None:
        """An idle worker goes down, and is back after its repair."""
        worker.wakings += 1
        worker.idle_since = None
        now = self.calendar.now
        # A repair can be too short for the clock: then the worker is back as it goes down.
        back = self.outages[worker.number].back_from(now) or now
        self.calendar.schedule_at(back, Rank.START + worker.number, worker.ready)

    # -- away --------------------------------------------------------------------------------

    def leave_or_repair(self, worker: Worker) -> bool:
        """Send a worker away that was about to start, where it has to leave or is down.

        Whether it was sent away.
        """
        now, was_woken = self.calendar.now, worker.idle_since is not None
        if self.present > self.scheduled:
            self._leave(worker, Left.SCHEDULE)
        elif self.outages and (back := self.outages[worker.number].back_from(now)) is not None:
            worker.idle_since = None
            self.calendar.schedule_at(back, Rank.START + worker.number, worker.ready)
        else:
            return False
        if was_woken:
            self.wake_another(worker.lane)
        return True

    def shift(self, event: Event) -> None:
        """Another number of workers is scheduled from now on."""
        now = self.calendar.now
        self.shifts.pop(0)
        self.scheduled = event.subject
        lane = self.lanes[0]
        while self.present > self.scheduled and lane.idle:
            self._leave(self.by_number[lane.pop_idle()], Left.SCHEDULE)
        for worker in self.by_number:
            absent = worker.present_since is None and worker.number not in self.timed_out
            if absent and self.present < self.scheduled:
                self._join(worker, now)
                self.calendar.schedule_at(now, Rank.START + worker.number, worker.ready)

    def _join(self, worker: Worker, now: float) -> None:
        worker.present_since = now
        self.present += 1

    def _leave(self, worker: Worker, why: Left) -> None:
        assert worker.present_since is not None
        now = self.calendar.now
        self.ended_presences.append((worker.number, worker.present_since, now, why))
        worker.present_since = worker.idle_since = None
        worker.wakings += 1
        self.present -= 1
        will_come = any(count for _, count in self.shifts) and len(self.timed_out) < len(
            self.by_number
        )
        if not self.present and not will_come:
            raise NoWorkerLeft
