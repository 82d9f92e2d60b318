"""One bounded queue: a `queue.Queue` whose order is the scenario's, with its door and its idlers.

The line's lock is its mutex, so that what is stamped inside is stamped in the order in which it
happened, over several queues too.  Whoever finds it full stands in one line at the door, so
nobody is overtaken (a plain `queue.Queue` lets a few puts in a thousand overtake).
"""

from __future__ import annotations

import math
import queue
import threading
from collections import deque
from collections.abc import Sequence

from queuetwin.model.language.stage import Order
from queuetwin.model.rules.queue_discipline import Waiting
from queuetwin.realrun.line.attendance import Seat

__all__ = ["AtDoor", "Lane", "Waits"]

# item, attempt number, enqueued (ns)
Waits = tuple[int, int, int]


class AtDoor:
    """Someone waiting at the door: the lock it sleeps on, and when it got in (0: not).

    The return line does not sleep; it goes on as soon as its item is in.
    """

    __slots__ = ("accepted", "attempt", "item", "lock")

    def __init__(self, item: int, attempt: int) -> None:
        self.item = item
        self.attempt = attempt
        self.accepted = 0
        self.lock = threading.Lock()
        self.lock.acquire()


class Lane(queue.Queue[Waits]):
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
        self.door: deque[AtDoor] = deque()
        self.idle: deque[Seat] = deque()
        self.busy = 0

    def _init(self, maxsize: int) -> None:
        # Open to the line, which looks at it for every item.
        self.waiting: Waiting[Waits] = Waiting(self._order)
        self.places = maxsize or math.inf

    def _qsize(self) -> int:
        return self.waiting.size

    def _put(self, item: Waits) -> None:
        self.waiting.push(item, self._priority[item[0]])

    def _get(self) -> Waits:
        return self.waiting.pop()

    def length(self) -> int:
        """Everyone here, those in service too: what routing to the shortest queue counts."""
        return self.waiting.size + len(self.door) + self.busy

    def enter(self, entry: Waits) -> None:
        """An entry takes a place, and wakes the worker that is idle longest."""
        self._put(entry)
        self.wake_one()

    def wake_one(self) -> None:
        """Wake the worker that is idle longest, if one is."""
        if self.idle:
            self.idle.popleft().ring()

    def remove(self, entry: Waits) -> bool:
        """Take an entry out of the midst; False when it does not wait any more."""
        return self.waiting.remove(entry, self._priority[entry[0]])

    def to_drop(self, newcomer: int) -> Waits | None:
        """Which entry goes to make room for this item; None: the item itself."""
        return self.waiting.to_drop(self._priority[newcomer])

    def clear(self) -> None:
        """Nothing that waits will be served; whoever stands at the door goes home."""
        self.waiting.clear()
        for waiting in self.door:
            waiting.lock.release()
        self.door.clear()
