"""One thread brings about what is due at an instant: returns, lost patience, shifts.

Each happens under the line's lock, in the order of their instants, never before it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.realrun.pacing.pacer import clock, sharpen_timer

_LONGEST_S = threading.TIMEOUT_MAX / 2


class Timekeeper:
    """Actions, each at its instant (ns); `lock` is the line's."""

    def __init__(self, lock: threading.Lock) -> None:
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._changed = threading.Condition(lock)
        self._closed = False

    def at(self, instant: int, action: Callable[[], None]) -> None:
        """Schedule an action; the lock is held by the caller, and when the action is called."""
        earliest = not self._due or instant < self._due[0][0]
        heappush(self._due, (instant, next(self._order), action))
        if earliest:
            self._changed.notify()

    def close(self) -> None:
        """Stop: no action is called any more; the lock is held by the caller."""
        self._closed = True
        self._changed.notify()

    def run(self) -> None:
        """What the thread does, until the line closes."""
        sharpen_timer()
        with self._changed:
            while not self._closed:
                if not self._due:
                    self._changed.wait()
                elif (remaining := self._due[0][0] - clock()) > 0:
                    self._changed.wait(min(remaining / SECOND_NS, _LONGEST_S))
                else:
                    heappop(self._due)[2]()
