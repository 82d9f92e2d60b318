"""The backend of asyncio: one event loop in one thread, and a coroutine for each worker.

Producers keep their own threads, and the line is the same as that of the threads: where a thread
would sleep inside a call to the line, a coroutine leaves the call and is woken later.  A service
awaits a sleep or the user's async task; a task that blocks, and work on the processor, hold up
the whole loop, as they do in production.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.realrun.backends.backend import Backend, Job
from queuetwin.realrun.line.attendance import WorkerSlot
from queuetwin.realrun.line.line import Entry, Line
from queuetwin.realrun.pacing.pacer import clock, sharpen_timer
from queuetwin.realrun.serving.burn import Burn, work_for
from queuetwin.realrun.serving.worker import (
    AttemptRecorder,
    Served,
    Sleep,
    TaskService,
    WorkerLog,
    text_of,
)


class _ParkedError(Exception):
    """No fault: the worker has to sleep until it is woken, or until an instant (ns)."""

    def __init__(self, until: int | None) -> None:
        self.until = until


class _LoopSlot(WorkerSlot):
    """The slot of a coroutine."""

    __slots__ = ("_loop", "woken")

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(number)
        self._loop = loop
        self.woken = asyncio.Event()

    def wake(self) -> None:
        if self.asleep:
            self.asleep = False
            _call_in_loop(self._loop, self.woken.set)

    def sleep(self, lock: threading.Lock, until: int | None) -> None:
        self.asleep = True
        raise _ParkedError(until)


class _EventLoop:
    """Every worker is a coroutine of one loop."""

    def __init__(self, job: Job) -> None:
        self._loop = asyncio.new_event_loop()
        self._slots: dict[int, _LoopSlot] = {}
        self.line = Line(job.rules, self._slot_for)
        self._job = job
        self._tasks: list[asyncio.Task[None]] = []

    def _slot_for(self, number: int) -> _LoopSlot:
        self._slots[number] = slot = _LoopSlot(number, self._loop)
        return slot

    def thread_targets(self) -> dict[str, list[Callable[[], None]]]:
        return {"loop": [self._run], "timekeeper": [self.line.keep_time]}

    def _run(self) -> None:
        sharpen_timer()
        try:
            self._loop.run_until_complete(self._work_all())
        finally:
            self._loop.close()

    async def _work_all(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._tasks = [
                    group.create_task(self._work(number, log))
                    for number, log in enumerate(self._job.logs)
                ]
        except ExceptionGroup as faults:
            raise faults.exceptions[0] from None

    async def _work(self, worker: int, log: WorkerLog) -> None:
        """One worker, until the line gives it no more items."""
        recorder = AttemptRecorder(line=self.line, log=log, backoff=self._job.backoff)
        while (entry := await self._take(worker)) is not None:
            recorder.begin(entry)
            served = await _serve(self._job.serve, entry, worker, self._job.stopping)
            if served is None:
                return
            recorder.end(entry, served, clock())

    async def _take(self, worker: int) -> Entry | None:
        slot = self._slots[worker]
        while True:
            try:
                return self.line.take(worker)
            except _ParkedError as parked:
                until = parked.until
            limit = None if until is None else max(until - clock(), 0) / SECOND_NS
            # A worker whose time is up may be woken all the same, and then looks once more.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(slot.woken.wait(), limit)
            slot.woken.clear()

    def threads(self) -> Sequence[threading.Thread]:
        return ()

    def interrupt(self) -> None:
        _call_in_loop(self._loop, self._cancel)

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    def remote_processor_time(self) -> float:
        return 0.0


def _call_in_loop(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> None:
    """Call something in the loop, unless the loop has ended meanwhile."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(what)


async def _serve(service: Any, entry: Entry, worker: int, stopping: threading.Event) -> Served:
    """Serve one attempt; other workers go on only while this one awaits."""
    started = entry[3]
    match service:
        case Sleep():
            end, fails = service.end(entry, worker, started)
            await _sleep_until(end)
            return fails, -1, ""
        case Burn():
            work, rest, fails = service.parts(entry, worker, started)
            spent = work_for(work, stopping)
            if rest:
                await _sleep_until(clock() + rest)
            return None if spent < work else (fails, spent, "")
        case TaskService():
            return await _call(service, entry, started, stopping)
    raise AssertionError(f"the event loop knows no {type(service).__name__}")


async def _call(task: TaskService, entry: Entry, started: int, stopping: threading.Event) -> Served:
    """Call the task, and await an awaitable result; its processor time is then unknown."""
    if task.is_spared(entry):
        return True, 0, ""
    before, error, awaited = time.thread_time_ns(), "", False
    try:
        answer = task.call(task.payload[entry[0]])
        if awaited := inspect.isawaitable(answer):
            await answer
    except BaseException as fault:  # noqa: BLE001 - whatever a task raises is its failure
        if stopping.is_set() and isinstance(fault, asyncio.CancelledError):
            return None
        error = text_of(fault)
    spent = -1 if awaited else time.thread_time_ns() - before
    return task.judged(entry, started, spent, error)


async def _sleep_until(end: int) -> None:
    while (remaining := end - clock()) > 0:
        await asyncio.sleep(remaining / SECOND_NS)


BACKEND = Backend(name="asyncio", shares="loop", make_team=_EventLoop, awaits_tasks=True)
