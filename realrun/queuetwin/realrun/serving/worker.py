"""One worker's step: take an item, serve it, write down what happened, come back for more.

A service sleeps, or calls the user's task with the item's payload.  An exception fails that
attempt, with its message, and the worker goes on.  Each worker writes to a log of its own, through
one recorder whatever serves; nothing is counted here, so no update can be lost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.rules.attempt_duration import AttemptDuration
from queuetwin.realrun.line.line import Entry
from queuetwin.realrun.pacing.pacer import clock, sharpen_timer, sleep_until

# failed, processor time (ns, -1: not read), what the task said; None: cut short by a stop
Served = tuple[bool, int, str] | None
# item, attempt, enqueued, taken, started, finished, released (ns), failed, processor time, error
Row = tuple[int, int, int, int, int, int, int, bool, int, str]


class WorkSource(Protocol):
    """What a worker needs of a line."""

    def take(self, worker: int) -> Entry | None:
        """The next item, or None when the worker is to end."""

    def send_back(self, due: int, item: int, attempt: int) -> None:
        """Return the item to the queue at `due` (ns), for this attempt."""

    @property
    def has_users(self) -> bool:
        """Whether closed-loop users wait for the end of each item."""

    def notify_user(self, item: int, ended: int) -> None:
        """Tell the user when the item ended (ns)."""


class Service(Protocol):
    """Serves one attempt."""

    def __call__(self, entry: Entry, worker: int, started: int) -> Served:
        """Serve."""


@dataclass(slots=True)
class WorkerLog:
    """What one worker did, and what it is doing: `entry` since `started` (ns), if any.

    `lost` are the attempts (item, attempt) of which it is unknown how far they came.
    """

    rows: list[Row] = field(default_factory=list)
    entry: Entry | None = None
    started: int = 0
    lost: set[tuple[int, int]] = field(default_factory=set)

    def copy(self) -> WorkerLog:
        """The log as it is now, though its worker may be writing.

        An attempt that ends meanwhile may be in both `rows` and `entry`, but never in neither.
        """
        entry, started = self.entry, self.started
        return WorkerLog(rows=list(self.rows), entry=entry, started=started, lost=set(self.lost))


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecorder:
    """What a worker does around a service: it records attempts, and sends back what failed.

    `backoff` (ns) is by attempt and item; it has a row for each attempt that an item may make.
    """

    line: WorkSource
    log: WorkerLog
    backoff: Sequence[Sequence[int]]

    def begin(self, entry: Entry) -> None:
        """An item was taken.

        Service begins where the waiting place becomes free: under the line's lock, when taken.
        """
        # In this order: a reader that sees the entry sees its start, or a later one.
        self.log.started = entry[3]
        self.log.entry = entry

    def end(self, entry: Entry, served: tuple[bool, int, str], finished: int) -> None:
        """The attempt has ended at an instant (ns)."""
        log, (item, attempt, enqueued, taken, _) = self.log, entry
        failed, cpu, error = served
        comes_back = failed and attempt < len(self.backoff)
        if comes_back:
            due = finished + self.backoff[attempt - 1][item]
            self.line.send_back(due, item, attempt + 1)
        log.rows.append(
            (item, attempt, enqueued, taken, log.started, finished, clock(), failed, cpu, error)
        )
        log.entry = None
        if not comes_back and self.line.has_users:
            self.line.notify_user(item, finished)

    def lose(self, entry: Entry, error: str) -> None:
        """It is unknown how far the attempt came: a failure, and a loss if it was the last one."""
        if entry[1] == len(self.backoff):
            self.log.lost.add(entry[:2])
        self.end(entry, (True, -1, error), clock())


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep:
    """A service that sleeps: lengths (ns) and failures by attempt and item.

    `effort` is None where an attempt simply takes its length; `origin` gives the start of the
    run (ns), from which its seconds count.
    """

    length: Sequence[Sequence[int]]
    fails: Sequence[Sequence[bool]]
    effort: AttemptDuration | None
    origin: Callable[[], int]
    stopping: threading.Event

    def end(self, entry: Entry, worker: int, started: int) -> tuple[int, bool]:
        """When the sleep of an attempt ends (ns), and whether it fails."""
        item, attempt, _, _, busy = entry
        length, fails = self.length[attempt - 1][item], self.fails[attempt - 1][item]
        if self.effort is None:
            return started + length, fails
        origin = self.origin()
        began, lasts = (started - origin) / SECOND_NS, length / SECOND_NS
        until, fails = self.effort.end(worker, busy, began, lasts, fails)
        return origin + round(until * SECOND_NS), fails

    def __call__(self, entry: Entry, worker: int, started: int) -> Served:
        """Sleep as long as the workload says."""
        end, fails = self.end(entry, worker, started)
        if end > started:
            sleep_until(end, self.stopping)
            if self.stopping.is_set() and clock() < end:
                return None
        return fails, -1, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskService:
    """A service that calls the user's task, and reads the processor time that it took.

    A call cannot be cut short: an attempt beyond `time_limit` (ns) fails when the call returns.
    """

    call: Callable[[Any], Any]
    payload: Sequence[Any]
    fails: Sequence[Sequence[bool]]
    failing_costs: bool
    time_limit: int | None

    def __call__(self, entry: Entry, worker: int, started: int) -> Served:
        """Call the task with the item's payload."""
        if self.is_spared(entry):
            return True, 0, ""
        before, error = time.thread_time_ns(), ""
        try:
            self.call(self.payload[entry[0]])
        except BaseException as fault:  # noqa: BLE001 - whatever a task raises is its failure
            error = text_of(fault)
        return self.judged(entry, started, time.thread_time_ns() - before, error)

    def is_spared(self, entry: Entry) -> bool:
        """Whether the attempt fails at once, so that the task is not called."""
        return self.fails[entry[1] - 1][entry[0]] and not self.failing_costs

    def judged(self, entry: Entry, started: int, spent: int, error: str) -> Served:
        """The outcome of a call that took `spent` (ns, processor time) and raised `error`."""
        fails = bool(error) or self.fails[entry[1] - 1][entry[0]]
        if not fails and self.time_limit is not None and clock() - started > self.time_limit:
            fails, error = True, "took longer than failures.time_limit"
        return fails, spent, error


def text_of(fault: BaseException) -> str:
    """The text of an exception of a task, even where its message cannot be made."""
    try:
        return f"{type(fault).__name__}: {fault}"
    except Exception:  # noqa: BLE001 - the message is the task's code, and may raise anything
        return f"{type(fault).__name__}: (its message cannot be shown)"


def work(
    worker: int,
    line: WorkSource,
    serve: Service,
    log: WorkerLog,
    *,
    backoff: Sequence[Sequence[int]],
) -> None:
    """One worker, until the line gives it no more items."""
    sharpen_timer()
    recorder = AttemptRecorder(line=line, log=log, backoff=backoff)
    while (entry := line.take(worker)) is not None:
        recorder.begin(entry)
        served = serve(entry, worker, entry[3])
        if served is None:
            return
        recorder.end(entry, served, clock())
