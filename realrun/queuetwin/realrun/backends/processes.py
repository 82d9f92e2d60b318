"""The backend of processes, for work that would wait for one GIL.

The line and the pacing stay in this process, so every rule of the queue is the one code.  Each
worker is a thread here that owns a process: it hands over one attempt, waits for the answer,
and serves nothing itself.  The process makes its service from the recipe, and stamps start and
finish by the same clock, which Linux, macOS and Windows keep for the whole system.  One that
dies closes its pipe, which is noticed at once: what it served has failed, and the worker gets
another process.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.base.errors import RunError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.sampling.workload import Workload
from queuetwin.realrun.backends.backend import Backend, Job, Refusals
from queuetwin.realrun.line.line import Entry, Line
from queuetwin.realrun.pacing.pacer import clock, sharpen_timer
from queuetwin.realrun.serving.services import load_task, service_of
from queuetwin.realrun.serving.worker import Desk, WorkerLog

__all__ = ["PROCESSES", "Processes"]

_GO_HOME_S = 2.0
_DIED = "the process that served it died"
# started, finished (ns of the clock), (failed, processor time, error), processor time of all (ns)
Answer = tuple[int, int, tuple[bool, int, str], int]


class _Child:
    """One worker process and the pipe to it; `spent` is its processor time in the run (ns)."""

    def __init__(self, scenario: Scenario, workload: Workload) -> None:
        context: Any = _context()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_live, args=(theirs, scenario, workload), name="queuetwin-worker", daemon=True
        )
        self._process.start()
        # From now on the pipe ends when the process does.
        theirs.close()
        self._before: int | None = None
        self.spent = 0
        self.is_busy = True

    def wait_ready(self) -> None:
        """Wait until it can serve.  Raises RunError when it died before."""
        try:
            self._before = self._pipe.recv()
        except (EOFError, OSError):
            raise RunError(
                "a worker process ended before it was ready; a script that starts processes "
                'must do so under: if __name__ == "__main__"'
            ) from None
        self.is_busy = False

    def ask(self, worker: int, entry: Entry, origin: int) -> Answer | None:
        """Have one attempt served; None when the process died meanwhile."""
        self.is_busy = True
        try:
            self._pipe.send((worker, entry, origin))
            answer: Answer = self._pipe.recv()
        except (EOFError, OSError):
            return None
        self.is_busy = False
        self.spent = answer[3] - (self._before or 0)
        return answer

    def leave(self) -> None:
        """Ask it to end; what it is busy with is interrupted."""
        if self.is_busy:
            self._process.kill()
        else:
            self._pipe.close()

    def see_off(self) -> None:
        """Wait until it has ended."""
        self._process.join(_GO_HOME_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


class Processes:
    """Every worker is a thread with a process of its own."""

    def __init__(self, job: Job, line: Line | None = None) -> None:
        self.line = line or Line(job.rules)
        self._job = job
        self._lock = threading.Lock()
        self._dismissed = False
        self._before: list[_Child] = []
        self._children: list[_Child] = []
        try:
            for _ in job.logs:
                self._children.append(self._start())
            for child in self._children:
                child.wait_ready()
        except BaseException:
            self.dismiss()
            raise

    def lives(self) -> dict[str, list[Callable[[], None]]]:
        """A thread for each worker, and the timekeeper."""
        workers: list[Callable[[], None]] = [
            partial(self._attend, number, log) for number, log in enumerate(self._job.logs)
        ]
        return {"worker": workers, "timekeeper": [self.line.keep_time]}

    def _attend(self, worker: int, log: WorkerLog) -> None:
        """The life of one worker: its process serves."""
        sharpen_timer()
        desk = Desk(line=self.line, log=log, backoff=self._job.backoff)
        while (entry := self.line.take(worker)) is not None:
            desk.begin(entry)
            answer = self._children[worker].ask(worker, entry, self._job.origin())
            if answer is not None:
                log.started, finished, served, _ = answer
                desk.end(entry, served, finished)
            elif self._job.stopping.is_set():
                return
            else:
                desk.lose(entry, _DIED)
                self._replace(worker)

    def _replace(self, worker: int) -> None:
        with self._lock:
            if self._dismissed:
                return
            self._before.append(self._children[worker])
            self._children[worker] = child = self._start()
        child.wait_ready()

    def _start(self) -> _Child:
        try:
            return _Child(self._job.scenario, self._job.workload)
        except OSError as fault:
            raise RunError(f"this machine cannot start so many processes: {fault}") from None

    def threads(self) -> Sequence[threading.Thread]:
        """None."""
        return ()

    def dismiss(self) -> None:
        """Every process is ended."""
        with self._lock:
            self._dismissed = True
            everyone = self._before + self._children
        for child in everyone:
            child.leave()
        for child in everyone:
            child.see_off()

    def spent_elsewhere(self) -> float:
        """That of all processes, in seconds."""
        return sum(child.spent for child in self._before + self._children) / SECOND_NS


def _context() -> Any:
    """Never a plain fork: this process has threads.

    The server loads only what others wrote: it looks for modules by its own path, and might
    find another copy of these.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["numpy", "pydantic"])
    return context


def _live(pipe: Connection, scenario: Scenario, workload: Workload) -> None:
    """The life of a worker process, until its pipe ends."""
    # Ctrl-C reaches every process of a terminal; the first of them ends the run in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sharpen_timer()
    origin = 0
    serve = service_of(
        scenario,
        workload.all(),
        workload.outages(),
        load_task(scenario),
        origin=lambda: origin,
        stopping=threading.Event(),
    )
    gc.collect()
    gc.freeze()
    pipe.send(time.process_time_ns())
    while True:
        try:
            worker, entry, origin = pipe.recv()
        except EOFError:
            return
        started = clock()
        served = serve(entry, worker, started)
        pipe.send((started, clock(), served, time.process_time_ns()))


def _nothing(_: Scenario) -> Refusals:
    yield from ()


PROCESSES = Backend(name="processes", shares="processors", refusals=_nothing, hire=Processes)
