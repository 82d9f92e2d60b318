"""Where a worker sleeps, and which workers are on shift.

A worker sleeps on a lock of its own, so that work for it wakes only this worker.  All methods but
`WorkerSlot.sleep` are called under the line's lock, in the order of events.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.records.run import Left
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.realrun.pacing.pacer import clock

_LONGEST_S = threading.TIMEOUT_MAX / 2


class WorkerSlot:
    """One worker: whether it serves, when its shift began (None: absent), since when it is idle."""

    __slots__ = ("asleep", "came", "idle_since", "is_busy", "number", "wakeup")

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_busy = False
        self.came: int | None = None
        self.idle_since: int | None = None
        self.asleep = False
        self.wakeup = threading.Lock()
        self.wakeup.acquire()

    def wake(self) -> None:
        """Wake the worker, if it sleeps."""
        if self.asleep:
            self.asleep = False
            self.wakeup.release()

    def sleep(self, lock: threading.Lock, until: int | None) -> None:
        """Sleep until woken, or until an instant (ns); the lock is released meanwhile."""
        self.asleep = True
        if until is None:
            lock.release()
            self.wakeup.acquire()
            lock.acquire()
            return
        limit = min(max(until - clock(), 0) / SECOND_NS, _LONGEST_S)
        lock.release()
        woken = self.wakeup.acquire(timeout=limit)
        lock.acquire()
        if not woken:
            if self.asleep:
                self.asleep = False
            else:
                # It was woken between the end of the wait and the lock.
                self.wakeup.acquire()


class Attendance:
    """Which workers are present, have to leave, or are down; instants in ns of the clock.

    `origin` (ns) is the start of the run.  `presences` are (worker, from, until, why), as they
    end; `nobody_left` says that the last worker has left and none will come.
    """

    def __init__(
        self,
        slots: Sequence[WorkerSlot],
        *,
        wanted: int,
        changes: Sequence[int],
        idle_timeout: int | None,
        outages: Sequence[Outages],
    ) -> None:
        self.origin = 0
        self.presences: list[tuple[int, int, int, Left]] = []
        self._slots = slots
        self._wanted = wanted
        self._changes = list(changes)
        self._idle_timeout = idle_timeout
        self._outages = outages
        self._left_for_good: set[int] = set()
        self._present = 0
        # With none of these every worker is there from beginning to end.
        self.is_constant = not (changes or outages) and idle_timeout is None

    @property
    def nobody_left(self) -> bool:
        """Whether no worker is present, and none will be."""
        will_come = any(self._changes) and len(self._left_for_good) < len(self._slots)
        return not self._present and not will_come

    def open(self, origin: int) -> None:
        """Begin the shift of the first workers."""
        self.origin = origin
        for slot in self._slots[: self._wanted]:
            self._joins(slot, origin)

    def leaves_by_schedule(self, slot: WorkerSlot, now: int) -> bool:
        """Whether too many workers are present, so that this one leaves now."""
        if self._present <= self._wanted:
            return False
        self._leaves(slot, now, Left.SCHEDULE)
        return True

    def leaves_for_good(self, slot: WorkerSlot, now: int) -> bool:
        """Whether this worker has been idle for too long, and leaves now."""
        if (due := self._timeout_of(slot)) is None or now < due:
            return False
        self._left_for_good.add(slot.number)
        self._leaves(slot, now, Left.IDLE_TIMEOUT)
        return True

    def is_gone(self, slot: WorkerSlot) -> bool:
        """Whether the worker has left for good."""
        return slot.number in self._left_for_good

    def back_from(self, slot: WorkerSlot, now: int) -> int | None:
        """When a worker that is down now will be back; None for one that is up."""
        if not self._outages:
            return None
        back = self._outages[slot.number].back_from((now - self.origin) / SECOND_NS)
        return None if back is None else self._instant(back)

    def idle_until(self, slot: WorkerSlot, now: int) -> int | None:
        """When an idle worker has to wake by itself; None: only when it is woken."""
        limits = [limit for limit in (self._timeout_of(slot),) if limit is not None]
        if self._outages:
            down = self._outages[slot.number].next_down((now - self.origin) / SECOND_NS)
            limits.append(self._instant(down))
        return min(limits, default=None)

    def shift(self, count: int, now: int, idle: deque[WorkerSlot]) -> None:
        """Change the number of workers: those idle longest leave first, absent ones come."""
        self._changes.pop(0)
        self._wanted = count
        while self._present > count and idle:
            self._leaves(idle.popleft(), now, Left.SCHEDULE)
        for slot in self._slots:
            if (
                slot.came is None
                and slot.number not in self._left_for_good
                and self._present < count
            ):
                self._joins(slot, now)
                slot.wake()

    def lasting(self, end: int) -> list[tuple[int, int, int, Left]]:
        """Every presence, with those that last until the end."""
        present = [
            (slot.number, slot.came, end, Left.STAYED)
            for slot in self._slots
            if slot.came is not None
        ]
        return self.presences + present

    def _timeout_of(self, slot: WorkerSlot) -> int | None:
        if self._idle_timeout is None or slot.idle_since is None:
            return None
        return slot.idle_since + self._idle_timeout

    def _joins(self, slot: WorkerSlot, now: int) -> None:
        slot.came = now
        self._present += 1

    def _leaves(self, slot: WorkerSlot, now: int, why: Left) -> None:
        assert slot.came is not None
        self.presences.append((slot.number, slot.came, now, why))
        slot.came = slot.idle_since = None
        self._present -= 1

    def _instant(self, seconds: float) -> int:
        """Nanoseconds of the clock; one more than rounding down, so it is not too early."""
        return self.origin + min(int(seconds * SECOND_NS) + 1, 1 << 62)
