"""One worker's step: take an item, serve it, write down what happened, come back for more.

A service sleeps, or calls the user's task with the item's payload.  An exception is that
item's failure, with its message, and the worker lives on.  Each worker writes to a log of its
own, at its desk, whoever serves; nothing is counted here, so no update can be lost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.rules.attempt_duration import Effort
from queuetwin.realrun.line.line import Entry
from queuetwin.realrun.pacing.pacer import clock, sharpen_timer, sleep_until

__all__ = [
    "Desk",
    "Served",
    "Service",
    "Sleep",
    "Takes",
    "TaskService",
    "WorkerLog",
    "text_of",
    "work",
]


# failed, processor time (ns, -1: not read), what the task said; None: cut short by a stop
Served = tuple[bool, int, str] | None
# item, attempt, enqueued, taken, started, finished, released (ns), failed, processor time, error
Row = tuple[int, int, int, int, int, int, int, bool, int, str]


class Takes(Protocol):
    """What a worker needs of a line."""

    def take(self, worker: int) -> Entry | None:
        """The next item, or None to go home."""

    def send_back(self, due: int, item: int, attempt: int) -> None:
        """Let the item come back at `due` for this attempt."""

    @property
    def has_users(self) -> bool:
        """Whether somebody waits for the end of each item."""

    def tell_user(self, item: int, ended: int) -> None:
        """Say when the item came to its end."""


class Service(Protocol):
    """Serves one attempt on a worker, of so many that are busy."""

    def __call__(self, entry: Entry, worker: int, started: int) -> Served:
        """Serve."""


@dataclass(slots=True)
class WorkerLog:
    """What one worker did, and what it is doing: `entry` since `started` (ns), if any.

    `lost` are the rows (item, attempt) of which nobody knows how far they came.
    """

    rows: list[Row] = field(default_factory=list)
    entry: Entry | None = None
    started: int = 0
    lost: set[tuple[int, int]] = field(default_factory=set)

    def copy(self) -> WorkerLog:
        """What it holds now, though its worker may be writing.

        An attempt that ends meanwhile may be in both places, but never in neither.
        """
        entry, started = self.entry, self.started
        return WorkerLog(rows=list(self.rows), entry=entry, started=started, lost=set(self.lost))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a worker does around a service: it writes down, and sends back what failed.

    `backoff` (ns) is by attempt and item; it has a row for each attempt that an item may make.
    """

    line: Takes
    log: WorkerLog
    backoff: Sequence[Sequence[int]]

    def begin(self, entry: Entry) -> None:
        """An item was taken.

        Service begins where the place in the queue ends: under the line's lock, when taken.
        """
        # In this order: whoever sees the entry sees the start of it, or a later one.
        self.log.started = entry[3]
        self.log.entry = entry

    def end(self, entry: Entry, served: tuple[bool, int, str], finished: int) -> None:
        """Its attempt has ended at an instant (ns)."""
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
            self.line.tell_user(item, finished)

    def lose(self, entry: Entry, error: str) -> None:
        """Nobody knows how far it came: a failure, and where it was the last attempt, a loss."""
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
    effort: Effort | None
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

    It cannot be cut short: an attempt beyond `time_limit` (ns) fails when it returns.
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
        """What came of a call that took so much processor time (ns) and said this, or nothing."""
        fails = bool(error) or self.fails[entry[1] - 1][entry[0]]
        if not fails and self.time_limit is not None and clock() - started > self.time_limit:
            fails, error = True, "took longer than failures.time_limit"
        return fails, spent, error


def text_of(fault: BaseException) -> str:
    """What a task raised, in words, even where its own message cannot be made."""
    try:
        return f"{type(fault).__name__}: {fault}"
    except Exception:  # noqa: BLE001 - the message is the task's code, and may raise anything
        return f"{type(fault).__name__}: (its message cannot be shown)"


def work(
    worker: int, line: Takes, serve: Service, log: WorkerLog, *, backoff: Sequence[Sequence[int]]
) -> None:
    """The life of one worker, until the line sends it home."""
    sharpen_timer()
    desk = Desk(line=line, log=log, backoff=backoff)
    while (entry := line.take(worker)) is not None:
        desk.begin(entry)
        served = serve(entry, worker, entry[3])
        if served is None:
            return
        desk.end(entry, served, clock())
