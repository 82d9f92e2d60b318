"""How long calls hold the GIL: what a second thread, which always wants it, loses to them.

Processor time would say too much: compressing, hashing and the like work without the lock.  The
second thread counts its own processor time, first beside a thread that sleeps, then beside the
calls: what it gets less of is theirs.  Where other programs leave one processor only, what the
calls do without the lock counts too, since it is in the way of others all the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from queuetwin.realrun.burn import turn
from queuetwin.realrun.pacer import clock

__all__ = ["lock_time"]

_SECOND_NS = 1_000_000_000
_BESIDE_SLEEP_S = 0.2


def lock_time(task: Callable[[Any], Any], payloads: int, seconds: float) -> tuple[float, int]:
    """Seconds for which calls of a task with 0, 1, 2 and so on hold the GIL, and how many calls.

    At most one call for each of so many payloads; none is begun when the time is up.
    """
    rival = _Rival()
    rival.start()
    try:
        time.sleep(_BESIDE_SLEEP_S / 4)
        free = rival.gets(lambda: time.sleep(_BESIDE_SLEEP_S))[0]
        calls, end = 0, clock() + round(seconds * _SECOND_NS)

        def call() -> None:
            nonlocal calls
            while calls < payloads and clock() < end:
                task(calls)
                calls += 1

        share, lasted = rival.gets(call)
    finally:
        rival.ended.set()
        rival.join()
    return max(1 - share / free, 0.0) * lasted, calls


class _Rival(threading.Thread):
    """Wants the GIL all the time, and counts its processor time (ns)."""

    def __init__(self) -> None:
        super().__init__(name="rival", daemon=True)
        self.spent = 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            turn()
            self.spent = time.thread_time_ns()

    def gets(self, beside: Callable[[], object]) -> tuple[float, float]:
        """The share of the time that it got beside something, and how long that took (s)."""
        spent, began = self.spent, clock()
        beside()
        lasted = clock() - began
        return (self.spent - spent) / lasted, lasted / _SECOND_NS
