"""Where a worker sleeps, and who is present: the comings and goings of real workers.

A worker sleeps on a bell of its own, so that whoever has work for it wakes just that one.  All
methods but `Seat.sleep` are called under the line's lock, in the order in which things happen.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.records.run import Left
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.realrun.pacing.pacer import clock

__all__ = ["Attendance", "Seat"]

_LONGEST_S = threading.TIMEOUT_MAX / 2


class Seat:
    """One worker: its bell, whether it serves, when it came (None: absent), since when it idles."""

    __slots__ = ("asleep", "bell", "came", "idle_since", "is_busy", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.is_busy = False
        self.came: int | None = None
        self.idle_since: int | None = None
        self.asleep = False
        self.bell = threading.Lock()
        self.bell.acquire()

    def ring(self) -> None:
        """Wake the worker, if it sleeps."""
        if self.asleep:
            self.asleep = False
            self.bell.release()

    def sleep(self, lock: threading.Lock, until: int | None) -> None:
        """Sleep until the bell rings, or until an instant (ns); the lock is let go meanwhile."""
        self.asleep = True
        if until is None:
            lock.release()
            self.bell.acquire()
            lock.acquire()
            return
        limit = min(max(until - clock(), 0) / SECOND_NS, _LONGEST_S)
        lock.release()
        rung = self.bell.acquire(timeout=limit)
        lock.acquire()
        if not rung:
            if self.asleep:
                self.asleep = False
            else:
                # It rang between the end of the wait and the lock.
                self.bell.acquire()


class Attendance:
    """Who is present, who has to go, who is down; instants in ns of the clock.

    `origin` (ns) is the start of the run.  `presences` are (worker, from, until, why), as they
    end; `nobody_left` says that the last worker has left and none will come.
    """

    def __init__(
        self,
        seats: Sequence[Seat],
        *,
        wanted: int,
        changes: Sequence[int],
        idle_timeout: int | None,
        outages: Sequence[Outages],
    ) -> None:
        self.origin = 0
        self.presences: list[tuple[int, int, int, Left]] = []
        self._seats = seats
        self._wanted = wanted
        self._changes = list(changes)
        self._idle_timeout = idle_timeout
        self._outages = outages
        self._gone: set[int] = set()
        self._present = 0
        # With none of these every worker is there from beginning to end.
        self.is_constant = not (changes or outages) and idle_timeout is None

    @property
    def nobody_left(self) -> bool:
        """Whether nobody is present, and nobody will be."""
        will_come = any(self._changes) and len(self._gone) < len(self._seats)
        return not self._present and not will_come

    def open(self, origin: int) -> None:
        """The first workers come."""
        self.origin = origin
        for seat in self._seats[: self._wanted]:
            self._joins(seat, origin)

    def leaves_by_schedule(self, seat: Seat, now: int) -> bool:
        """Whether too many are present, so that this one leaves now."""
        if self._present <= self._wanted:
            return False
        self._leaves(seat, now, Left.SCHEDULE)
        return True

    def leaves_for_good(self, seat: Seat, now: int) -> bool:
        """Whether this one has been idle for too long, and leaves now."""
        if (due := self._timeout_of(seat)) is None or now < due:
            return False
        self._gone.add(seat.number)
        self._leaves(seat, now, Left.IDLE_TIMEOUT)
        return True

    def is_gone(self, seat: Seat) -> bool:
        """Whether it has left for good."""
        return seat.number in self._gone

    def back_from(self, seat: Seat, now: int) -> int | None:
        """When a worker that is down now will be back; None for one that is up."""
        if not self._outages:
            return None
        back = self._outages[seat.number].back_from((now - self.origin) / SECOND_NS)
        return None if back is None else self._instant(back)

    def idle_until(self, seat: Seat, now: int) -> int | None:
        """When an idle worker has to look up by itself; None: only when it is woken."""
        limits = [limit for limit in (self._timeout_of(seat),) if limit is not None]
        if self._outages:
            down = self._outages[seat.number].next_down((now - self.origin) / SECOND_NS)
            limits.append(self._instant(down))
        return min(limits, default=None)

    def shift(self, count: int, now: int, idle: deque[Seat]) -> None:
        """Another number of workers is wanted: those idle longest go first, absent ones come."""
        self._changes.pop(0)
        self._wanted = count
        while self._present > count and idle:
            self._leaves(idle.popleft(), now, Left.SCHEDULE)
        for seat in self._seats:
            if seat.came is None and seat.number not in self._gone and self._present < count:
                self._joins(seat, now)
                seat.ring()

    def lasting(self, end: int) -> list[tuple[int, int, int, Left]]:
        """Every presence, those that last until the end too."""
        present = [
            (seat.number, seat.came, end, Left.STAYED)
            for seat in self._seats
            if seat.came is not None
        ]
        return self.presences + present

    def _timeout_of(self, seat: Seat) -> int | None:
        if self._idle_timeout is None or seat.idle_since is None:
            return None
        return seat.idle_since + self._idle_timeout

    def _joins(self, seat: Seat, now: int) -> None:
        seat.came = now
        self._present += 1

    def _leaves(self, seat: Seat, now: int, why: Left) -> None:
        assert seat.came is not None
        self.presences.append((seat.number, seat.came, now, why))
        seat.came = seat.idle_since = None
        self._present -= 1

    def _instant(self, seconds: float) -> int:
        """Nanoseconds of the clock; one more than rounding down, so it is not too early."""
        return self.origin + min(int(seconds * SECOND_NS) + 1, 1 << 62)
