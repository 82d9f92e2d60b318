"""Between producers and workers: which item is admitted, which is served next, which comes back.

One lock and one clock, read inside the lock: the order of the stamps is the order of events.  The
worker that takes an item admits the first blocked arrival.  A worker never puts: failed attempts
come back through the return line, which blocks with one item at a time, or a full queue would
deadlock.  One thread, the timekeeper, brings about what is due at an instant: returns, the end of
an item's patience, another number of workers.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush

from queuetwin.model.records.run import Outcome
from queuetwin.realrun.line.attendance import Attendance, WorkerSlot
from queuetwin.realrun.line.lane import BlockedArrival, Lane, WaitingAttempt
from queuetwin.realrun.line.line_rules import LineRules
from queuetwin.realrun.line.timekeeper import Timekeeper
from queuetwin.realrun.pacing.pacer import clock

# item, attempt number, enqueued, taken (ns of the clock), busy workers with this one
Entry = tuple[int, int, int, int, int]
# item, attempt number (0: never accepted), enqueued (0: never), when it went (ns), how
Unserved = tuple[int, int, int, int, Outcome]


class Line:
    """Items in `offer`, workers at `take`, failed attempts through `send_back`.

    The line is quiet once all producers are done and nothing is waiting, served or coming back.
    `returned` are the attempts that the return line admitted (item, attempt, enqueued), `unserved`
    the items that ended without being served, `sent_back` how many attempts were sent back so far;
    `ended_early` says why the line closed by itself.  `slot` makes the slot of each worker.
    """

    def __init__(self, rules: LineRules, slot: Callable[[int], WorkerSlot] = WorkerSlot) -> None:
        self.mutex = threading.Lock()
        self._rules = rules
        self._lanes = [
            Lane(rules.capacity, rules.order, rules.priority, self.mutex)
            for _ in range(rules.lanes)
        ]
        self._slots = [slot(number) for number in range(rules.most_workers)]
        self.attendance = Attendance(
            self._slots,
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
        self._return_is_blocked = False
        self._timekeeper = Timekeeper(self.mutex)
        self.keep_time = self._timekeeper.run
        self._closed = False
        self._is_known_quiet = False
        self._until_quiet = threading.Lock()
        self._until_quiet.acquire()
        self._outcomes: list[queue.SimpleQueue[int]] = [
            queue.SimpleQueue() for _ in range(rules.users)
        ]
        self.returned: list[WaitingAttempt] = []
        self.unserved: list[Unserved] = []
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

        Blocks while the queue is full, where the scenario says so.
        """
        with self.mutex:
            if self._closed:
                return None
            lane = self._only_lane or self._lane_for(item, 1)
            if lane.waiting.size < lane.places:
                return self._accept(lane, item, 1), True
            answer = self._offer_to_full(lane, item, 1)
        if not isinstance(answer, BlockedArrival):
            return answer
        answer.lock.acquire()
        return (answer.accepted, True) if answer.accepted else None

    def producer_done(self) -> None:
        """One producer will offer no more items."""
        with self.mutex:
            self._producing -= 1
            self._signal_if_quiet()

    def _offer_to_full(
        self, lane: Lane, item: int, attempt: int
    ) -> BlockedArrival | tuple[int, bool]:
        """Offer an item to a full queue: it makes room, is turned away, or is blocked."""
        if self._rules.when_full == "block":
            waiting = BlockedArrival(item, attempt)
            lane.blocked.append(waiting)
            return waiting
        if self._rules.when_full == "drop-oldest" and (oldest := lane.to_drop(item)) is not None:
            lane.remove(oldest)
            self._end_unserved(oldest, clock(), Outcome.DROPPED)
            return self._accept(lane, item, attempt), True
        rejects = self._rules.when_full == "reject"
        now = clock()
        if attempt > 1:
            self._coming_back -= 1
        self._end_unserved((item, 0, 0), now, Outcome.REJECTED if rejects else Outcome.DROPPED)
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
            self._timekeeper.at(enqueued + patience, partial(self._renege, lane, entry))
        if attempt > 1:
            self._coming_back -= 1
            self.returned.append(entry)
        return enqueued

    def _admit_blocked(self, lane: Lane) -> None:
        """Give the place that has become free to the first blocked arrival."""
        if lane.blocked and lane.waiting.size < lane.places:
            first = lane.blocked.popleft()
            first.accepted = self._accept(lane, first.item, first.attempt)
            first.lock.release()
            if first.attempt > 1:
                self._return_is_blocked = False
                self._release_returns()

    # -- workers -----------------------------------------------------------------------------

    def take(self, worker: int) -> Entry | None:
        """The next item to serve, waiting for one; None when the worker is to end.

        By asking, the worker says that it has finished the item that it had.
        """
        slot, lane = self._slots[worker], self._lanes[self._rules.lane_of[worker]]
        with self.mutex:
            if slot.is_busy:
                slot.is_busy = False
                self._busy -= 1
                lane.busy -= 1
            while not self._closed:
                now = clock()
                if not self._all_stay:
                    now = max(now, self.attendance.origin)
                    if self._stays_away(slot, lane, now):
                        if self.attendance.is_gone(slot):
                            return None
                        continue
                if not lane.waiting.size:
                    if not self._producing:
                        self._signal_if_quiet()
                    self._idle(slot, lane, now)
                    continue
                item, attempt, enqueued = head = lane.waiting.pop()
                if self._patience is not None and self._has_lost_patience(lane, head, now):
                    continue
                slot.is_busy = True
                slot.idle_since = None
                self._busy += 1
                lane.busy += 1
                if lane.blocked:
                    self._admit_blocked(lane)
                return item, attempt, enqueued, now, self._busy
        return None

    def _has_lost_patience(self, lane: Lane, head: WaitingAttempt, now: int) -> bool:
        """Whether the head of the queue has run out of patience at this instant; then it leaves."""
        item, attempt, enqueued = head
        assert self._patience is not None
        if now < enqueued + self._patience[attempt - 1][item]:
            return False
        self._end_unserved(head, now, Outcome.ABANDONED)
        self._admit_blocked(lane)
        return True

    def _idle(self, slot: WorkerSlot, lane: Lane, now: int) -> None:
        """Sleep until woken, or until the worker's own idle timeout or breakdown."""
        attendance, until = self.attendance, None
        if not self._all_stay:
            if slot.idle_since is None:
                slot.idle_since = now
            if attendance.leaves_for_good(slot, now):
                self._close_if_nobody_left()
                return
            until = attendance.idle_until(slot, now)
        lane.idle.append(slot)
        slot.sleep(self.mutex, until)

    def _stays_away(self, slot: WorkerSlot, lane: Lane, now: int) -> bool:
        """Leave, or sleep while absent or down; False for a worker that may go on."""
        if slot in lane.idle:
            # It woke by its own time limit.
            lane.idle.remove(slot)
        if self.attendance.is_gone(slot):
            return True
        if slot.came is None:
            slot.sleep(self.mutex, None)
            return True
        was_woken, back = slot.idle_since is not None, None
        if self.attendance.leaves_by_schedule(slot, now):
            self._close_if_nobody_left()
        elif (back := self.attendance.back_from(slot, now)) is None:
            return False
        slot.idle_since = None
        if was_woken and lane.waiting.size:
            lane.wake_one()
        # It may have finished the last item of the run.
        self._signal_if_quiet()
        if back is not None:
            slot.sleep(self.mutex, back)
        return True

    # -- returns and departures ----------------------------------------------------------------

    def send_back(self, due: int, item: int, attempt: int) -> None:
        """Let the return line bring an item to the door at `due` (ns), for this attempt."""
        with self.mutex:
            self._coming_back += 1
            self.sent_back += 1
            heappush(self._returning, (due, item, attempt))
            self._timekeeper.at(due, self._release_returns)

    def _release_returns(self) -> None:
        """The return line, which blocks with one item, offers what has been due longest."""
        while not self._return_is_blocked and self._returning and self._returning[0][0] <= clock():
            _, item, attempt = heappop(self._returning)
            lane = self._only_lane or self._lane_for(item, attempt)
            if lane.waiting.size < lane.places:
                self._accept(lane, item, attempt)
            else:
                self._return_is_blocked = isinstance(
                    self._offer_to_full(lane, item, attempt), BlockedArrival
                )
        # The last item of the run may have been rejected.
        self._signal_if_quiet()

    def _renege(self, lane: Lane, entry: WaitingAttempt) -> None:
        if lane.remove(entry):
            self._end_unserved(entry, clock(), Outcome.ABANDONED)
            self._admit_blocked(lane)
            self._signal_if_quiet()

    def _shift(self, number: int) -> None:
        self.attendance.shift(number, clock(), self._lanes[0].idle)
        self._close_if_nobody_left()

    def _end_unserved(self, entry: WaitingAttempt, now: int, outcome: Outcome) -> None:
        """Record the final outcome of an item that was not served."""
        self.unserved.append((*entry, now, outcome))
        self.notify_user(entry[0], now)

    @property
    def has_users(self) -> bool:
        """Whether closed-loop users wait for the final outcome of each item."""
        return bool(self._outcomes)

    def notify_user(self, item: int, ended: int) -> None:
        """Tell the user of an item, where there are users, when the item ended (ns)."""
        if self._outcomes:
            self._outcomes[item % len(self._outcomes)].put(ended)

    def await_outcome(self, user: int) -> int:
        """When the item that a user waits for ended (ns); 0 when the line closed before."""
        return self._outcomes[user].get()

    # -- the end -----------------------------------------------------------------------------

    def wait_quiet(self, seconds: float) -> bool:
        """Whether everything is done, waiting at most so long for it; for one thread to ask.

        The wait is on a bare lock, never on the mutex: Ctrl-C in the midst of a condition's wait
        would leave the mutex released, and the `with` around the wait would release the mutex once
        more, under the thread that holds it then.
        """
        return self._is_known_quiet or self._until_quiet.acquire(timeout=seconds)

    def close(self) -> None:
        """End all waiting: of workers that sleep, of blocked producers, of the timekeeper.

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
        for slot in self._slots:
            slot.wake()
        for words in self._outcomes:
            words.put(0)
        self._timekeeper.close()

    def _close_if_nobody_left(self) -> None:
        if self.attendance.nobody_left and not self._is_quiet():
            self.ended_early = "no worker left"
            self._close()
            self._signal_quiet(quiet=True)

    def _is_quiet(self) -> bool:
        left = self._producing + self._busy + self._coming_back
        return not left and not any(lane.waiting.size for lane in self._lanes)

    def _signal_if_quiet(self) -> None:
        self._signal_quiet(quiet=self._is_quiet())

    def _signal_quiet(self, *, quiet: bool) -> None:
        if quiet and not self._is_known_quiet:
            self._is_known_quiet = True
            self._until_quiet.release()
