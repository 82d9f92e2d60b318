"""A queue with its door: who waits outside, who waits inside, and which workers are idle.

A place is taken when an item is accepted and free when a worker starts it.  Without any place
(capacity 0) an item gets in only when a worker is idle.
"""

from __future__ import annotations

from heapq import heapify, heappop

from queuetwin.model.language.stage import Order
from queuetwin.model.rules.queue_discipline import Waiting

__all__ = ["LaneState"]


class LaneState:
    """One queue; a pool of machines with queues of their own has several.

    `door` holds (since, item, attempt), `waiting` rows of the log, `idle` (since, worker).
    """

    __slots__ = ("busy", "door", "idle", "places", "waiting")

    def __init__(self, places: float, order: Order) -> None:
        self.places = places
        self.waiting: Waiting[int] = Waiting(order)
        self.door: list[tuple[float, int, int]] = []
        self.idle: list[tuple[float, int]] = []
        self.busy = 0

    def has_room(self) -> bool:
        """Whether an item may be accepted now."""
        return self.waiting.size < self.places or (self.places == 0 and bool(self.idle))

    def length(self) -> int:
        """Everyone here, those in service too: what routing to the shortest queue counts."""
        return self.waiting.size + len(self.door) + self.busy

    def idle_longest(self) -> int:
        """The worker that is idle longest, ties to the lowest number; it is not idle any more."""
        return heappop(self.idle)[1]

    def not_idle(self, worker: int) -> None:
        """A worker goes away that was idle."""
        self.idle = [entry for entry in self.idle if entry[1] != worker]
        heapify(self.idle)
