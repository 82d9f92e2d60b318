"""The order in which waiting entries are served, and which of them goes when there is no room.

First come first served, last come first served, or the most urgent first (the lowest priority;
among equals first come first served).  An entry may leave from the midst of the queue, as an
item does whose patience has ended.  Pure: the model and the threads both keep their queue in it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from typing import Generic, TypeVar

from queuetwin.model.language.stage import Order

Entry = TypeVar("Entry")


class Waiting(Generic[Entry]):
    """Entries in the order of their acceptance, one row of them for each priority; `size` in all.

    >>> line = Waiting[str]("priority")
    >>> line.push("slow", 2), line.push("urgent", 1), line.push("slow too", 2)
    (None, None, None)
    >>> line.to_drop(3) is None, line.to_drop(1)
    (True, 'slow')
    >>> line.remove("slow", 2), line.pop(), line.pop(), len(line)
    (True, 'urgent', 'slow too', 0)
    """

    __slots__ = ("_by_priority", "_last", "_priorities", "_rows", "size")

    def __init__(self, order: Order) -> None:
        self._by_priority = order == "priority"
        self._last = order == "lifo"
        self._priorities: list[int] = [0]
        self._rows: list[OrderedDict[Entry, None]] = [OrderedDict()]
        self.size = 0

    def __len__(self) -> int:
        """How many are waiting."""
        return self.size

    def push(self, entry: Entry, priority: int) -> None:
        """An entry takes a place."""
        row = self._row(priority) if self._by_priority else self._rows[0]
        row[entry] = None
        self.size += 1

    def pop(self) -> Entry:
        """The entry to be served next; KeyError when nobody waits."""
        for row in self._rows:
            if row:
                self.size -= 1
                return row.popitem(last=self._last)[0]
        raise KeyError("nobody waits")

    def remove(self, entry: Entry, priority: int) -> bool:
        """Take an entry out of the midst; False when it does not wait any more."""
        row = self._row(priority) if self._by_priority else self._rows[0]
        if entry not in row:
            return False
        del row[entry]
        self.size -= 1
        return True

    def to_drop(self, newcomer: int) -> Entry | None:
        """Which entry goes to make room for one of this priority; None: the newcomer itself.

        The least urgent of all, among equals the earliest; without priorities the earliest.
        """
        for priority, row in zip(reversed(self._priorities), reversed(self._rows), strict=True):
            if row:
                return None if self._by_priority and newcomer > priority else next(iter(row))
        return None

    def clear(self) -> None:
        """Everyone leaves."""
        for row in self._rows:
            row.clear()
        self.size = 0

    def _row(self, priority: int) -> OrderedDict[Entry, None]:
        place = bisect_left(self._priorities, priority)
        if place == len(self._priorities) or self._priorities[place] != priority:
            self._priorities.insert(place, priority)
            self._rows.insert(place, OrderedDict())
        return self._rows[place]
