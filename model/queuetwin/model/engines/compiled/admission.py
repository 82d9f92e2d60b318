"""Admission and the queue: an item is accepted, blocked or turned away, or leaves unserved.

Each step is one of the reference engine's; read it there first (`reference/station.py`).
"""

from __future__ import annotations

from queuetwin.model.base.arrays import NEVER
from queuetwin.model.engines.compiled.event_heap import cancel, schedule
from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import (
    NO_CHECKS,
    NO_ROWS,
    PATIENCE,
    StationState,
    past_stall,
    variate,
)
from queuetwin.model.engines.compiled.waiting_lines import (
    BLOCKED,
    IDLE_WORKERS,
    LEVELS,
    join,
    leave_line,
    line_of,
)
from queuetwin.model.engines.compiled.workers import wake_at
from queuetwin.model.records.run import Outcome

_REJECTED, _DROPPED = int(Outcome.REJECTED), int(Outcome.DROPPED)
_ABANDONED, _UNFINISHED = int(Outcome.ABANDONED), int(Outcome.UNFINISHED)


@step
def producer_of(station: StationState, item: int) -> int:
    """The member of the calendar that brings an item."""
    rules = station.rules[0]
    first = 3 * rules.workers + 1
    return int(first if rules.producers == 1 else first + item % rules.producers)


@step
def _lane_for(station: StationState, item: int, attempt: int) -> int:
    """The queue that an attempt is routed to."""
    rules, state, lanes = station.rules[0], station.state[0], station.lanes
    if rules.lanes == 1:
        return 0
    if rules.to_shortest:
        best, fewest = 0, -1
        for number in range(rules.lanes):
            lane = lanes[at(number)]
            count = lane.waiting + lane.blocked + lane.busy
            if fewest < 0 or count < fewest:
                best, fewest = number, count
        return best
    if rules.at_random:
        return int(variate(station.draws.route, attempt, item & rules.mask) * rules.lanes)
    state.routed += 1
    return int((state.routed - 1) % rules.lanes)


@step
def _has_room(station: StationState, lane: int) -> bool:
    """Whether an item may be accepted now."""
    rules = station.rules[0]
    if rules.capacity == 0:
        return bool(line_of(station, lane, IDLE_WORKERS).first >= 0)
    return bool(station.lanes[at(lane)].waiting < rules.capacity)


@step
def _block(station: StationState, lane: int, item: int, now: float) -> None:
    station.lanes[at(lane)].blocked += 1
    join(line_of(station, lane, BLOCKED), station.items, station.rules[0].mask, item, now)


@step
def arrive(station: StationState, item: int, now: float) -> int:
    """An item is offered; its number where it can be admitted at once, -1 where it is blocked."""
    rules = station.rules[0]
    item_row = station.items[at(item & rules.mask)]
    item_row.offered = now
    lane = _lane_for(station, item, 1)
    item_row.lane = lane
    waits = station.lanes[at(lane)].blocked or (rules.blocks and not _has_room(station, lane))
    if waits or rules.until_outcome:
        cancel(station.calendar, station.members, producer_of(station, item))
    if waits:
        _block(station, lane, item, now)
        return -1
    return item


@step
def offer_retry(station: StationState, item: int, now: float) -> None:
    """The retry that has been due longest is offered; no other retry is blocked."""
    item_row = station.items[at(item & station.rules[0].mask)]
    cancel(station.retries, station.items, item & station.rules[0].mask)
    station.state[0].retry_is_blocked = 1
    lane = _lane_for(station, item, item_row.attempt)
    item_row.lane = lane
    _block(station, lane, item, now)
    schedule_check(station, lane)


@step
def schedule_check(station: StationState, lane: int) -> None:
    """See whether a blocked item can be admitted, once all else of this instant is done."""
    state = station.state[0]
    station.checks[at((state.first_check + state.checks) & (len(station.checks) - 1))] = lane
    state.checks += 1
    if state.checks == len(station.checks):
        state.pause = NO_CHECKS


@step
def admit_blocked(station: StationState) -> int:
    """A place may have become free: the item to be admitted, or -1."""
    state = station.state[0]
    lane = station.checks[at(state.first_check & (len(station.checks) - 1))]
    state.first_check += 1
    state.checks -= 1
    blocks = station.rules[0].blocks
    if not station.lanes[at(lane)].blocked or (blocks and not _has_room(station, lane)):
        return -1
    line = line_of(station, lane, BLOCKED)
    item = line.first
    leave_line(line, station.items, station.rules[0].mask, item)
    station.lanes[at(lane)].blocked -= 1
    return int(item)


@step
def admit(station: StationState, item: int, now: float) -> int:
    """Accept an item or turn it away; the item that has its final outcome thereby, or -1."""
    rules, state = station.rules[0], station.state[0]
    item_row = station.items[at(item & rules.mask)]
    if item_row.attempt > 1:
        state.retry_is_blocked = 0
    elif not rules.until_outcome:
        state.to_plan = item + rules.producers
    ended = -1
    if not _has_room(station, item_row.lane):
        ended = _to_drop(station, item_row.lane, item_row.level) if rules.drops else -1
        if ended < 0:
            item_row.outcome = _DROPPED if rules.drops else _REJECTED
            return item
        _leave_unserved(station, ended, _DROPPED, now)
    _accept(station, item, now)
    return ended


@step
def _accept(station: StationState, item: int, now: float) -> None:
    """An item takes a place in the queue and wakes the worker that is idle longest."""
    rules, state = station.rules[0], station.state[0]
    slot = item & rules.mask
    item_row = station.items[at(slot)]
    if item_row.attempt == 1:
        item_row.accepted = now
    item_row.row = state.rows
    row = station.rows[at(state.rows)]
    row.item, row.attempt, row.enqueued = item, item_row.attempt, now
    row.started, row.finished, row.worker, row.outcome = NEVER, NEVER, -1, _UNFINISHED
    station.lanes[at(item_row.lane)].waiting += 1
    # An item goes behind all others, also behind those accepted at this very instant.
    line = line_of(station, item_row.lane, LEVELS + item_row.level)
    join(line, station.items, rules.mask, item, NEVER)
    state.rows += 1
    if state.rows == len(station.rows):
        state.pause = NO_ROWS
    if rules.has_patience:
        ends = past_stall(station, now + variate(station.draws.patience, item_row.attempt, slot))
        schedule(station.patience, station.items, slot, ends, PATIENCE + item)
    worker = line_of(station, item_row.lane, IDLE_WORKERS).first
    if worker >= 0:
        wake_at(station, worker, now + variate(station.draws.hand_off, item_row.attempt, slot))


@step
def _to_drop(station: StationState, lane: int, level: int) -> int:
    """The earliest of the least urgent waiting items; -1 where the newcomer is less urgent."""
    for other in range(station.rules[0].levels - 1, -1, -1):
        first = line_of(station, lane, LEVELS + other).first
        if first >= 0:
            return first if level <= other else -1
    return -1


@step
def renege(station: StationState, item: int, now: float) -> int:
    """An item whose patience is over leaves."""
    _leave_unserved(station, item, _ABANDONED, now)
    lane = station.items[at(item & station.rules[0].mask)].lane
    if station.lanes[at(lane)].blocked:
        schedule_check(station, lane)
    return item


@step
def _leave_unserved(station: StationState, item: int, outcome: int, now: float) -> None:
    """A waiting item leaves unserved."""
    item_row = station.items[at(item & station.rules[0].mask)]
    row = station.rows[at(item_row.row)]
    item_row.outcome = row.outcome = outcome
    row.finished = now
    leave_queue(station, item)


@step
def leave_queue(station: StationState, item: int) -> None:
    """Take an item out of the queue, to be served or to leave."""
    mask = station.rules[0].mask
    item_row = station.items[at(item & mask)]
    leave_line(line_of(station, item_row.lane, LEVELS + item_row.level), station.items, mask, item)
    station.lanes[at(item_row.lane)].waiting -= 1
    if station.rules[0].has_patience:
        cancel(station.patience, station.items, item & mask)
