"""Who serves: idle workers, and those that are away.

A worker is idle, waking up, serving an attempt, or turning round, one moment at a time; or it
is away: down for repair, off by the schedule, or gone for good after idling too long.  The pool
asks before a worker starts anything; what workers do in it comes in as three callables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from queuetwin.model.engines.reference.event_calendar import Calendar, Moment, Rank
from queuetwin.model.records.run import Left, Presence

if TYPE_CHECKING:
    from queuetwin.model.engines.reference.lane import LaneState
    from queuetwin.model.language.stage import Stage
    from queuetwin.model.rules.breakdowns import Outages

__all__ = ["NobodyLeft", "Worker", "Workers"]


class NobodyLeft(Exception):  # noqa: N818 - the run ends here, by the rules of the scenario
    """The last worker has left, and none will come."""


class Worker:
    """One worker and what it is at; `idle_since` outlives a waking in vain."""

    __slots__ = (
        "came",
        "done",
        "fails",
        "idle_since",
        "lane",
        "number",
        "ready",
        "row",
        "turns",
    )

    ready: Moment
    done: Moment

    def __init__(self, number: int, lane: LaneState) -> None:
        self.number = number
        self.lane = lane
        self.row = -1
        self.fails = False
        self.came: float | None = None
        self.idle_since: float | None = None
        self.turns = 0


class Workers:
    """All workers, those that are present, and the rules of their coming and going."""

    def __init__(
        self,
        stage: Stage,
        lanes: Sequence[LaneState],
        calendar: Calendar,
        outages: list[Outages],
        *,
        start: Callable[[Moment], None],
        complete: Callable[[Moment], None],
        wake: Callable[[LaneState], None],
    ) -> None:
        workers = stage.workers
        self.lanes = lanes
        self.calendar = calendar
        self.wake = wake
        self.ended_presences: list[Presence] = []
        self.workers = [
            Worker(number, lanes[workers.lane_of(number)]) for number in range(workers.most)
        ]
        for worker in self.workers:
            worker.ready = Moment(calendar, start, worker)
            worker.done = Moment(calendar, complete, worker)
        self.outages = outages
        self.idle_timeout = workers.idle_timeout
        self.changes = list(workers.schedule)
        self.wanted = workers.number
        self.present = 0
        self.gone: set[int] = set()
        self.is_constant = not (outages or self.changes or self.idle_timeout)

    def come(self) -> None:
        """The first workers come, and later changes of their number are noted."""
        for worker in self.workers[: self.wanted]:
            self._joins(worker, 0.0)
            worker.lane.idle.append((0.0, worker.number))
            self.idles(worker, 0.0)
        for number, (instant, count) in enumerate(self.changes):
            self.calendar.once(instant, Rank.SHIFT + number, self.shift, count)

    def presences(self, window: float) -> list[Presence]:
        """Every presence so far, those that last until the end of the window too."""
        lasting = [
            (worker.number, worker.came, window, Left.STAYED)
            for worker in self.workers
            if worker.came is not None
        ]
        return self.ended_presences + lasting

    # -- idle --------------------------------------------------------------------------------

    def idles(self, worker: Worker, now: float) -> None:
        """A worker found nothing to do, and does not wait for ever."""
        if worker.idle_since is None:
            worker.idle_since = now
        if self.idle_timeout is not None:
            due = max(worker.idle_since + self.idle_timeout, now)
            self._while_idle(worker, due, Rank.IDLE, self.times_out)
        if self.outages:
            down = self.outages[worker.number].next_down(now)
            self._while_idle(worker, down, Rank.OUTAGE, self.breaks_down)

    def _while_idle(
        self, worker: Worker, due: float, rank: int, action: Callable[[Worker], None]
    ) -> None:
        """Let it happen at that instant, should the worker not have been woken until then."""
        turns = worker.turns

        def if_still_idle(_: Moment) -> None:
            if worker.turns == turns:
                worker.lane.not_idle(worker.number)
                action(worker)

        self.calendar.once(due, rank + worker.number, if_still_idle, worker)

    def times_out(self, worker: Worker) -> None:
        """A worker has been idle for too long, and leaves for good."""
        self.gone.add(worker.number)
        self._leaves(worker, Left.IDLE_TIMEOUT)

    def breaks_down(self, worker: Worker) -> None:
        """An idle worker goes down, and is back after its repair."""
        worker.turns += 1
        worker.idle_since = None
        now = self.calendar.now
        # A repair can be too short for the clock: then the worker is back as it goes down.
        back = self.outages[worker.number].back_from(now) or now
        self.calendar.at(back, Rank.START + worker.number, worker.ready)

    # -- away --------------------------------------------------------------------------------

    def is_away(self, worker: Worker) -> bool:
        """Whether a worker that was about to start is down, or has to leave."""
        now, was_woken = self.calendar.now, worker.idle_since is not None
        if self.present > self.wanted:
            self._leaves(worker, Left.SCHEDULE)
        elif self.outages and (back := self.outages[worker.number].back_from(now)) is not None:
            worker.idle_since = None
            self.calendar.at(back, Rank.START + worker.number, worker.ready)
        else:
            return False
        if was_woken:
            self.wake(worker.lane)
        return True

    def shift(self, change: Moment) -> None:
        """Another number of workers is wanted from now on."""
        now = self.calendar.now
        self.changes.pop(0)
        self.wanted = change.who
        lane = self.lanes[0]
        while self.present > self.wanted and lane.idle:
            self._leaves(self.workers[lane.idle_longest()], Left.SCHEDULE)
        for worker in self.workers:
            absent = worker.came is None and worker.number not in self.gone
            if absent and self.present < self.wanted:
                self._joins(worker, now)
                self.calendar.at(now, Rank.START + worker.number, worker.ready)

    def _joins(self, worker: Worker, now: float) -> None:
        worker.came = now
        self.present += 1

    def _leaves(self, worker: Worker, why: Left) -> None:
        assert worker.came is not None
        now = self.calendar.now
        self.ended_presences.append((worker.number, worker.came, now, why))
        worker.came = worker.idle_since = None
        worker.turns += 1
        self.present -= 1
        will_come = any(count for _, count in self.changes) and len(self.gone) < len(self.workers)
        if not self.present and not will_come:
            raise NobodyLeft
