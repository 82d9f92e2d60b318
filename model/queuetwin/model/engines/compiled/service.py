"""Service: a worker starts an attempt, and completes it.

Each step is one of the reference engine's; read it there first (`reference/station.py`).
"""

from __future__ import annotations

import math

from queuetwin.model.base.arrays import NEVER
from queuetwin.model.engines.compiled.admission import leave_queue, schedule_check
from queuetwin.model.engines.compiled.event_heap import schedule
from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import (
    COMPLETION,
    NO_OUTAGES,
    RETRY,
    START,
    StationState,
    past_stall,
    variate,
)
from queuetwin.model.engines.compiled.waiting_lines import LEVELS, line_of
from queuetwin.model.engines.compiled.workers import (
    attempt_end,
    begin_idle,
    find_outage,
    leave_or_repair,
)
from queuetwin.model.records.run import Outcome

_COMPLETED, _FAILED = int(Outcome.COMPLETED), int(Outcome.FAILED)


@step
def start(station: StationState, worker: int, now: float) -> None:
    """A worker is awake or has turned round: it serves the head of the queue, or idles.

    Where more outages have to be drawn first, nothing is done, so that the step can be repeated.
    """
    rules, worker_row = station.rules[0], station.workers[at(worker)]
    if rules.breaks and not find_outage(station, worker, now):
        return
    if not rules.always_staffed and leave_or_repair(station, worker, now):
        return
    lane = station.lanes[at(worker_row.lane)]
    if not lane.waiting:
        begin_idle(station, worker, now)
    else:
        item = _head(station, worker_row.lane)
        finish, fails = _attempt_end(station, worker, item, now)
        if math.isnan(finish):
            return
        worker_row.idle_since = NEVER
        worker_row.serves, worker_row.fails = item, int(fails)
        leave_queue(station, item)
        lane.busy += 1
        station.state[0].busy += 1
        row = station.rows[at(station.items[item & rules.mask].row)]
        row.started, row.worker = now, worker
        schedule(
            station.calendar,
            station.members,
            worker,
            past_stall(station, finish),
            COMPLETION + worker,
        )
    if lane.blocked:
        schedule_check(station, worker_row.lane)


@step
def _head(station: StationState, lane: int) -> int:
    """The item to be served next."""
    lifo = station.rules[0].lifo
    for level in range(station.rules[0].levels):
        line = line_of(station, lane, LEVELS + level)
        if line.first >= 0:
            return int(line.last if lifo else line.first)
    return -1


@step
def _attempt_end(station: StationState, worker: int, item: int, now: float) -> tuple[float, bool]:
    """When an attempt ends, and whether it fails; NaN where more outages have to be drawn first."""
    rules, state = station.rules[0], station.state[0]
    slot = item & rules.mask
    attempt, draws = station.items[at(slot)].attempt, station.draws
    length, fails = variate(draws.length, attempt, slot), variate(draws.fails, attempt, slot)
    if rules.as_drawn:
        return now + length, fails
    length /= station.workers[at(worker)].speed
    length *= 1 + station.slowdown[state.busy + 1]
    if length > rules.time_limit:
        length, fails = rules.time_limit, True
    if not rules.breaks:
        return now + length, fails
    finish, hit = attempt_end(station, worker, now, length)
    if math.isnan(finish):
        state.pause, state.worker, state.length = NO_OUTAGES, worker, length
    return finish, fails or hit


@step
def complete(station: StationState, worker: int, now: float) -> int:
    """A worker has finished an attempt; the item where that is its final outcome, or -1."""
    rules, worker_row = station.rules[0], station.workers[at(worker)]
    item = worker_row.serves
    slot = item & rules.mask
    served = station.items[at(slot)]
    row = station.rows[at(served.row)]
    station.lanes[at(worker_row.lane)].busy -= 1
    station.state[0].busy -= 1
    row.finished = now
    free = past_stall(station, now + variate(station.draws.turn_round, served.attempt, slot))
    schedule(station.calendar, station.members, worker, free, START + worker)
    row.outcome = _FAILED if worker_row.fails else _COMPLETED
    if worker_row.fails and served.attempt < rules.attempts:
        due = past_stall(station, now + variate(station.draws.backoff, served.attempt, slot))
        served.attempt += 1
        schedule(station.retries, station.items, slot, due, RETRY + item)
        return -1
    served.outcome = row.outcome
    return int(item)
