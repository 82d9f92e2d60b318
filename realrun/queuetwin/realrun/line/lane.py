"""One bounded queue in the scenario's order, its blocked arrivals and its idle workers.

The mutex is the line's lock, so stamps made inside are in the order of events, over several queues
too.  Arrivals that find the queue full are blocked in one line, so none is overtaken (a plain
`queue.Queue` lets a few puts in a thousand overtake).
"""

from __future__ import annotations

import math
import queue
import threading
from collections import deque
from collections.abc import Sequence

from queuetwin.model.language.stage import Order
from queuetwin.model.rules.queue_discipline import Waiting
from queuetwin.realrun.line.attendance import WorkerSlot

# item, attempt number, enqueued (ns)
WaitingAttempt = tuple[int, int, int]


class BlockedArrival:
    """An arrival that waits for a place: the lock its producer sleeps on, and when it was admitted.

    `accepted` is 0 until then.  The return line does not sleep; it goes on once its item is in.
    """

    __slots__ = ("accepted", "attempt", "item", "lock")

    def __init__(self, item: int, attempt: int) -> None:
        self.item = item
        self.attempt = attempt
        self.accepted = 0
        self.lock = threading.Lock()
        self.lock.acquire()


class Lane(queue.Queue[WaitingAttempt]):
    """A queue of `capacity` places (None: no limit); all methods expect the lock to be held.

    `priority` is that of each item.
    """

    def __init__(
        self, capacity: int | None, order: Order, priority: Sequence[int], lock: threading.Lock
    ) -> None:
        self._order: Order = order
        self._priority = priority
        super().__init__(capacity or 0)
        self.mutex = lock
        self.blocked: deque[BlockedArrival] = deque()
        self.idle: deque[WorkerSlot] = deque()
        self.busy = 0

    def _init(self, maxsize: int) -> None:
        # Open to the line, which looks at it for every item.
        self.waiting: Waiting[WaitingAttempt] = Waiting(self._order)
        self.places = maxsize or math.inf

    def _qsize(self) -> int:
        return self.waiting.size

    def _put(self, item: WaitingAttempt) -> None:
        self.waiting.push(item, self._priority[item[0]])

    def _get(self) -> WaitingAttempt:
        return self.waiting.pop()

    def length(self) -> int:
        """Items waiting, blocked and in service: what routing to the shortest queue counts."""
        return self.waiting.size + len(self.blocked) + self.busy

    def enter(self, entry: WaitingAttempt) -> None:
        """Take a place for an entry, and wake the worker that is idle longest."""
        self._put(entry)
        self.wake_one()

    def wake_one(self) -> None:
        """Wake the worker that is idle longest, if one is."""
        if self.idle:
            self.idle.popleft().wake()

    def remove(self, entry: WaitingAttempt) -> bool:
        """Remove an entry, wherever it stands; False when it is not waiting any more."""
        return self.waiting.remove(entry, self._priority[entry[0]])

    def to_drop(self, newcomer: int) -> WaitingAttempt | None:
        """The entry to drop to make room for this item; None: the item itself."""
        return self.waiting.to_drop(self._priority[newcomer])

    def clear(self) -> None:
        """Forget what waits, and let blocked producers go on."""
        self.waiting.clear()
        for waiting in self.blocked:
            waiting.lock.release()
        self.blocked.clear()
