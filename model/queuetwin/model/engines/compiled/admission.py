"""The door and the queue: how an item comes in, and how it leaves unserved.

Each step is one of the reference model's; read it there first (`simpy_engine/pool.py`).
"""

from __future__ import annotations

from queuetwin.model.base.arrays import NEVER
from queuetwin.model.engines.compiled.event_heap import set_due, withdraw
from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import (
    NO_CALLS,
    NO_ROWS,
    PATIENCE,
    StationState,
    drawn,
    past_stall,
)
from queuetwin.model.engines.compiled.waiting_lines import (
    AT_DOOR,
    IDLE_WORKERS,
    LEVELS,
    join,
    leave_line,
    line_of,
)
from queuetwin.model.engines.compiled.workers import wake_at
from queuetwin.model.records.run import Outcome

__all__ = [
    "arrive",
    "bring_back",
    "call_door",
    "enter",
    "lose_patience",
    "open_door",
    "producer_of",
    "quit_queue",
]

_REJECTED, _DROPPED = int(Outcome.REJECTED), int(Outcome.DROPPED)
_ABANDONED, _UNFINISHED = int(Outcome.ABANDONED), int(Outcome.UNFINISHED)


@step
def producer_of(pool: StationState, item: int) -> int:
    """The member of the calendar that brings an item."""
    rules = pool.rules[0]
    first = 3 * rules.workers + 1
    return int(first if rules.producers == 1 else first + item % rules.producers)


@step
def _lane_for(pool: StationState, item: int, attempt: int) -> int:
    """The queue that an attempt goes to."""
    rules, state, lanes = pool.rules[0], pool.state[0], pool.lanes
    if rules.lanes == 1:
        return 0
    if rules.to_shortest:
        best, fewest = 0, -1
        for number in range(rules.lanes):
            lane = lanes[at(number)]
            here = lane.waiting + lane.at_door + lane.busy
            if fewest < 0 or here < fewest:
                best, fewest = number, here
        return best
    if rules.at_random:
        return int(drawn(pool.draws.route, attempt, item & rules.mask) * rules.lanes)
    state.sent += 1
    return int((state.sent - 1) % rules.lanes)


@step
def _has_room(pool: StationState, lane: int) -> bool:
    """Whether an item may be accepted now."""
    rules = pool.rules[0]
    if rules.places == 0:
        return bool(line_of(pool, lane, IDLE_WORKERS).first >= 0)
    return bool(pool.lanes[at(lane)].waiting < rules.places)


@step
def _come_to_door(pool: StationState, lane: int, item: int, now: float) -> None:
    pool.lanes[at(lane)].at_door += 1
    join(line_of(pool, lane, AT_DOOR), pool.items, pool.rules[0].mask, item, now)


@step
def arrive(pool: StationState, item: int, now: float) -> int:
    """An item is offered; its number where it passes the door at once, else -1."""
    rules = pool.rules[0]
    one = pool.items[at(item & rules.mask)]
    one.offered = now
    lane = _lane_for(pool, item, 1)
    one.lane = lane
    waits = pool.lanes[at(lane)].at_door or (rules.blocks and not _has_room(pool, lane))
    if waits or rules.until_outcome:
        withdraw(pool.calendar, pool.members, producer_of(pool, item))
    if waits:
        _come_to_door(pool, lane, item, now)
        return -1
    return item


@step
def bring_back(pool: StationState, item: int, now: float) -> None:
    """The return line, one item at the door, brings the one that has been due longest."""
    one = pool.items[at(item & pool.rules[0].mask)]
    withdraw(pool.returning, pool.items, item & pool.rules[0].mask)
    pool.state[0].return_at_door = 1
    lane = _lane_for(pool, item, one.attempt)
    one.lane = lane
    _come_to_door(pool, lane, item, now)
    call_door(pool, lane)


@step
def call_door(pool: StationState, lane: int) -> None:
    """Whoever has been at a door longest looks again, once all else of this instant is done."""
    state = pool.state[0]
    pool.calls[at((state.called + state.calls) & (len(pool.calls) - 1))] = lane
    state.calls += 1
    if state.calls == len(pool.calls):
        state.short = NO_CALLS


@step
def open_door(pool: StationState) -> int:
    """A place may have become free: the item that goes on, or -1."""
    state = pool.state[0]
    lane = pool.calls[at(state.called & (len(pool.calls) - 1))]
    state.called += 1
    state.calls -= 1
    if not pool.lanes[at(lane)].at_door or (pool.rules[0].blocks and not _has_room(pool, lane)):
        return -1
    line = line_of(pool, lane, AT_DOOR)
    item = line.first
    leave_line(line, pool.items, pool.rules[0].mask, item)
    pool.lanes[at(lane)].at_door -= 1
    return int(item)


@step
def enter(pool: StationState, item: int, now: float) -> int:
    """An item passes the door; the item that this is the end of, itself or another, or -1."""
    rules, state = pool.rules[0], pool.state[0]
    one = pool.items[at(item & rules.mask)]
    if one.attempt > 1:
        state.return_at_door = 0
    elif not rules.until_outcome:
        state.turning = item + rules.producers
    ended = -1
    if not _has_room(pool, one.lane):
        ended = _to_drop(pool, one.lane, one.level) if rules.drops else -1
        if ended < 0:
            one.outcome = _DROPPED if rules.drops else _REJECTED
            return item
        _leave(pool, ended, _DROPPED, now)
    _accept(pool, item, now)
    return ended


@step
def _accept(pool: StationState, item: int, now: float) -> None:
    """An item takes a place in the queue and wakes the worker that is idle longest."""
    rules, state = pool.rules[0], pool.state[0]
    slot = item & rules.mask
    one = pool.items[at(slot)]
    if one.attempt == 1:
        one.accepted = now
    one.row = state.rows
    row = pool.rows[at(state.rows)]
    row.item, row.attempt, row.enqueued = item, one.attempt, now
    row.started, row.finished, row.worker, row.outcome = NEVER, NEVER, -1, _UNFINISHED
    pool.lanes[at(one.lane)].waiting += 1
    # Whoever is accepted goes behind all others, also behind those of this very instant.
    join(line_of(pool, one.lane, LEVELS + one.level), pool.items, rules.mask, item, NEVER)
    state.rows += 1
    if state.rows == len(pool.rows):
        state.short = NO_ROWS
    if rules.has_patience:
        ends = past_stall(pool, now + drawn(pool.draws.patience, one.attempt, slot))
        set_due(pool.patience, pool.items, slot, ends, PATIENCE + item)
    worker = line_of(pool, one.lane, IDLE_WORKERS).first
    if worker >= 0:
        wake_at(pool, worker, now + drawn(pool.draws.hand_off, one.attempt, slot))


@step
def _to_drop(pool: StationState, lane: int, level: int) -> int:
    """The earliest of the least urgent that wait; -1 where the newcomer is less urgent yet."""
    for other in range(pool.rules[0].levels - 1, -1, -1):
        first = line_of(pool, lane, LEVELS + other).first
        if first >= 0:
            return first if level <= other else -1
    return -1


@step
def lose_patience(pool: StationState, item: int, now: float) -> int:
    """An item that has waited for too long leaves; it is the end of it."""
    _leave(pool, item, _ABANDONED, now)
    lane = pool.items[at(item & pool.rules[0].mask)].lane
    if pool.lanes[at(lane)].at_door:
        call_door(pool, lane)
    return item


@step
def _leave(pool: StationState, item: int, outcome: int, now: float) -> None:
    """A waiting item goes that was not served."""
    one = pool.items[at(item & pool.rules[0].mask)]
    row = pool.rows[at(one.row)]
    one.outcome = row.outcome = outcome
    row.finished = now
    quit_queue(pool, item)


@step
def quit_queue(pool: StationState, item: int) -> None:
    """An item does not wait any more."""
    mask = pool.rules[0].mask
    one = pool.items[at(item & mask)]
    leave_line(line_of(pool, one.lane, LEVELS + one.level), pool.items, mask, item)
    pool.lanes[at(one.lane)].waiting -= 1
    if pool.rules[0].has_patience:
        withdraw(pool.patience, pool.items, item & mask)
