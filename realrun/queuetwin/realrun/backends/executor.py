"""The backend of `ThreadPoolExecutor`, as programs use it: a semaphore bounds submission.

The executor's own queue is unbounded and first in first out, so a semaphore of capacity + workers
says how many items may be in the system; a producer waits for the semaphore, or its item is
rejected.  A scenario that needs more of the queue is refused by name.  Python waits for an
executor's threads when it ends, so a task that hangs for ever must be killed from outside.
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
from queuetwin.realrun.serving.worker import AttemptRecorder

_QUEUE = "an executor serves its own queue, first in first out"


class _Bounded(Line):
    """A line whose queue is the executor's; `offer` submits."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.rules)
        self._job, rules = job, job.rules
        self._blocks = rules.when_full == "block"
        places = None if rules.capacity is None else rules.capacity + rules.workers
        self._places = None if places is None else threading.Semaphore(places)
        self._inside = 0
        self._numbers = itertools.count()
        self._local = threading.local()
        self.threads: list[threading.Thread] = []
        self._recorders = [
            AttemptRecorder(line=self, log=log, backoff=job.backoff) for log in job.logs
        ]
        self.pool = ThreadPoolExecutor(
            rules.workers, thread_name_prefix="executor-", initializer=self._start_thread
        )

    def offer(self, item: int) -> tuple[int, bool] | None:
        places = self._places
        if places is not None and not places.acquire(blocking=self._blocks):
            with self.mutex:
                now = clock()
                self._end_unserved((item, 0, 0), now, Outcome.REJECTED)
            return now, False
        with self.mutex:
            if self._closed:
                return None
            accepted = clock()
            self._inside += 1
            self.pool.submit(self._serve, item, accepted)
        return accepted, True

    def _start_thread(self) -> None:
        self._local.number = next(self._numbers)
        self.threads.append(threading.current_thread())
        sharpen_timer()

    def _serve(self, item: int, accepted: int) -> None:
        """What the executor runs for each item."""
        worker: int = self._local.number
        recorder = self._recorders[worker]
        with self.mutex:
            if self._closed:
                return
            self._busy += 1
            entry = item, 1, accepted, clock(), self._busy
            recorder.begin(entry)
        served = self._job.serve(entry, worker, entry[3])
        if served is None:
            return
        recorder.end(entry, served, clock())
        with self.mutex:
            self._busy -= 1
            self._inside -= 1
            self._signal_if_quiet()
        if self._places is not None:
            self._places.release()

    def _is_quiet(self) -> bool:
        return not self._producing and not self._inside

    def _close(self) -> None:
        super()._close()
        if self._places is not None:
            # Producers that wait for a place give up.
            self._places.release(self._rules.producers)


class _Executor:
    """Every worker is a thread of the executor, which starts it when it is first needed."""

    def __init__(self, job: Job) -> None:
        self.line = _Bounded(job)

    def thread_targets(self) -> dict[str, list[Callable[[], None]]]:
        return {"executor": []}

    def threads(self) -> Sequence[threading.Thread]:
        return self.line.threads

    def interrupt(self) -> None:
        self.line.pool.shutdown(wait=False, cancel_futures=True)

    def remote_processor_time(self) -> float:
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


BACKEND = Backend(
    name="executor", shares="interpreter", refusals=_refusals, make_team=_Executor, bounds="system"
)
