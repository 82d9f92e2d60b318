"""One worker's step: take an item, serve it, write down what happened, come back for more.

A service sleeps, or calls the user's task with the item's payload.  An exception is that
item's failure, with its message, and the worker lives on.  Each worker writes to a log of its
own; nothing is counted here, so no update can be lost.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from queuetwin.model.effort import Effort
from queuetwin.realrun.line import Entry
from queuetwin.realrun.pacer import clock, sharpen_timer, sleep_until

__all__ = ["Log", "Service", "Sleep", "Takes", "Task", "work"]

_SECOND_NS = 1_000_000_000

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
class Log:
    """What one worker did, and what it is doing: `entry` since `started` (ns), if any."""

    rows: list[Row] = field(default_factory=list)
    entry: Entry | None = None
    started: int = 0

    def copy(self) -> Log:
        """What it holds now, though its worker may be writing.

        An attempt that ends meanwhile may be in both places, but never in neither.
        """
        entry, started = self.entry, self.started
        return Log(rows=list(self.rows), entry=entry, started=started)


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

    def __call__(self, entry: Entry, worker: int, started: int) -> Served:
        """Sleep as long as the workload says."""
        item, attempt, _, _, busy = entry
        length, fails = self.length[attempt - 1][item], self.fails[attempt - 1][item]
        end = started + length
        if self.effort is not None:
            origin = self.origin()
            began, lasts = (started - origin) / _SECOND_NS, length / _SECOND_NS
            until, fails = self.effort.end(worker, busy, began, lasts, fails)
            end = origin + round(until * _SECOND_NS)
        if end > started:
            sleep_until(end, self.stopping)
            if self.stopping.is_set() and clock() < end:
                return None
        return fails, -1, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
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
        item, attempt = entry[:2]
        fails, error = self.fails[attempt - 1][item], ""
        if fails and not self.failing_costs:
            return True, 0, ""
        before = time.thread_time_ns()
        try:
            self.call(self.payload[item])
        except BaseException as fault:  # noqa: BLE001 - whatever a task raises is its failure
            fails, error = True, _text(fault)
        spent = time.thread_time_ns() - before
        if not fails and self.time_limit is not None and clock() - started > self.time_limit:
            fails, error = True, "took longer than failures.time_limit"
        return fails, spent, error


def _text(fault: BaseException) -> str:
    """What a task raised, in words, even where its own message cannot be made."""
    try:
        return f"{type(fault).__name__}: {fault}"
    except Exception:  # noqa: BLE001 - the message is the task's code, and may raise anything
        return f"{type(fault).__name__}: (its message cannot be shown)"


def work(
    worker: int, line: Takes, serve: Service, log: Log, *, backoff: Sequence[Sequence[int]]
) -> None:
    """The life of one worker, until the line sends it home.

    `backoff` (ns) is by attempt and item; it has a row for each attempt that an item may make.
    """
    sharpen_timer()
    take, write, attempts = line.take, log.rows.append, len(backoff)
    tell_user = line.tell_user if line.has_users else None
    while (entry := take(worker)) is not None:
        item, attempt, enqueued, taken, _ = entry
        # In this order: whoever sees the entry sees the start of it, or a later one.
        # Service begins where the place in the queue ends: under the line's lock, when taken.
        log.started = started = taken
        log.entry = entry
        served = serve(entry, worker, started)
        if served is None:
            return
        finished = clock()
        failed, cpu, error = served
        comes_back = failed and attempt < attempts
        if comes_back:
            line.send_back(finished + backoff[attempt - 1][item], item, attempt + 1)
        write((item, attempt, enqueued, taken, started, finished, clock(), failed, cpu, error))
        log.entry = None
        if tell_user is not None and not comes_back:
            tell_user(item, finished)
