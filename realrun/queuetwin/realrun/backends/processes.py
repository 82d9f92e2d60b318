"""The backend of processes, for work that would wait for one GIL.

The line and the pacing stay in this process, so the rules of the queue are the same code as for
threads.  Each worker is a thread here that owns a process: the thread hands over one attempt,
waits for the answer, and serves nothing itself.  The process makes its service from the recipe,
and stamps start and finish by the same clock, which Linux, macOS and Windows keep for the whole
system.  A process that dies closes its pipe, which is noticed at once: its attempt has failed, and
the worker gets another process.
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
from queuetwin.realrun.backends.backend import Backend, Job
from queuetwin.realrun.line.line import Entry, Line
from queuetwin.realrun.pacing.pacer import clock, sharpen_timer
from queuetwin.realrun.serving.services import load_task, service_of
from queuetwin.realrun.serving.worker import AttemptRecorder, WorkerLog

_JOIN_S = 2.0
_DIED = "the process that served it died"
# started, finished (ns of the clock), (failed, processor time, error), processor time of all (ns)
Answer = tuple[int, int, tuple[bool, int, str], int]


class _Child:
    """One worker process and the pipe to it; `spent` is its processor time in the run (ns)."""

    def __init__(self, scenario: Scenario, workload: Workload) -> None:
        context: Any = _context()
        self._pipe, other_end = context.Pipe()
        self._process = context.Process(
            target=_serve_until_closed,
            args=(other_end, scenario, workload),
            name="queuetwin-worker",
            daemon=True,
        )
        self._process.start()
        # From now on the pipe ends when the process does.
        other_end.close()
        self._time_at_start: int | None = None
        self.spent = 0
        self.is_busy = True

    def wait_ready(self) -> None:
        """Wait until the process can serve.  Raises RunError when it died before."""
        try:
            self._time_at_start = self._pipe.recv()
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
        self.spent = answer[3] - (self._time_at_start or 0)
        return answer

    def end(self) -> None:
        """Ask the process to end; an attempt in it is interrupted."""
        if self.is_busy:
            self._process.kill()
        else:
            self._pipe.close()

    def join(self) -> None:
        """Wait until the process has ended."""
        self._process.join(_JOIN_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


class Processes:
    """Every worker is a thread with a process of its own."""

    def __init__(self, job: Job, line: Line | None = None) -> None:
        self.line = line or Line(job.rules)
        self._job = job
        self._lock = threading.Lock()
        self._interrupted = False
        self._replaced: list[_Child] = []
        self._children: list[_Child] = []
        try:
            for _ in job.logs:
                self._children.append(self._start())
            for child in self._children:
                child.wait_ready()
        except BaseException:
            self.interrupt()
            raise

    def thread_targets(self) -> dict[str, list[Callable[[], None]]]:
        """A thread for each worker, and the timekeeper."""
        workers: list[Callable[[], None]] = [
            partial(self._work_by_process, number, log) for number, log in enumerate(self._job.logs)
        ]
        return {"worker": workers, "timekeeper": [self.line.keep_time]}

    def _work_by_process(self, worker: int, log: WorkerLog) -> None:
        """One worker, whose process serves, until the line gives it no more items."""
        sharpen_timer()
        recorder = AttemptRecorder(line=self.line, log=log, backoff=self._job.backoff)
        while (entry := self.line.take(worker)) is not None:
            recorder.begin(entry)
            answer = self._children[worker].ask(worker, entry, self._job.origin())
            if answer is not None:
                log.started, finished, served, _ = answer
                recorder.end(entry, served, finished)
            elif self._job.stopping.is_set():
                return
            else:
                recorder.lose(entry, _DIED)
                self._replace(worker)

    def _replace(self, worker: int) -> None:
        with self._lock:
            if self._interrupted:
                return
            self._replaced.append(self._children[worker])
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

    def interrupt(self) -> None:
        """End every process."""
        with self._lock:
            self._interrupted = True
            children = self._replaced + self._children
        for child in children:
            child.end()
        for child in children:
            child.join()

    def remote_processor_time(self) -> float:
        """The processor time of all worker processes, in seconds."""
        return sum(child.spent for child in self._replaced + self._children) / SECOND_NS


def _context() -> Any:
    """A way to start processes that is no plain fork, since this process has threads.

    The fork server preloads other people's packages only: it looks for modules by its own path, and
    might find another copy of ours.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["numpy", "pydantic"])
    return context


def _serve_until_closed(pipe: Connection, scenario: Scenario, workload: Workload) -> None:
    """What a worker process does, until its pipe is closed."""
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


BACKEND = Backend(name="processes", shares="processors", make_team=Processes)
