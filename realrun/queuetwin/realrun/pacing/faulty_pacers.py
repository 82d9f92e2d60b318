"""Pacers with an injected fault, to show that the run checks and comparisons find it.

Both are mistakes that load generators make.  One sleeps each gap after the other, so every late
wake-up is kept for ever; the other spins for long before each instant and holds the interpreter's
lock meanwhile, so the worker that was just woken cannot take its item.
"""

from __future__ import annotations

import threading
import time

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.realrun.pacing.pacer import clock, sleep_until

_SPIN_NS = 150_000


class RelativeSleep(threading.local):
    """Sleeps from one planned instant to the next, for each producer by itself."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self, deadline_ns: int, stopping: threading.Event) -> None:
        """Sleep as long as the plan has it between the last item and this one."""
        if self._last == 0:
            sleep_until(deadline_ns, stopping)
        elif not stopping.is_set():
            time.sleep(max(deadline_ns - self._last, 0) / SECOND_NS)
        self._last = deadline_ns


def wait_spinning(deadline_ns: int, stopping: threading.Event) -> None:
    """Sleep to well before an instant, and spin the rest."""
    sleep_until(deadline_ns - _SPIN_NS, stopping)
    while clock() < deadline_ns and not stopping.is_set():
        pass
