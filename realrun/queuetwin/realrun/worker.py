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

from queuetwin.realrun.line import Entry
from queuetwin.realrun.pacer import clock, sharpen_timer, sleep_until

__all__ = ["Log", "Service", "Sleep", "Takes", "Task", "work"]

# failed, processor time (ns, -1: not read), what the task said; None: cut short by a stop
Served = tuple[bool, int, str] | None
# item, attempt, enqueued, taken, started, finished, released (ns), failed, processor time, error
Row = tuple[int, int, int, int, int, int, int, bool, int, str]


class Takes(Protocol):
    """What a worker needs of a line."""

    def take(self) -> Entry | None:
        """The next item, or None to go home."""

    def send_back(self, due: int, item: int, attempt: int) -> None:
        """Let the item come back at `due` for this attempt."""


class Service(Protocol):
    """Serves one attempt."""

    def __call__(self, item: int, attempt: int, started: int) -> Served:
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
    """A service that sleeps its demand (ns); demands and failures by attempt and item."""

    demand: Sequence[Sequence[int]]
    fails: Sequence[Sequence[bool]]
    stopping: threading.Event

    def __call__(self, item: int, attempt: int, started: int) -> Served:
        """Sleep as long as the workload says."""
        if demand := self.demand[attempt - 1][item]:
            sleep_until(started + demand, self.stopping)
            if self.stopping.is_set() and clock() < started + demand:
                return None
        return self.fails[attempt - 1][item], -1, ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A service that calls the user's task, and reads the processor time that it took."""

    call: Callable[[int], Any]
    payload: Sequence[int]
    fails: Sequence[Sequence[bool]]
    failing_costs: bool

    def __call__(self, item: int, attempt: int, started: int) -> Served:
        """Call the task with the item's payload."""
        fails, error = self.fails[attempt - 1][item], ""
        if fails and not self.failing_costs:
            return True, 0, ""
        before = time.thread_time_ns()
        try:
            self.call(self.payload[item])
        except BaseException as fault:  # noqa: BLE001 - whatever a task raises is its failure
            fails, error = True, _text(fault)
        return fails, time.thread_time_ns() - before, error


def _text(fault: BaseException) -> str:
    """What a task raised, in words, even where its own message cannot be made."""
    try:
        return f"{type(fault).__name__}: {fault}"
    except Exception:  # noqa: BLE001 - the message is the task's code, and may raise anything
        return f"{type(fault).__name__}: (its message cannot be shown)"


def work(line: Takes, serve: Service, log: Log, *, attempts: int, backoff: int) -> None:
    """The life of one worker, until the line sends it home."""
    sharpen_timer()
    take, write = line.take, log.rows.append
    while (entry := take()) is not None:
        item, attempt, enqueued, taken = entry
        # In this order: whoever sees the entry sees the start of it, or a later one.
        # Service begins where the place in the queue ends: under the line's lock, when taken.
        log.started = started = taken
        log.entry = entry
        served = serve(item, attempt, started)
        if served is None:
            return
        finished = clock()
        failed, cpu, error = served
        if failed and attempt < attempts:
            line.send_back(finished + backoff, item, attempt + 1)
        write((item, attempt, enqueued, taken, started, finished, clock(), failed, cpu, error))
        log.entry = None
