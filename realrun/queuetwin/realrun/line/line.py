"""Between producers and workers: who is let in, who is served next, who comes back, and when.

One lock and one clock, read inside it: the order of the stamps is the order of what happened.
Who takes an item lets the first at the door in.  A worker never puts: failed attempts come back
through the return line, one at the door, or a full queue would deadlock.  What is due at an
instant (returns, the end of somebody's patience, another number of workers) one thread, the
timekeeper, brings about.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush

from queuetwin.model.records.run import Outcome
from queuetwin.realrun.line.attendance import Attendance, Seat
from queuetwin.realrun.line.lane import AtDoor, Lane, Waits
from queuetwin.realrun.line.line_rules import LineRules
from queuetwin.realrun.line.timekeeper import Timekeeper
from queuetwin.realrun.pacing.pacer import clock

__all__ = ["Entry", "Gone", "Line"]

# item, attempt number, enqueued, taken (ns of the clock), busy workers with this one
Entry = tuple[int, int, int, int, int]
# item, attempt number (0: never accepted), enqueued (0: never), when it went (ns), how
Gone = tuple[int, int, int, int, Outcome]


class Line:
    """Items in `offer`, workers at `take`, failed attempts through `send_back`.

    The line is quiet once all producers are done and nothing is waiting, served or coming back.
    `returned` are the attempts that the return line brought in (item, attempt, enqueued), `gone`
    what ended without being served, `sent_back` how many attempts were sent back so far;
    `ended_early` says why the line closed by itself.  `seat` makes the seat of each worker.
    """

    def __init__(self, rules: LineRules, seat: Callable[[int], Seat] = Seat) -> None:
        self.mutex = threading.Lock()
        self._rules = rules
        self._lanes = [
            Lane(rules.capacity, rules.order, rules.priority, self.mutex)
            for _ in range(rules.lanes)
        ]
        self._seats = [seat(number) for number in range(rules.most_workers)]
        self.attendance = Attendance(
            self._seats,
            wanted=rules.workers,
            changes=[number for _, number in rules.schedule],
            idle_timeout=rules.idle_timeout,
            outages=rules.outages,
        )
        self._only_lane = self._lanes[0] if rules.lanes == 1 else None
        self._patience = rules.patience
        self._all_stay = self.attendance.is_constant
        self._busy = 0
        self._producing = rules.producers
        self._coming_back = 0
        self._sent = 0
        self._returning: list[tuple[int, int, int]] = []
        self._return_at_door = False
        self._timekeeper = Timekeeper(self.mutex)
        self.keep_time = self._timekeeper.run
        self._closed = False
        self._is_known_quiet = False
        self._until_quiet = threading.Lock()
        self._until_quiet.acquire()
        self._words: list[queue.SimpleQueue[int]] = [
            queue.SimpleQueue() for _ in range(rules.users)
        ]
        self.returned: list[Waits] = []
        self.gone: list[Gone] = []
        self.sent_back = 0
        self.ended_early = ""

    def open(self, origin: int) -> None:
        """The run starts at this instant (ns)."""
        with self.mutex:
            self.attendance.open(origin)
            for instant, number in self._rules.schedule:
                self._timekeeper.at(origin + instant, partial(self._shift, number))

    # -- producers ---------------------------------------------------------------------------

    def offer(self, item: int) -> tuple[int, bool] | None:
        """When the item was accepted (True) or refused (False); None when the line closed.

        Waits at the door while the queue is full, where the scenario says so.
        """
        with self.mutex:
            if self._closed:
                return None
            lane = self._only_lane or self._lane_for(item, 1)
            if lane.waiting.size < lane.places:
                return self._accept(lane, item, 1), True
            answer = self._find_full(lane, item, 1)
        if not isinstance(answer, AtDoor):
            return answer
        answer.lock.acquire()
        return (answer.accepted, True) if answer.accepted else None

    def producer_done(self) -> None:
        """A producer will offer no more."""
        with self.mutex:
            self._producing -= 1
            self._tell_if_quiet()

    def _find_full(self, lane: Lane, item: int, attempt: int) -> AtDoor | tuple[int, bool]:
        """Someone comes to a full queue: in all the same, away again, or at the door."""
        if self._rules.when_full == "block":
            waiting = AtDoor(item, attempt)
            lane.door.append(waiting)
            return waiting
        if self._rules.when_full == "drop-oldest" and (oldest := lane.to_drop(item)) is not None:
            lane.remove(oldest)
            self._go(oldest, clock(), Outcome.DROPPED)
            return self._accept(lane, item, attempt), True
        rejects = self._rules.when_full == "reject"
        now = clock()
        if attempt > 1:
            self._coming_back -= 1
        self._go((item, 0, 0), now, Outcome.REJECTED if rejects else Outcome.DROPPED)
        return now, False

    def _lane_for(self, item: int, attempt: int) -> Lane:
        lanes, rules = self._lanes, self._rules
        if rules.routing == "shortest":
            return min(lanes, key=Lane.length)
        if rules.route is not None:
            return lanes[int(rules.route[attempt - 1][item] * len(lanes))]
        self._sent += 1
        return lanes[(self._sent - 1) % len(lanes)]

    def _accept(self, lane: Lane, item: int, attempt: int) -> int:
        enqueued = clock()
        entry = (item, attempt, enqueued)
        lane.enter(entry)
        if self._patience is not None:
            patience = self._patience[attempt - 1][item]
            self._timekeeper.at(enqueued + patience, partial(self._lose_patience, lane, entry))
        if attempt > 1:
            self._coming_back -= 1
            self.returned.append(entry)
        return enqueued

    def _let_in(self, lane: Lane) -> None:
        """A place has become free: the first at the door gets it."""
        if lane.door and lane.waiting.size < lane.places:
            first = lane.door.popleft()
            first.accepted = self._accept(lane, first.item, first.attempt)
            first.lock.release()
            if first.attempt > 1:
                self._return_at_door = False
                self._bring_back()

    # -- workers -----------------------------------------------------------------------------

    def take(self, worker: int) -> Entry | None:
        """The next item to serve, waiting for one; None when the worker goes home.

        Asking says that the worker is done with the item that it had.
        """
        seat, lane = self._seats[worker], self._lanes[self._rules.lane_of[worker]]
        with self.mutex:
            if seat.is_busy:
                seat.is_busy = False
                self._busy -= 1
                lane.busy -= 1
            while not self._closed:
                now = clock()
                if not self._all_stay:
                    now = max(now, self.attendance.origin)
                    if self._stays_away(seat, lane, now):
                        if self.attendance.is_gone(seat):
                            return None
                        continue
                if not lane.waiting.size:
                    if not self._producing:
                        self._tell_if_quiet()
                    self._idle(seat, lane, now)
                    continue
                item, attempt, enqueued = head = lane.waiting.pop()
                if self._patience is not None and self._has_lost_patience(lane, head, now):
                    continue
                seat.is_busy = True
                seat.idle_since = None
                self._busy += 1
                lane.busy += 1
                if lane.door:
                    self._let_in(lane)
                return item, attempt, enqueued, now, self._busy
        return None

    def _has_lost_patience(self, lane: Lane, head: Waits, now: int) -> bool:
        """Whether the head of the queue has waited for too long just now; then it leaves."""
        item, attempt, enqueued = head
        assert self._patience is not None
        if now < enqueued + self._patience[attempt - 1][item]:
            return False
        self._go(head, now, Outcome.ABANDONED)
        self._let_in(lane)
        return True

    def _idle(self, seat: Seat, lane: Lane, now: int) -> None:
        """Sleep until woken, or until the worker has to look up by itself."""
        attendance, until = self.attendance, None
        if not self._all_stay:
            if seat.idle_since is None:
                seat.idle_since = now
            if attendance.leaves_for_good(seat, now):
                self._close_if_nobody_left()
                return
            until = attendance.idle_until(seat, now)
        lane.idle.append(seat)
        seat.sleep(self.mutex, until)

    def _stays_away(self, seat: Seat, lane: Lane, now: int) -> bool:
        """Leave, or sleep while absent or down; False for a worker that may go on."""
        if seat in lane.idle:
            # It has looked up by itself.
            lane.idle.remove(seat)
        if self.attendance.is_gone(seat):
            return True
        if seat.came is None:
            seat.sleep(self.mutex, None)
            return True
        was_woken, back = seat.idle_since is not None, None
        if self.attendance.leaves_by_schedule(seat, now):
            self._close_if_nobody_left()
        elif (back := self.attendance.back_from(seat, now)) is None:
            return False
        seat.idle_since = None
        if was_woken and lane.waiting.size:
            lane.wake_one()
        # It may have come from the last item of all.
        self._tell_if_quiet()
        if back is not None:
            seat.sleep(self.mutex, back)
        return True

    # -- who comes back, who goes --------------------------------------------------------------

    def send_back(self, due: int, item: int, attempt: int) -> None:
        """Let the return line bring an item to the door at `due` (ns), for this attempt."""
        with self.mutex:
            self._coming_back += 1
            self.sent_back += 1
            heappush(self._returning, (due, item, attempt))
            self._timekeeper.at(due, self._bring_back)

    def _bring_back(self) -> None:
        """The return line, one item at the door, brings what has been due longest."""
        while not self._return_at_door and self._returning and self._returning[0][0] <= clock():
            _, item, attempt = heappop(self._returning)
            lane = self._only_lane or self._lane_for(item, attempt)
            if lane.waiting.size < lane.places:
                self._accept(lane, item, attempt)
            else:
                self._return_at_door = isinstance(self._find_full(lane, item, attempt), AtDoor)
        # The last item of all may have been refused.
        self._tell_if_quiet()

    def _lose_patience(self, lane: Lane, entry: Waits) -> None:
        if lane.remove(entry):
            self._go(entry, clock(), Outcome.ABANDONED)
            self._let_in(lane)
            self._tell_if_quiet()

    def _shift(self, number: int) -> None:
        self.attendance.shift(number, clock(), self._lanes[0].idle)
        self._close_if_nobody_left()

    def _go(self, entry: Waits, now: int, outcome: Outcome) -> None:
        """The last word on an item that was not served."""
        self.gone.append((*entry, now, outcome))
        self.tell_user(entry[0], now)

    @property
    def has_users(self) -> bool:
        """Whether somebody waits for the last word on each item."""
        return bool(self._words)

    def tell_user(self, item: int, ended: int) -> None:
        """The user of an item, where it has one, hears the last word on it (ns)."""
        if self._words:
            self._words[item % len(self._words)].put(ended)

    def last_word(self, user: int) -> int:
        """When the item that a user waits for ended (ns); 0 when the line closed before."""
        return self._words[user].get()

    # -- the end -----------------------------------------------------------------------------

    def wait_quiet(self, seconds: float) -> bool:
        """Whether everything is done, waiting at most so long for it; for one thread to ask.

        It waits on a bare lock, never on the mutex: Ctrl-C in the midst of a condition's wait
        would leave the mutex released, and the `with` around it would release it once more,
        under whoever holds it then.
        """
        return self._is_known_quiet or self._until_quiet.acquire(timeout=seconds)

    def close(self) -> None:
        """Send everyone home: workers that sleep, whoever is at the door, the timekeeper.

        What is still in the queue is never served; its items stay unfinished.
        """
        with self.mutex:
            self._close()

    def _close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for lane in self._lanes:
            lane.clear()
        for seat in self._seats:
            seat.ring()
        for words in self._words:
            words.put(0)
        self._timekeeper.close()

    def _close_if_nobody_left(self) -> None:
        if self.attendance.nobody_left and not self._is_quiet():
            self.ended_early = "no worker left"
            self._close()
            self._tell(quiet=True)

    def _is_quiet(self) -> bool:
        left = self._producing + self._busy + self._coming_back
        return not left and not any(lane.waiting.size for lane in self._lanes)

    def _tell_if_quiet(self) -> None:
        self._tell(quiet=self._is_quiet())

    def _tell(self, *, quiet: bool) -> None:
        if quiet and not self._is_known_quiet:
            self._is_known_quiet = True
            self._until_quiet.release()
