"""A queue of bounded capacity: who waits in it, who is blocked before it, who is idle behind it.

An item holds a place in the queue from its acceptance until a worker starts it.  With capacity 0
there are no places, and an item is accepted only when a worker is idle.
"""

from __future__ import annotations

from heapq import heapify, heappop

from queuetwin.model.language.stage import Order
from queuetwin.model.rules.queue_discipline import Waiting


class LaneState:
    """One queue and its workers; a stage whose workers have queues of their own has several.

    `queue` holds rows of the event log; `blocked` is a heap of (since, item, attempt), `idle` a
    heap of (since, worker); `busy` counts the attempts in service.
    """

    __slots__ = ("blocked", "busy", "capacity", "idle", "queue")

    def __init__(self, capacity: float, order: Order) -> None:
        self.capacity = capacity
        self.queue: Waiting[int] = Waiting(order)
        self.blocked: list[tuple[float, int, int]] = []
        self.idle: list[tuple[float, int]] = []
        self.busy = 0

    def has_room(self) -> bool:
        """Whether an item may be accepted now."""
        return self.queue.size < self.capacity or (self.capacity == 0 and bool(self.idle))

    def number_of_items(self) -> int:
        """Items queued, blocked and in service, which routing to the shortest queue compares."""
        return self.queue.size + len(self.blocked) + self.busy

    def pop_idle(self) -> int:
        """Take the worker that is idle longest, ties to the lowest number."""
        return heappop(self.idle)[1]

    def remove_idle(self, worker: int) -> None:
        """Take out an idle worker that goes away."""
        self.idle = [entry for entry in self.idle if entry[1] != worker]
        heapify(self.idle)
