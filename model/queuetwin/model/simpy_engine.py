"""The reference model of the pool, on SimPy's clock and event list.

Read it to learn the system: an item is planned, offered, waits at the door while the queue is
full, is accepted, started by a worker, finished, and perhaps sent back.  It draws nothing: all
chance is in the arrays it is given.  Instants are absolute, and what happens at one instant
happens in a fixed order (`Rank`), so that every engine gives the same Run, bit for bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from queuetwin.model.run import Outcome, Table
from queuetwin.model.scenario import Scenario
from queuetwin.model.workload import Draws

__all__ = ["Stopped", "simulate_with_simpy"]

NEVER = float("nan")
_PROGRESS_EVERY = 1000


class Rank:
    """What goes first at one instant; within a rank, the lower worker or item number."""

    COMPLETION = 0 << 40
    START = 1 << 40
    RETURN = 2 << 40
    DOOR = 3 << 40
    ARRIVAL = 4 << 40


class Moment(simpy.Event):
    """Something that can happen, again and again, but is due at most once at a time."""

    def __init__(self, calendar: Calendar, action: Callable[[Moment], None], who: Any) -> None:
        super().__init__(calendar)
        self.actions = [action]
        self.who = who
        self._ok = True
        self._value = None


class Calendar(simpy.Environment):
    """SimPy's environment with absolute instants: now + (t - now) need not be t in floats."""

    def at(self, instant: float, order: int, moment: Moment) -> None:
        """Let a moment come at an instant; `order` is its rank plus its number."""
        moment.callbacks = moment.actions
        heappush(self._queue, (instant, order, next(self._eid), moment))  # type: ignore[misc]


class Log:
    """The attempts, a row each, in the columns of a Run's table."""

    def __init__(self) -> None:
        self.item: list[int] = []
        self.attempt: list[int] = []
        self.enqueued: list[float] = []
        self.started: list[float] = []
        self.finished: list[float] = []
        self.worker: list[int] = []

    def enter(self, item: int, attempt: int, now: float) -> int:
        """The row of a new attempt."""
        self.item.append(item)
        self.attempt.append(attempt)
        self.enqueued.append(now)
        self.started.append(NEVER)
        self.finished.append(NEVER)
        self.worker.append(-1)
        return len(self.item) - 1


class Worker:
    """Idle, waking up, serving an attempt, or turning round: one moment at a time."""

    __slots__ = ("done", "number", "ready", "row")

    def __init__(self, number: int, pool: Pool) -> None:
        self.number = number
        self.row = -1
        self.ready = Moment(pool.calendar, pool.start, self)
        self.done = Moment(pool.calendar, pool.complete, self)


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """The run was asked to end early."""


class Pool:
    """Producers, the door, the queue, the workers and the return line."""

    def __init__(
        self, scenario: Scenario, draws: Draws, progress: Callable[[int], None] | None
    ) -> None:
        stage, arrivals = scenario.stage, scenario.arrivals
        self.calendar = Calendar()
        self.progress = progress
        self.places = stage.queue.capacity or float("inf")
        self.refuses = stage.queue.when_full == "reject"
        self.backoff = stage.failures.backoff
        self.attempts = stage.failures.attempts
        self.producers = arrivals.producers
        self.by_gap = arrivals.pacing == "gap"
        self.duration = scenario.duration or float("inf")

        self.gap = draws.gap.tolist()
        self.lateness = draws.lateness.tolist()
        self.fails = draws.fails.tolist()
        free_failure = draws.fails & (stage.failures.cost == "none")
        self.service = np.where(free_failure, 0.0, draws.demand).tolist()
        self.hand_off = draws.hand_off.tolist()
        self.turn_round = draws.turn_round.tolist()

        count = len(draws)
        self.planned = [NEVER] * count if self.by_gap else np.cumsum(draws.gap).tolist()
        self.offered = [NEVER] * count
        self.finished = [NEVER] * count
        self.outcome = [Outcome.NOT_OFFERED] * count
        self.log = Log()

        self.arrivals = [Moment(self.calendar, self.arrive, 0) for _ in range(self.producers)]
        self.waiting: deque[int] = deque()
        self.door: list[tuple[float, int, int]] = []
        self.workers = [Worker(number, self) for number in range(stage.workers.count)]
        self.idle = [(0.0, worker.number) for worker in self.workers]
        self.returning: list[tuple[float, int, int]] = []
        self.return_at_door = False

    def run(self) -> None:
        """From the first plan until nothing is left to happen, or until stopped."""
        for item in range(min(self.producers, len(self.gap))):
            self.plan(item, 0.0)
        self.calendar.run()

    # -- producers ---------------------------------------------------------------------------

    def plan(self, item: int, put_returned: float) -> None:
        """A producer turns to its next item."""
        if self.by_gap:
            planned = put_returned + self.gap[item]
            if planned >= self.duration:
                return
            self.planned[item] = planned
        arrival = self.arrivals[item % self.producers]
        arrival.who = item
        instant = max(self.planned[item], put_returned) + self.lateness[item]
        self.calendar.at(instant, Rank.ARRIVAL + item, arrival)

    def arrive(self, arrival: Moment) -> None:
        """An item is offered."""
        item, now = arrival.who, self.calendar.now
        if self.progress and not item % _PROGRESS_EVERY:
            self.progress(item)
        self.offered[item] = now
        heappush(self.door, (now, item, 1))
        # An arrival ranks last, so nothing of this instant can come between it and the door.
        self.open_door(arrival)

    # -- the door and the queue --------------------------------------------------------------

    def open_door(self, moment: Moment) -> None:
        """Whoever has been at the door longest gets in, is refused, or waits on."""
        if not self.door:
            return
        has_room = len(self.waiting) < self.places
        if not has_room and not self.refuses:
            return
        _, item, number = heappop(self.door)
        if has_room:
            self.accept(item, number)
        else:
            self.end(item, Outcome.REJECTED)
        if number > 1:
            self.return_at_door = False
            if self.returning:
                self.call_return(max(self.returning[0][0], self.calendar.now))
        elif item + self.producers < len(self.gap):
            self.plan(item + self.producers, self.calendar.now)

    def accept(self, item: int, number: int) -> None:
        """An item takes a place in the queue and wakes the worker that is idle longest."""
        now = self.calendar.now
        self.waiting.append(self.log.enter(item, number, now))
        if self.idle:
            _, worker = heappop(self.idle)
            awake = now + self.hand_off[number - 1][item]
            self.calendar.at(awake, Rank.START + worker, self.workers[worker].ready)

    # -- workers -----------------------------------------------------------------------------

    def start(self, ready: Moment) -> None:
        """A worker is awake or has turned round: it takes the head of the queue, or idles."""
        now, worker = self.calendar.now, ready.who
        if not self.waiting:
            heappush(self.idle, (now, worker.number))
            return
        worker.row = row = self.waiting.popleft()
        log = self.log
        log.started[row] = now
        log.worker[row] = worker.number
        finish = now + self.service[log.attempt[row] - 1][log.item[row]]
        self.calendar.at(finish, Rank.COMPLETION + worker.number, worker.done)
        if self.door:
            self.calendar.at(now, Rank.DOOR, Moment(self.calendar, self.open_door, None))

    def complete(self, done: Moment) -> None:
        """A worker has finished an attempt; it turns round, and the item ends or comes back."""
        now, worker = self.calendar.now, done.who
        row, log = worker.row, self.log
        log.finished[row] = now
        item, number = log.item[row], log.attempt[row]
        free = now + self.turn_round[number - 1][item]
        self.calendar.at(free, Rank.START + worker.number, worker.ready)
        if not self.fails[number - 1][item]:
            self.end(item, Outcome.COMPLETED)
        elif number == self.attempts:
            self.end(item, Outcome.FAILED)
        else:
            due = now + self.backoff
            heappush(self.returning, (due, item, number + 1))
            self.call_return(due)

    # -- the return line ---------------------------------------------------------------------

    def call_return(self, due: float) -> None:
        """See at `due` whether the return line can bring an item to the door."""
        moment = Moment(self.calendar, self.bring_back, None)
        self.calendar.at(due, Rank.RETURN + self.returning[0][1], moment)

    def bring_back(self, moment: Moment) -> None:
        """The return line, one item at the door, brings the one that has been due longest."""
        now = self.calendar.now
        if self.return_at_door or not self.returning or self.returning[0][0] > now:
            return
        _, item, number = heappop(self.returning)
        self.return_at_door = True
        heappush(self.door, (now, item, number))
        self.calendar.at(now, Rank.DOOR, Moment(self.calendar, self.open_door, None))

    # -- the end -----------------------------------------------------------------------------

    def end(self, item: int, outcome: Outcome) -> None:
        """The last word on an item."""
        self.outcome[item] = outcome
        self.finished[item] = self.calendar.now


def simulate_with_simpy(
    scenario: Scenario, draws: Draws, progress: Callable[[int], None] | None = None
) -> tuple[Table, Table, bool]:
    """The items and attempts of a Run, and whether it came to its end.

    `progress` is told every so often which item arrives, and may raise `Stopped`.
    """
    pool = Pool(scenario, draws, progress)
    complete = True
    try:
        pool.run()
    except Stopped:
        complete = False
    attempts = _attempts(pool, draws)
    return _items(pool, attempts), attempts, complete


def _attempts(pool: Pool, draws: Draws) -> Table:
    log = pool.log
    item = np.array(log.item, dtype=np.int64)
    number = np.array(log.attempt, dtype=np.int16)
    started = np.array(log.started)
    finished = np.array(log.finished)
    ended = np.where(draws.fails[number - 1, item], Outcome.FAILED, Outcome.COMPLETED)
    columns: dict[str, NDArray[Any]] = {
        "item": item,
        "attempt": number,
        "stage": np.zeros_like(number),
        "enqueued": np.array(log.enqueued),
        "taken": started,
        "started": started,
        "finished": finished,
        "released": finished + draws.turn_round[number - 1, item],
        "worker": np.array(log.worker, dtype=np.int32),
        "outcome": np.where(np.isnan(finished), Outcome.UNFINISHED, ended),
        "cpu": np.full(len(item), NEVER),
    }
    order = np.lexsort((number, item))
    return {name: column[order] for name, column in columns.items()}


def _items(pool: Pool, attempts: Table) -> Table:
    planned = np.array(pool.planned)
    # Beyond the duration nothing was planned; rows in between stay, an item being its row.
    count = int(np.flatnonzero(~np.isnan(planned))[-1]) + 1
    offered = np.array(pool.offered[:count])
    outcome = np.array(pool.outcome[:count], dtype=np.int8)
    outcome[(outcome == Outcome.NOT_OFFERED) & ~np.isnan(offered)] = Outcome.UNFINISHED
    accepted = np.full(count, NEVER)
    first = attempts["attempt"] == 1
    accepted[attempts["item"][first]] = attempts["enqueued"][first]
    return {
        "planned": planned[:count],
        "offered": offered,
        "accepted": accepted,
        "outcome": outcome,
        "finished": np.array(pool.finished[:count]),
        "class": np.zeros(count, dtype=np.int16),
        "priority": np.zeros(count, dtype=np.int16),
    }
