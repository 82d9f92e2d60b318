"""An item's way through the pool, from its plan to the last word on it.

It is planned, offered, waits at the door while the queue is full, is accepted, started by a
worker, finished, and perhaps comes back.  Nothing is drawn here: all chance is in the arrays
that come in.  Each method is one thing that happens, at an instant of the calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

import numpy as np

from queuetwin.model.base.arrays import NEVER
from queuetwin.model.engines.reference.event_calendar import Calendar, Moment, Rank
from queuetwin.model.engines.reference.event_log import EventLog
from queuetwin.model.engines.reference.lane import LaneState
from queuetwin.model.engines.reference.workers import Worker, Workers
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Outcome
from queuetwin.model.rules.attempt_duration import Effort
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws

__all__ = ["AllEnded", "Station"]

_PROGRESS_EVERY = 1000
# A number, looked up once: an enumeration's members are slow to find and to lay in arrays.
_COMPLETED = int(Outcome.COMPLETED)


class AllEnded(Exception):  # noqa: N818 - the run ends here, as it should
    """The last word on the last item has been said."""


class Station:
    """Producers, the door, the queue, the workers and the return line."""

    def __init__(
        self,
        scenario: Scenario,
        draws: Draws,
        outages: list[Outages],
        calendar: Calendar,
        progress: Callable[[int], None] | None,
    ) -> None:
        stage, arrivals = scenario.stage, scenario.arrivals
        places = stage.queue.capacity
        self.calendar = calendar
        self.progress = progress
        self.blocks = stage.queue.when_full == "block"
        self.drops = stage.queue.when_full == "drop-oldest"
        self.attempts = stage.failures.attempts
        self.routing = stage.workers.routing
        self.producers = arrivals.producers
        self.pacing = arrivals.pacing
        self.duration = scenario.duration or float("inf")

        self.gap = draws.gap.tolist()
        self.lateness = draws.lateness.tolist()
        self.priority = draws.priority.tolist()
        self.fails = draws.fails.tolist()
        self.length = draws.lengths().tolist()
        self.backoff = draws.backoff.tolist()
        self.hand_off = draws.hand_off.tolist()
        self.turn_round = draws.turn_round.tolist()
        self.patience = None if draws.patience is None else draws.patience.tolist()
        self.route = None if draws.route is None else draws.route.tolist()

        by_schedule = self.pacing == "schedule"
        self.log = EventLog(np.cumsum(draws.gap).tolist() if by_schedule else [NEVER] * len(draws))
        self.arrivals = [Moment(self.calendar, self.arrive, 0) for _ in range(self.producers)]
        self.lanes = [
            LaneState(float("inf") if places is None else places, stage.queue.order)
            for _ in range(stage.workers.lanes)
        ]
        self.only_lane = self.lanes[0] if len(self.lanes) == 1 else None
        self.sent = 0
        self.open_items = len(draws)
        self.crew = Workers(
            stage,
            self.lanes,
            calendar,
            outages,
            start=self.start,
            complete=self.complete,
            wake=self.wake,
        )
        self.workers = self.crew.workers
        self.effort = Effort(scenario, outages)
        self.all_stay, self.takes_as_drawn = self.crew.is_constant, self.effort.is_plain
        self.returning: list[tuple[float, int, int]] = []
        self.return_at_door = False

    def run(self) -> None:
        """From the first plan until `AllEnded`, or `NobodyLeft` to serve what is left."""
        self.crew.come()
        for item in range(min(self.producers, len(self.gap))):
            self.plan(item, 0.0)
        self.calendar.run()

    # -- producers ---------------------------------------------------------------------------

    def plan(self, item: int, last: float) -> None:
        """A producer turns to its next item, at the return of its last put.

        By gap the item is planned from there; a user's from the last word on its last item.
        """
        planned = self.log.planned[item]
        if self.pacing != "schedule":
            planned = last + self.gap[item]
            if planned >= self.duration:
                self.open_items -= len(range(item, len(self.gap), self.producers))
                return
            self.log.planned[item] = planned
        arrival = self.arrivals[item % self.producers]
        arrival.who = item
        could = planned if planned > last else last
        self.calendar.at(could + self.lateness[item], Rank.ARRIVAL + item, arrival)

    def arrive(self, arrival: Moment) -> None:
        """An item is offered."""
        item, now = arrival.who, self.calendar.now
        if self.progress and not item % _PROGRESS_EVERY:
            self.progress(item)
        self.log.offered[item] = now
        self.knock(self.only_lane or self.lane_for(item, 1), item, 1, now)

    def lane_for(self, item: int, number: int) -> LaneState:
        """The queue that an attempt goes to."""
        lanes = self.lanes
        if self.routing == "shortest":
            return min(lanes, key=LaneState.length)
        if self.route is not None:
            return lanes[int(self.route[number - 1][item] * len(lanes))]
        self.sent += 1
        return lanes[(self.sent - 1) % len(lanes)]

    # -- the door and the queue --------------------------------------------------------------

    def knock(self, lane: LaneState, item: int, number: int, now: float) -> None:
        """Someone comes to the door, and goes on or waits."""
        has_room = lane.has_room()
        if lane.door or (self.blocks and not has_room):
            heappush(lane.door, (now, item, number))
        else:
            self.enter(lane, item, number, now, has_room)

    def open_door(self, moment: Moment) -> None:
        """A place may have become free: whoever has been at the door longest goes on."""
        lane = moment.who
        has_room = lane.has_room()
        if lane.door and (has_room or not self.blocks):
            _, item, number = heappop(lane.door)
            self.enter(lane, item, number, self.calendar.now, has_room)

    def enter(self, lane: LaneState, item: int, number: int, now: float, has_room: bool) -> None:
        """An item passes the door, or is turned away there; who brought it turns to the next."""
        if number > 1:
            self.return_at_door = False
            if self.returning:
                self.call_return(max(self.returning[0][0], now))
        elif self.pacing != "outcome" and item + self.producers < len(self.gap):
            self.plan(item + self.producers, now)
        if has_room:
            self.accept(lane, item, number, now)
        elif self.drops:
            self.make_room(lane, item, number, now)
        else:
            self.end(item, Outcome.REJECTED)

    def accept(self, lane: LaneState, item: int, number: int, now: float) -> None:
        """An item takes a place in the queue and wakes the worker that is idle longest."""
        row = self.log.enter(item, number, now)
        lane.waiting.push(row, self.priority[item])
        if self.patience is not None:
            ends = now + self.patience[number - 1][item]
            self.calendar.once(ends, Rank.PATIENCE + item, self.lose_patience, (lane, row))
        if lane.idle:
            worker = self.workers[heappop(lane.idle)[1]]
            worker.turns += 1
            awake = now + self.hand_off[number - 1][item]
            self.calendar.at(awake, Rank.START + worker.number, worker.ready)

    def make_room(self, lane: LaneState, item: int, number: int, now: float) -> None:
        """The earliest waiting item is dropped, or the newcomer where it is less urgent."""
        row = lane.waiting.to_drop(self.priority[item])
        if row is None:
            self.end(item, Outcome.DROPPED)
            return
        self.leave(lane, row, Outcome.DROPPED)
        self.accept(lane, item, number, now)

    def lose_patience(self, moment: Moment) -> None:
        """An item that has waited for too long leaves."""
        lane, row = moment.who
        if self.leave(lane, row, Outcome.ABANDONED) and lane.door:
            self.calendar.once(self.calendar.now, Rank.DOOR, self.open_door, lane)

    def leave(self, lane: LaneState, row: int, outcome: int) -> bool:
        """An item goes that was not served; False where it does not wait any more."""
        item = self.log.item[row]
        if not lane.waiting.remove(row, self.priority[item]):
            return False
        self.log.finished[row] = self.calendar.now
        self.log.result[row] = outcome
        self.end(item, outcome)
        return True

    # -- workers -----------------------------------------------------------------------------

    def wake(self, lane: LaneState) -> None:
        """Someone else must serve what waits, since the worker that was woken for it cannot."""
        if lane.waiting.size and lane.idle:
            worker = self.workers[lane.idle_longest()]
            worker.turns += 1
            self.calendar.at(self.calendar.now, Rank.START + worker.number, worker.ready)

    def start(self, ready: Moment) -> None:
        """A worker is awake or has turned round: it takes the head of the queue, or idles."""
        now, worker = self.calendar.now, ready.who
        if not self.all_stay and self.crew.is_away(worker):
            return
        lane, log = worker.lane, self.log
        if not lane.waiting.size:
            heappush(lane.idle, (now, worker.number))
            if not self.all_stay:
                self.crew.idles(worker, now)
        else:
            worker.idle_since = None
            worker.row = row = lane.waiting.pop()
            lane.busy += 1
            log.started[row] = now
            log.worker[row] = worker.number
            item, number = log.item[row], log.attempt[row]
            length, worker.fails = self.length[number - 1][item], self.fails[number - 1][item]
            finish = now + length
            if not self.takes_as_drawn:
                busy = sum(lane.busy for lane in self.lanes)
                finish, worker.fails = self.effort.end(
                    worker.number, busy, now, length, worker.fails
                )
            self.serve(worker, item, number, now, finish)
        if lane.door:
            self.calendar.once(now, Rank.DOOR, self.open_door, lane)

    def serve(self, worker: Worker, item: int, number: int, now: float, finish: float) -> None:
        """A worker begins an attempt, which would end by itself at `finish`."""
        self.calendar.at(finish, Rank.COMPLETION + worker.number, worker.done)

    def complete(self, done: Moment) -> None:
        """A worker has finished an attempt; it turns round, and the item ends or comes back."""
        now, worker, log = self.calendar.now, done.who, self.log
        row = worker.row
        worker.lane.busy -= 1
        log.finished[row] = now
        item, number = log.item[row], log.attempt[row]
        free = now + self.turn_round[number - 1][item]
        self.calendar.at(free, Rank.START + worker.number, worker.ready)
        if not worker.fails:
            log.result[row] = _COMPLETED
            self.end(item, _COMPLETED)
            return
        log.result[row] = Outcome.FAILED
        if number == self.attempts:
            self.end(item, Outcome.FAILED)
        else:
            due = self.calendar.past_stall(now + self.backoff[number - 1][item])
            heappush(self.returning, (due, item, number + 1))
            self.call_return(due)

    # -- the return line ---------------------------------------------------------------------

    def call_return(self, due: float) -> None:
        """See at `due` whether the return line can bring an item to the door."""
        self.calendar.once(due, Rank.RETURN + self.returning[0][1], self.bring_back, None)

    def bring_back(self, _: Moment) -> None:
        """The return line, one item at the door, brings the one that has been due longest."""
        now = self.calendar.now
        if self.return_at_door or not self.returning or self.returning[0][0] > now:
            return
        _due, item, number = heappop(self.returning)
        self.return_at_door = True
        lane = self.only_lane or self.lane_for(item, number)
        heappush(lane.door, (now, item, number))
        self.calendar.once(now, Rank.DOOR, self.open_door, lane)

    # -- the end -----------------------------------------------------------------------------

    def end(self, item: int, outcome: int) -> None:
        """The last word on an item; its user, where it has one, turns to the next."""
        self.open_items -= 1
        self.log.outcome[item] = outcome
        self.log.ended[item] = self.calendar.now
        if self.pacing == "outcome" and item + self.producers < len(self.gap):
            self.plan(item + self.producers, self.calendar.now)
        if not self.open_items:
            raise AllEnded
