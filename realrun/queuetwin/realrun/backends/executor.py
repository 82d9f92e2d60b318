"""The backend of `ThreadPoolExecutor`, as it is used in life: a semaphore bounds submission.

The executor's own queue has no limit and no other order than first in first out, so a semaphore
of capacity + workers says how many items may be in the system; a producer waits for it, or is
turned away.  Whatever needs more of the queue than that is refused by name.  Python waits for
an executor's threads when it ends, so a task that hangs for ever must be killed from outside.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Outcome
from queuetwin.realrun.backends.backend import Backend, Job, Refusals, beyond_a_plain_queue
from queuetwin.realrun.line.line import Line
from queuetwin.realrun.pacing.pacer import clock, sharpen_timer
from queuetwin.realrun.serving.worker import Desk

__all__ = ["EXECUTOR"]

_QUEUE = "an executor serves its own queue, first in first out"


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
    yield from beyond_a_plain_queue(
        scenario,
        order=_QUEUE,
        own_queue=_QUEUE,
        dropping="submission is bounded by a semaphore",
        patience=_QUEUE,
        workers="an executor's threads come once and stay",
        producers="those who wait for a semaphore overtake each other",
    )
    attempts = scenario.stage.failures.attempts
    if attempts > 1:
        yield "failures.attempts", f"{attempts}", "nothing brings an item back"


EXECUTOR = Backend(name="executor", shares="interpreter", refusals=_refusals, hire=_Executor)
