"""An item's way through one stage, from its offer to its final outcome.

An item is offered, is blocked while the queue is full, is accepted, started by a worker and
finished; a failed attempt may be retried after a back-off.  Nothing is drawn here: all random
variates are in the arrays that come in.  Each method is one event, at an instant of the calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

from queuetwin.model.engines.reference.event_calendar import Calendar, Event, Rank
from queuetwin.model.engines.reference.event_log import EventLog
from queuetwin.model.engines.reference.lane import LaneState
from queuetwin.model.engines.reference.workers import Worker, Workers
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Outcome
from queuetwin.model.rules.attempt_duration import AttemptDuration
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws

# A number, looked up once: an enumeration's members are slow to find and to lay in arrays.
_COMPLETED = int(Outcome.COMPLETED)


class Station:
    """The queue of one stage, its workers, and the retries of failed attempts.

    The station says two things about an item: `admitted(item, now)`, when its first attempt is
    accepted or rejected, and `out(item, outcome)`, when it leaves with its final outcome.
    """

    def __init__(
        self,
        scenario: Scenario,
        draws: Draws,
        outages: list[Outages],
        calendar: Calendar,
        log: EventLog,
        *,
        admitted: Callable[[int, float], None],
        out: Callable[[int, int], None],
    ) -> None:
        stage = scenario.stage
        capacity = stage.queue.capacity
        self.calendar = calendar
        self.log = log
        self.admitted = admitted
        self.out = out
        self.blocks = stage.queue.when_full == "block"
        self.drops = stage.queue.when_full == "drop-oldest"
        self.attempts = stage.failures.attempts
        self.routing = stage.workers.routing

        self.priority = draws.priority.tolist()
        self.fails = draws.fails.tolist()
        self.length = draws.lengths().tolist()
        self.backoff = draws.backoff.tolist()
        self.hand_off = draws.hand_off.tolist()
        self.turn_round = draws.turn_round.tolist()
        self.patience = None if draws.patience is None else draws.patience.tolist()
        self.route = None if draws.route is None else draws.route.tolist()

        self.lanes = [
            LaneState(float("inf") if capacity is None else capacity, stage.queue.order)
            for _ in range(stage.workers.lanes)
        ]
        self.only_lane = self.lanes[0] if len(self.lanes) == 1 else None
        self.routed = 0
        self.workers = Workers(
            stage,
            self.lanes,
            calendar,
            outages,
            start=self.start,
            complete=self.complete,
            wake_another=self.wake_another,
        )
        self.worker = self.workers.by_number
        self.effort = AttemptDuration(scenario.stage, outages)
        self.always_staffed, self.takes_as_drawn = self.workers.stay, self.effort.is_plain
        # A heap of (due, item, attempt); one retry at a time waits for its admission.
        self.retries: list[tuple[float, int, int]] = []
        self.retry_is_blocked = False

    # -- admission ---------------------------------------------------------------------------

    def offer(self, item: int, now: float) -> None:
        """An item comes: it is admitted, or blocked while the queue is full or others are."""
        lane = self.only_lane or self.lane_for(item, 1)
        has_room = lane.has_room()
        if lane.blocked or (self.blocks and not has_room):
            heappush(lane.blocked, (now, item, 1))
        else:
            self.admit(lane, item, 1, now, has_room)

    def lane_for(self, item: int, attempt: int) -> LaneState:
        """The queue that an attempt is routed to."""
        lanes = self.lanes
        if self.routing == "shortest":
            return min(lanes, key=LaneState.number_of_items)
        if self.route is not None:
            return lanes[int(self.route[attempt - 1][item] * len(lanes))]
        self.routed += 1
        return lanes[(self.routed - 1) % len(lanes)]

    def admit_blocked(self, event: Event) -> None:
        """A place may have become free: the item that is blocked longest is admitted."""
        lane = event.subject
        has_room = lane.has_room()
        if lane.blocked and (has_room or not self.blocks):
            _, item, attempt = heappop(lane.blocked)
            self.admit(lane, item, attempt, self.calendar.now, has_room)

    def admit(self, lane: LaneState, item: int, attempt: int, now: float, has_room: bool) -> None:
        """An item is accepted, or turned away where the queue is full and nothing blocks."""
        if attempt > 1:
            self.retry_is_blocked = False
            if self.retries:
                self.schedule_retry(max(self.retries[0][0], now))
        else:
            self.admitted(item, now)
        if has_room:
            self.accept(lane, item, attempt, now)
        elif self.drops:
            self.drop_oldest(lane, item, attempt, now)
        else:
            self.out(item, Outcome.REJECTED)

    def accept(self, lane: LaneState, item: int, attempt: int, now: float) -> None:
        """An item takes a place in the queue and wakes the worker that is idle longest."""
        row = self.log.add_attempt(item, attempt, now)
        lane.queue.push(row, self.priority[item])
        if self.patience is not None:
            ends = now + self.patience[attempt - 1][item]
            self.calendar.call_at(ends, Rank.PATIENCE + item, self.renege, (lane, row))
        if lane.idle:
            worker = self.worker[heappop(lane.idle)[1]]
            worker.wakings += 1
            awake = now + self.hand_off[attempt - 1][item]
            self.calendar.schedule_at(awake, Rank.START + worker.number, worker.ready)

    def drop_oldest(self, lane: LaneState, item: int, attempt: int, now: float) -> None:
        """The earliest waiting item is dropped, or the newcomer where it is less urgent."""
        row = lane.queue.to_drop(self.priority[item])
        if row is None:
            self.out(item, Outcome.DROPPED)
            return
        self.leave_queue(lane, row, Outcome.DROPPED)
        self.accept(lane, item, attempt, now)

    def renege(self, event: Event) -> None:
        """An item whose patience is over leaves, where it is still waiting."""
        lane, row = event.subject
        if self.leave_queue(lane, row, Outcome.ABANDONED) and lane.blocked:
            self.calendar.call_at(self.calendar.now, Rank.ADMISSION, self.admit_blocked, lane)

    def leave_queue(self, lane: LaneState, row: int, outcome: int) -> bool:
        """An item leaves unserved; False where it does not wait any more."""
        item = self.log.item[row]
        if not lane.queue.remove(row, self.priority[item]):
            return False
        self.log.finished[row] = self.calendar.now
        self.log.result[row] = outcome
        self.out(item, outcome)
        return True

    # -- service -----------------------------------------------------------------------------

    def wake_another(self, lane: LaneState) -> None:
        """A worker that was woken for a waiting item cannot serve it: wake the next one."""
        if lane.queue.size and lane.idle:
            worker = self.worker[lane.pop_idle()]
            worker.wakings += 1
            now = self.calendar.now
            self.calendar.schedule_at(now, Rank.START + worker.number, worker.ready)

    def start(self, ready: Event) -> None:
        """A worker is awake or has turned round: it serves the head of the queue, or idles."""
        now, worker = self.calendar.now, ready.subject
        if not self.always_staffed and self.workers.leave_or_repair(worker):
            return
        lane, log = worker.lane, self.log
        if not lane.queue.size:
            heappush(lane.idle, (now, worker.number))
            if not self.always_staffed:
                self.workers.begin_idle(worker, now)
        else:
            worker.idle_since = None
            worker.row = row = lane.queue.pop()
            lane.busy += 1
            log.started[row] = now
            log.worker[row] = worker.number
            item, attempt = log.item[row], log.attempt[row]
            length, worker.fails = self.length[attempt - 1][item], self.fails[attempt - 1][item]
            finish = now + length
            if not self.takes_as_drawn:
                busy = sum(lane.busy for lane in self.lanes)
                finish, worker.fails = self.effort.end(
                    worker.number, busy, now, length, worker.fails
                )
            self.serve(worker, item, attempt, now, finish)
        if lane.blocked:
            self.calendar.call_at(now, Rank.ADMISSION, self.admit_blocked, lane)

    def serve(self, worker: Worker, item: int, attempt: int, now: float, finish: float) -> None:
        """A worker begins an attempt, which ends at `finish` on a processor of its own."""
        self.calendar.schedule_at(finish, Rank.COMPLETION + worker.number, worker.done)

    def complete(self, done: Event) -> None:
        """A worker has finished an attempt: it turns round, and the item leaves or is retried."""
        now, worker, log = self.calendar.now, done.subject, self.log
        row = worker.row
        worker.lane.busy -= 1
        log.finished[row] = now
        item, attempt = log.item[row], log.attempt[row]
        free = now + self.turn_round[attempt - 1][item]
        self.calendar.schedule_at(free, Rank.START + worker.number, worker.ready)
        if not worker.fails:
            log.result[row] = _COMPLETED
            self.out(item, _COMPLETED)
            return
        log.result[row] = Outcome.FAILED
        if attempt == self.attempts:
            self.out(item, Outcome.FAILED)
        else:
            due = self.calendar.after_stall(now + self.backoff[attempt - 1][item])
            heappush(self.retries, (due, item, attempt + 1))
            self.schedule_retry(due)

    # -- retries -----------------------------------------------------------------------------

    def schedule_retry(self, due: float) -> None:
        """See at `due` whether the next retry can be offered."""
        self.calendar.call_at(due, Rank.RETRY + self.retries[0][1], self.offer_retry, None)

    def offer_retry(self, _: Event) -> None:
        """The retry that has been due longest is offered, unless another one is blocked."""
        now = self.calendar.now
        if self.retry_is_blocked or not self.retries or self.retries[0][0] > now:
            return
        _due, item, attempt = heappop(self.retries)
        self.retry_is_blocked = True
        lane = self.only_lane or self.lane_for(item, attempt)
        heappush(lane.blocked, (now, item, attempt))
        self.calendar.call_at(now, Rank.ADMISSION, self.admit_blocked, lane)
