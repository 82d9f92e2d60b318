"""The bounded queue between producers and workers, and the return line of failed attempts.

A `queue.Queue` that stamps inside its own lock, so that the order of the stamps is the order
of what happened.  Whoever finds it full stands in one line at the door; who takes an item lets
the first of that line in, under the same lock, so nobody is overtaken (a plain `queue.Queue`
lets a few puts in a thousand overtake).  A worker never puts: failed attempts come back
through the return line, one at the door, or a full queue would deadlock.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from heapq import heappop, heappush

from queuetwin.realrun.pacer import clock

__all__ = ["Entry", "Line"]

# item, attempt number, enqueued, and once taken: taken (ns of the clock)
Entry = tuple[int, int, int, int]

_SECOND_NS = 1_000_000_000


class _AtDoor:
    """Someone waiting at the door: the lock it sleeps on, and when it got in (0: not)."""

    __slots__ = ("accepted", "attempt", "item", "lock")

    def __init__(self, item: int, attempt: int) -> None:
        self.item = item
        self.attempt = attempt
        self.accepted = 0
        self.lock = threading.Lock()
        self.lock.acquire()


class Line(queue.Queue[tuple[int, int, int]]):
    """Items in `offer`, workers at `take`, failed attempts through `send_back`.

    `capacity` None means no limit.  `workers` and `producers` are how many will use it: the
    line is quiet once all producers are done and nothing is waiting, served or coming back.
    `sent_back` and `refused` count attempts so far, for whoever watches the run.
    """

    def __init__(
        self, *, capacity: int | None, refuses: bool, workers: int, producers: int
    ) -> None:
        super().__init__(capacity or 0)
        self._refuses = refuses
        self._door: deque[_AtDoor] = deque()
        self._idle = 0
        self._busy = workers
        self._producing = producers
        self._coming_back = 0
        self._returning: list[tuple[int, int, int]] = []
        self._due_changed = threading.Condition(self.mutex)
        self._closed = False
        self._is_known_quiet = False
        self._until_quiet = threading.Lock()
        self._until_quiet.acquire()
        self.sent_back = 0
        self.refused = 0

    # -- producers ---------------------------------------------------------------------------

    def offer(self, item: int, attempt: int) -> tuple[int, bool] | None:
        """When the item was accepted (True) or refused (False); None when the line closed.

        Waits at the door while the queue is full, unless it refuses.
        """
        with self.mutex:
            if self._closed:
                return None
            if not self._is_full():
                return self._accept(item, attempt), True
            if self._refuses:
                self.refused += 1
                self._no_longer_coming_back(attempt)
                return clock(), False
            waiting = _AtDoor(item, attempt)
            self._door.append(waiting)
        waiting.lock.acquire()
        return (waiting.accepted, True) if waiting.accepted else None

    def producer_done(self) -> None:
        """A producer will offer no more."""
        with self.mutex:
            self._producing -= 1
            self._tell_if_quiet()

    def _is_full(self) -> bool:
        return 0 < self.maxsize <= self._qsize()

    def _accept(self, item: int, attempt: int) -> int:
        enqueued = clock()
        self._put((item, attempt, enqueued))
        if self._idle:
            self.not_empty.notify()
        self._no_longer_coming_back(attempt)
        return enqueued

    # -- workers -----------------------------------------------------------------------------

    def take(self) -> Entry | None:
        """The head of the queue, waiting for one; None when the line is closed.

        Asking says that the worker is done with the item that it had.
        """
        with self.mutex:
            self._busy -= 1
            while not self._qsize():
                if self._closed:
                    return None
                self._tell_if_quiet()
                self._idle += 1
                self.not_empty.wait()
                self._idle -= 1
            item, attempt, enqueued = self._get()
            taken = clock()
            self._busy += 1
            if self._door:
                first = self._door.popleft()
                first.accepted = self._accept(first.item, first.attempt)
                first.lock.release()
            return item, attempt, enqueued, taken

    def send_back(self, due: int, item: int, attempt: int) -> None:
        """Let the return line bring an item to the door at `due` (ns), for this attempt."""
        with self.mutex:
            self._coming_back += 1
            self.sent_back += 1
            heappush(self._returning, (due, item, attempt))
            self._due_changed.notify()

    # -- the return line ---------------------------------------------------------------------

    def next_due(self) -> tuple[int, int] | None:
        """The item and attempt due longest, waiting for one; None when the line is closed."""
        with self.mutex:
            while not self._closed:
                remaining = self._returning[0][0] - clock() if self._returning else None
                if remaining is not None and remaining <= 0:
                    _, item, attempt = heappop(self._returning)
                    return item, attempt
                self._due_changed.wait(None if remaining is None else remaining / _SECOND_NS)
        return None

    def _no_longer_coming_back(self, attempt: int) -> None:
        if attempt > 1:
            self._coming_back -= 1

    # -- the end -----------------------------------------------------------------------------

    def wait_quiet(self, seconds: float) -> bool:
        """Whether everything is done, waiting at most so long for it; for one thread to ask.

        It waits on a bare lock, never on the mutex: Ctrl-C in the midst of a condition's wait
        would leave the mutex released, and the `with` around it would release it once more,
        under whoever holds it then.
        """
        return self._is_known_quiet or self._until_quiet.acquire(timeout=seconds)

    def close(self) -> None:
        """Send everyone home: idle workers, whoever is at the door, the return line.

        What is still in the queue is never served; its items stay unfinished.
        """
        with self.mutex:
            self._closed = True
            self.queue.clear()
            for waiting in self._door:
                waiting.lock.release()
            self._door.clear()
            self.not_empty.notify_all()
            self._due_changed.notify_all()

    def _is_quiet(self) -> bool:
        left = self._producing + self._busy + self._coming_back
        return not left and not self._qsize()

    def _tell_if_quiet(self) -> None:
        if not self._is_known_quiet and self._is_quiet():
            self._is_known_quiet = True
            self._until_quiet.release()
