"""What a worker does with an item: it starts an attempt, and it has finished one.

Each step is one of the reference model's; read it there first (`simpy_engine/pool.py`).
"""

from __future__ import annotations

import math

from queuetwin.model.base.arrays import NEVER
from queuetwin.model.engines.compiled.admission import call_door, quit_queue
from queuetwin.model.engines.compiled.event_heap import set_due
from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import (
    COMPLETION,
    NO_OUTAGES,
    RETURN,
    START,
    StationState,
    drawn,
    past_stall,
)
from queuetwin.model.engines.compiled.waiting_lines import LEVELS, line_of
from queuetwin.model.engines.compiled.workers import end_of, foresee, idle, is_away
from queuetwin.model.records.run import Outcome

__all__ = ["complete", "start"]

_COMPLETED, _FAILED = int(Outcome.COMPLETED), int(Outcome.FAILED)


@step
def start(pool: StationState, worker: int, now: float) -> None:
    """A worker is awake or has turned round: it takes the head of the queue, or idles.

    Where its outages run out nothing is done, so that the step can be taken again.
    """
    rules, one = pool.rules[0], pool.workers[at(worker)]
    if rules.breaks and not foresee(pool, worker, now):
        return
    if not rules.all_stay and is_away(pool, worker, now):
        return
    lane = pool.lanes[at(one.lane)]
    if not lane.waiting:
        idle(pool, worker, now)
    else:
        item = _head(pool, one.lane)
        finish, fails = _effort(pool, worker, item, now)
        if math.isnan(finish):
            return
        one.idle_since = NEVER
        one.serves, one.fails = item, int(fails)
        quit_queue(pool, item)
        lane.busy += 1
        pool.state[0].busy += 1
        row = pool.rows[at(pool.items[item & rules.mask].row)]
        row.started, row.worker = now, worker
        set_due(pool.calendar, pool.members, worker, past_stall(pool, finish), COMPLETION + worker)
    if lane.at_door:
        call_door(pool, one.lane)


@step
def _head(pool: StationState, lane: int) -> int:
    """The item to be served next."""
    last_first = pool.rules[0].last_first
    for level in range(pool.rules[0].levels):
        line = line_of(pool, lane, LEVELS + level)
        if line.first >= 0:
            return int(line.last if last_first else line.first)
    return -1


@step
def _effort(pool: StationState, worker: int, item: int, now: float) -> tuple[float, bool]:
    """When the attempt ends, and whether it fails; NaN where that is not known yet."""
    rules, state = pool.rules[0], pool.state[0]
    slot = item & rules.mask
    attempt, draws = pool.items[at(slot)].attempt, pool.draws
    length, fails = drawn(draws.length, attempt, slot), drawn(draws.fails, attempt, slot)
    if rules.as_drawn:
        return now + length, fails
    length /= pool.workers[at(worker)].speed
    length *= 1 + pool.slowdown[state.busy + 1]
    if length > rules.limit:
        length, fails = rules.limit, True
    if not rules.breaks:
        return now + length, fails
    finish, hit = end_of(pool, worker, now, length)
    if math.isnan(finish):
        state.short, state.worker, state.length = NO_OUTAGES, worker, length
    return finish, fails or hit


@step
def complete(pool: StationState, worker: int, now: float) -> int:
    """A worker has finished an attempt; the item, where that was its end, or -1."""
    rules, one = pool.rules[0], pool.workers[at(worker)]
    item = one.serves
    slot = item & rules.mask
    served = pool.items[at(slot)]
    row = pool.rows[at(served.row)]
    pool.lanes[at(one.lane)].busy -= 1
    pool.state[0].busy -= 1
    row.finished = now
    free = past_stall(pool, now + drawn(pool.draws.turn_round, served.attempt, slot))
    set_due(pool.calendar, pool.members, worker, free, START + worker)
    row.outcome = _FAILED if one.fails else _COMPLETED
    if one.fails and served.attempt < rules.attempts:
        due = past_stall(pool, now + drawn(pool.draws.backoff, served.attempt, slot))
        served.attempt += 1
        set_due(pool.returning, pool.items, slot, due, RETURN + item)
        return -1
    served.outcome = row.outcome
    return int(item)
