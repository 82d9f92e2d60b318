"""A service that works: first its part on the processor, holding the GIL, then the waiting part.

The work is measured out by the thread's own processor clock, turn by turn, so that an attempt
burns what the workload says however busy the machine is and however many compete for the GIL.
A loop of a fixed number of turns would take longer beside other programs.  Where that clock is
coarse (15.6 ms on Windows) so is the work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.rules.attempt_duration import AttemptDuration
from queuetwin.realrun.line.line import Entry
from queuetwin.realrun.pacing.pacer import clock, sleep_until
from queuetwin.realrun.serving.worker import Served

# A few microseconds: as finely as work is measured out.
TURNS = 200


def turn() -> None:
    """The smallest piece of work."""
    for _ in repeat(None, TURNS):
        pass


def work_for(length: int, stopping: threading.Event) -> int:
    """Work for so much processor time (ns) of this thread; returns how much it was (ns).

    Less when stopping.
    """
    read, is_stopping = time.thread_time_ns, stopping.is_set
    began = now = read()
    end = began + length
    while now < end and not is_stopping():
        turn()
        now = read()
    return now - began


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """Lengths (ns) and failures by attempt and item; `cpu_share` of each length is work.

    `effort` is None where an attempt simply takes its length; `origin` gives the start of the
    run (ns), from which its seconds count.
    """

    length: Sequence[Sequence[int]]
    fails: Sequence[Sequence[bool]]
    cpu_share: float
    effort: AttemptDuration | None
    origin: Callable[[], int]
    stopping: threading.Event

    def parts(self, entry: Entry, worker: int, started: int) -> tuple[int, int, bool]:
        """How long an attempt works, how long it waits after that (ns), and whether it fails."""
        item, attempt, _, _, busy = entry
        length, fails = self.length[attempt - 1][item], self.fails[attempt - 1][item]
        if self.effort is not None:
            began = (started - self.origin()) / SECOND_NS
            until, fails = self.effort.end(worker, busy, began, length / SECOND_NS, fails)
            length = round((until - began) * SECOND_NS)
        work = round(self.cpu_share * length)
        return work, length - work, fails

    def __call__(self, entry: Entry, worker: int, started: int) -> Served:
        """Work, then sleep, as long as the workload says."""
        work, rest, fails = self.parts(entry, worker, started)
        spent = work_for(work, self.stopping)
        if rest:
            end = clock() + rest
            sleep_until(end, self.stopping)
            if self.stopping.is_set() and clock() < end:
                return None
        return None if spent < work else (fails, spent, "")
