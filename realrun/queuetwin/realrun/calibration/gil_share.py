"""How long calls hold the GIL: what a second thread, which always wants the GIL, loses to them.

Processor time would say too much: compressing, hashing and the like work without the lock.  The
second thread counts for how long it holds the GIL, first beside a thread that sleeps, then beside
the calls: the difference is the calls' share.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.realrun.pacing.pacer import clock
from queuetwin.realrun.serving.burn import turn

if sys.platform == "linux":
    import resource

_BESIDE_SLEEP_S = 0.2


def gil_time(task: Callable[[Any], Any], payloads: int, seconds: float) -> tuple[float, int]:
    """Seconds for which calls of a task with 0, 1, 2 and so on hold the GIL, and how many calls.

    At most one call for each of so many payloads; none is begun when the time is up.
    """
    competitor = _Competitor()
    competitor.start()
    try:
        time.sleep(_BESIDE_SLEEP_S / 4)
        free = competitor.share_beside(lambda: time.sleep(_BESIDE_SLEEP_S))[0]
        calls, end = 0, clock() + round(seconds * SECOND_NS)

        def call() -> None:
            nonlocal calls
            while calls < payloads and clock() < end:
                task(calls)
                calls += 1

        share, lasted = competitor.share_beside(call)
    finally:
        competitor.ended.set()
        competitor.join()
    return max(1 - share / free, 0.0) * lasted, calls


class _Competitor(threading.Thread):
    """A thread that always wants the GIL, and counts for how long it holds the GIL (ns)."""

    def __init__(self) -> None:
        super().__init__(name="competitor", daemon=True)
        self.held = 0
        self.ended = threading.Event()

    def run(self) -> None:
        before, waits = _read()
        while not self.ended.is_set():
            turn()
            now, waited = _read()
            if waited == waits:
                self.held += now - before
            before, waits = now, waited

    def share_beside(self, beside: Callable[[], object]) -> tuple[float, float]:
        """The share of a call's time for which this thread held the GIL, and that time (s)."""
        held, began = self.held, clock()
        beside()
        lasted = clock() - began
        return (self.held - held) / lasted, lasted / SECOND_NS


def _read() -> tuple[int, int]:
    """An instant (ns), and how often this thread has waited until then.

    On Linux by the clock: a thread from which another program took the processor did not wait,
    and still has the GIL.  Elsewhere by processor time, which stands still meanwhile.
    """
    if sys.platform != "linux":
        return time.thread_time_ns(), 0
    return clock(), resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
