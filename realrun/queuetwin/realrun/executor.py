"""The backend of `ThreadPoolExecutor`, as it is used in life: a semaphore bounds submission.

The executor's own queue has no limit and no other order than first in first out, so a semaphore
of capacity + workers says how many items may be in the system; a producer waits for it, or is
turned away.  Whatever needs more of the queue than that is refused by name.  Python waits for
an executor's threads when it ends, so a task that hangs for ever must be killed from outside.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from queuetwin.model.run import Outcome
from queuetwin.model.scenario import Scenario
from queuetwin.realrun.hiring import Backend, Job, Refusals
from queuetwin.realrun.line import Line
from queuetwin.realrun.pacer import clock, sharpen_timer
from queuetwin.realrun.worker import Desk

__all__ = ["EXECUTOR"]

_BOUNDS = "submission is bounded by a semaphore"
_QUEUE = "an executor serves its own queue, first in first out"
_WORKERS = "an executor's threads come once and stay"


class _Bounded(Line):
    """A line whose queue is the executor's; `offer` submits."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.rules)
        self._job, rules = job, job.rules
        self._waits = rules.when_full == "block"
        places = None if rules.capacity is None else rules.capacity + rules.workers
        self._places = None if places is None else threading.Semaphore(places)
        self._inside = 0
        self._numbers = itertools.count()
        self._mine = threading.local()
        self.threads: list[threading.Thread] = []
        self._desks = [Desk(line=self, log=log, backoff=job.backoff) for log in job.logs]
        self.pool = ThreadPoolExecutor(
            rules.workers, thread_name_prefix="executor-", initializer=self._first_day
        )

    def offer(self, item: int) -> tuple[int, bool] | None:
        places = self._places
        if places is not None and not places.acquire(blocking=self._waits):
            with self.mutex:
                now = clock()
                self._go((item, 0, 0), now, Outcome.REJECTED)
            return now, False
        with self.mutex:
            if self._closed:
                return None
            accepted = clock()
            self._inside += 1
            self.pool.submit(self._serve, item, accepted)
        return accepted, True

    def _first_day(self) -> None:
        self._mine.number = next(self._numbers)
        self.threads.append(threading.current_thread())
        sharpen_timer()

    def _serve(self, item: int, accepted: int) -> None:
        """What the executor runs for each item."""
        worker: int = self._mine.number
        desk = self._desks[worker]
        with self.mutex:
            if self._closed:
                return
            self._busy += 1
            entry = item, 1, accepted, clock(), self._busy
            desk.begin(entry)
        served = self._job.serve(entry, worker, entry[3])
        if served is None:
            return
        desk.end(entry, served, clock())
        with self.mutex:
            self._busy -= 1
            self._inside -= 1
            self._tell_if_quiet()
        if self._places is not None:
            self._places.release()

    def _is_quiet(self) -> bool:
        return not self._producing and not self._inside

    def _close(self) -> None:
        super()._close()
        if self._places is not None:
            # Whoever waits for a place goes home.
            self._places.release(self._rules.producers)


class _Executor:
    """Every worker is a thread of the executor, which starts it when it is first needed."""

    def __init__(self, job: Job) -> None:
        self.line = _Bounded(job)

    def lives(self) -> dict[str, list[Callable[[], None]]]:
        return {"executor": []}

    def threads(self) -> Sequence[threading.Thread]:
        return self.line.threads

    def dismiss(self) -> None:
        self.line.pool.shutdown(wait=False, cancel_futures=True)

    def spent_elsewhere(self) -> float:
        return 0.0


def _refusals(scenario: Scenario) -> Refusals:
    yield from _of_queue(scenario)
    stage, arrivals = scenario.stage, scenario.arrivals
    workers, failures = stage.workers, stage.failures
    if workers.own_queue:
        yield "workers.own_queue", "true", _QUEUE
    if workers.schedule:
        yield "workers.schedule", "", _WORKERS
    if workers.idle_timeout is not None:
        yield "workers.idle_timeout", f"{workers.idle_timeout:g}s", _WORKERS
    if workers.breakdown is not None:
        yield "workers.breakdown", "", _WORKERS
    if failures.attempts > 1:
        yield "failures.attempts", f"{failures.attempts}", "nothing brings an item back"
    if arrivals.producers > 1:
        key = "arrivals.users" if arrivals.pacing == "outcome" else "arrivals.producers"
        yield key, f"{arrivals.producers}", "those who wait for a semaphore overtake each other"


def _of_queue(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    queue = scenario.stage.queue
    if queue.order != "fifo":
        yield "queue.order", f'"{queue.order}"', _QUEUE
    if queue.when_full == "drop-oldest":
        yield "queue.when_full", f'"{queue.when_full}"', _BOUNDS
    if queue.patience is not None:
        yield "queue.patience", queue.patience.text(), _QUEUE


EXECUTOR = Backend(name="executor", refusals=_refusals, hire=_Executor)
