"""The backend of real threads: a line in this process, and daemon threads that work on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.realrun.backends.backend import Backend, Job
from queuetwin.realrun.line.line import Line
from queuetwin.realrun.pacing.pacer import clock
from queuetwin.realrun.serving.worker import work

_LOOK_EVERY_S = 0.05


class _Threads:
    """Every worker is a thread; a task in it cannot be interrupted."""

    def __init__(self, job: Job) -> None:
        self.line = Line(job.rules)
        self._job = job

    def thread_targets(self) -> dict[str, list[Callable[[], None]]]:
        job, line = self._job, self.line
        workers: list[Callable[[], None]] = [
            partial(work, number, line, job.serve, log, backoff=job.backoff)
            for number, log in enumerate(job.logs)
        ]
        return {"worker": workers, "timekeeper": [line.keep_time]}

    def threads(self) -> Sequence[threading.Thread]:
        return ()

    def interrupt(self) -> None:
        """Sleeping workers look at `stopping` by themselves."""

    def remote_processor_time(self) -> float:
        return 0.0


BACKEND = Backend(name="threads", shares="interpreter", make_team=_Threads)


def start_threads(
    thread_targets: Sequence[Callable[[], None]], kind: str
) -> list[threading.Thread]:
    """Start a daemon thread for each target, named `kind-0`, `kind-1` and so on."""
    threads = [
        threading.Thread(target=target, name=f"{kind}-{number}", daemon=True)
        for number, target in enumerate(thread_targets)
    ]
    for thread in threads:
        thread.start()
    return threads


def join_all(threads: Sequence[threading.Thread], seconds: float) -> list[str]:
    """The names of the threads that have not ended within so many seconds, all together."""
    limit = clock() + round(seconds * SECOND_NS)
    for thread in threads:
        while thread.is_alive() and clock() < limit:
            thread.join(_LOOK_EVERY_S)
    return [thread.name for thread in threads if thread.is_alive()]
