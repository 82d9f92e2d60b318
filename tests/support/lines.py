"""Lines of tests: one that keeps its own minutes and says who sleeps, and whose time is a hand's.

A line's timekeeper is a thread only where a test starts one; elsewhere `tick` lets the next
thing happen, so a test decides what comes before what.
"""

import threading
from collections import deque
from collections.abc import Callable
from heapq import heappop
from typing import Any

import numpy as np

from crew import LIMIT_S, Crew
from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.realrun.line.attendance import WorkerSlot
from queuetwin.realrun.line.lane import BlockedArrival, Lane, WaitingAttempt
from queuetwin.realrun.line.line import Entry, Line
from queuetwin.realrun.line.line_rules import LineRules
from queuetwin.realrun.pacing.pacer import clock

HOUR_NS = 3_600 * SECOND_NS
MOST_ITEMS = 10_000


def happens(what: threading.Semaphore) -> bool:
    """Whether it happens, once more, within the limit."""
    return what.acquire(timeout=LIMIT_S)


def at_once(call: Callable[..., Any], *args: Any) -> Any:
    """What a call gives that has nothing to wait for, or not for long."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(call(*args)), daemon=True)
    thread.start()
    thread.join(LIMIT_S)
    assert answers, "it waits, or has failed"
    return answers[0]


class Noticed(threading.Condition):
    """A condition that says when somebody is about to wait for it."""

    def __init__(self, lock: threading.Lock) -> None:
        super().__init__(lock)
        self.entered = threading.Semaphore(0)

    def wait(self, timeout: float | None = None) -> bool:
        self.entered.release()
        return super().wait(timeout)


class Late:
    """A lock that something comes in front of: it happens just before the lock is got."""

    def __init__(self, lock: threading.Lock, first: Callable[[], object]) -> None:
        self.release, self._lock, self._first = lock.release, lock, first

    def acquire(self) -> None:
        self._first()
        self._lock.acquire()


class WatchedSeat(WorkerSlot):
    """A seat that says when its worker goes to sleep.

    `late`, if given, happens between the end of the sleep and the lock.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.dozed = threading.Semaphore(0)
        self.late: Callable[[], object] | None = None

    def sleep(self, lock: threading.Lock, until: int | None) -> None:
        # Under the lock: whoever gets it next finds the worker asleep.
        self.dozed.release()
        late, self.late = self.late, None
        super().sleep(lock if late is None else Late(lock, late), until)  # type: ignore[arg-type]


class Blocked(deque[BlockedArrival]):
    """The line at the door, which says when somebody has joined it."""

    def __init__(self) -> None:
        super().__init__()
        self.joined = threading.Semaphore(0)
        self.order: list[tuple[int, int]] = []

    def append(self, waiting: BlockedArrival) -> None:
        super().append(waiting)
        self.order.append((waiting.item, waiting.attempt))
        self.joined.release()


class WatchedLane(Lane):
    """A queue that writes down who entered, how deep it was, and who was overtaken."""

    def __init__(self, rules: LineRules, lock: threading.Lock) -> None:
        super().__init__(rules.capacity, rules.order, rules.priority, lock)
        self.blocked: Blocked = Blocked()
        self.entered: list[tuple[int, int]] = []
        self.overtaken: list[tuple[int, int]] = []
        self.deepest = 0

    def enter(self, entry: WaitingAttempt) -> None:
        super().enter(entry)
        if self.blocked and entry[:2] not in self.blocked.order:
            self.overtaken.append(entry[:2])
        self.entered.append(entry[:2])
        self.deepest = max(self.deepest, self.waiting.size)


class Watched(Line):
    """A line that can be looked into, and moved by hand."""

    def __init__(self, rules: LineRules) -> None:
        super().__init__(rules)
        self._lanes[:] = [WatchedLane(rules, self.mutex) for _ in self._lanes]
        self._slots[:] = [WatchedSeat(slot.number) for slot in self._slots]
        self.resting = self._timekeeper._changed = Noticed(self.mutex)
        self._only_lane = self._lanes[0] if rules.lanes == 1 else None
        self.lanes, self.slots = self._lanes, self._slots
        self.lane: WatchedLane = self._lanes[0]
        self.blocked = self.lane.blocked

    def tick(self) -> None:
        """The next thing that is due at an instant happens now."""
        with self.mutex:
            heappop(self._timekeeper._due)[2]()

    def offer_in_vain(self, item: int) -> None:
        """An item comes, and has lost its patience before the worker that it woke can look."""
        with self.mutex:
            self._accept(self.lane, item, 1)
            heappop(self._timekeeper._due)[2]()

    def moves_to(self, seconds: float) -> None:
        """From now on it is so many seconds after the start, for whoever asks about outages."""
        with self.mutex:
            self.attendance.origin = clock() - round(seconds * SECOND_NS)

    def looks_up_at(self, seconds: float, slot: WorkerSlot) -> None:
        """It is so many seconds after the start, and a worker looks up, as it does at its time."""
        self.moves_to(seconds)
        with self.mutex:
            slot.wake()

    def sleeps(self, worker: int) -> bool:
        """Whether a worker goes to sleep, once more, within the limit."""
        return happens(self.slots[worker].dozed)

    def left(self) -> list[tuple[int, int]]:
        """Which workers left and why, in this order."""
        return [(worker, why) for worker, _, _, why in self.attendance.presences]


def rules_of(**changes: Any) -> LineRules:
    """One producer, one worker and no limit, unless changed."""
    workers = changes.get("workers", 1)
    most = changes.get("most_workers", workers)
    plain = {
        "workers": workers,
        "most_workers": most,
        "lane_of": [0] * most,
        "priority": [0] * MOST_ITEMS,
    }
    return LineRules(**{**plain, **changes})


def line_of(*, origin: int = 0, **changes: Any) -> Watched:
    """An open line of such rules."""
    line = Watched(rules_of(**changes))
    line.open(origin)
    return line


class Served:
    """A worker in the background, and what it took, until it is sent home or has had enough."""

    def __init__(self, crew: Crew, line: Line, worker: int = 0, *, most: int = MOST_ITEMS) -> None:
        self.entries: list[Entry] = []
        self.took = threading.Semaphore(0)
        self.went_home = False
        self._line, self._worker, self._most = line, worker, most
        crew.start(self._serve)

    def _serve(self) -> None:
        while len(self.entries) < self._most:
            if (entry := self._line.take(self._worker)) is None:
                self.went_home = True
                return
            self.entries.append(entry)
            self.took.release()

    @property
    def items(self) -> list[int]:
        return [entry[0] for entry in self.entries]


def rested(crew: Crew, line: Watched, *workers: int, most: int = MOST_ITEMS) -> dict[int, Served]:
    """Workers that have gone to sleep, one after the other."""
    served = {}
    for worker in workers:
        served[worker] = Served(crew, line, worker, most=most)
        assert line.sleeps(worker)
    return served


def offer_all(line: Line, items: range, answers: list[tuple[int, Any]]) -> None:
    """The life of a producer."""
    answers.extend((item, line.offer(item)) for item in items)
    line.producer_done()


def most_waiting(entries: list[Entry]) -> int:
    """The largest number between acceptance and taking, by the stamps."""
    enqueued = np.sort([entry[2] for entry in entries])
    taken = np.sort([entry[3] for entry in entries])
    # A place that is freed and taken at one nanosecond was free.
    return int((np.arange(1, len(entries) + 1) - np.searchsorted(taken, enqueued, "right")).max())


def assert_first_come_first_served(lane: WatchedLane) -> None:
    """Nobody got in past someone at the door, and the door line kept its order."""
    at_the_door = set(lane.blocked.order)
    assert lane.overtaken == []
    from_blocked = [key for key in lane.entered if key in at_the_door]
    # Who was still there when the line closed did not get in.
    assert from_blocked == lane.blocked.order[: len(from_blocked)]
