"""The whole language on a compiled calendar: what happens next, until all has ended.

Law: the same events as in the reference model, in the same order (instant, rank and number), with
the same sums, so every instant is the same to the last bit.  One event has up to four parts, in
turn: what it does, whose way through the door that opens, whose end that is, and which producer
turns to its next item.  Between two events the run can be left and taken up again.
"""

from __future__ import annotations

import math

from queuetwin.model.engines.compiled.admission import (
    arrive,
    bring_back,
    enter,
    lose_patience,
    open_door,
    producer_of,
)
from queuetwin.model.engines.compiled.event_heap import is_before, set_due, withdraw
from queuetwin.model.engines.compiled.jit import at, kernel, step
from queuetwin.model.engines.compiled.service import complete, start
from queuetwin.model.engines.compiled.state import (
    ARRIVAL,
    COMPLETION,
    DONE,
    DOOR,
    IDLE,
    NO_DRAWS,
    NUMBER,
    OUTAGE,
    PATIENCE,
    RETURN,
    SHIFT,
    START,
    STUCK,
    StationState,
    drawn,
    past_stall,
)
from queuetwin.model.engines.compiled.workers import break_down, come, shift, time_out

__all__ = ["run_until_short"]


@kernel
def run_until_short(pool: StationState) -> int:
    """Go on until all has ended, or until something is short: what it is."""
    state = pool.state[0]
    if not state.begun:
        _begin(pool)
    while not state.short:
        if state.turning >= 0:
            if state.drawn <= state.turning < state.items:
                return NO_DRAWS
            _turn(pool, state.turning, state.now)
            state.turning = -1
        if not state.open or state.nobody_left:
            return DONE
        order = _next(pool)
        number = order & NUMBER
        ended = _happen(pool, order - number, number, state.now)
        if ended >= 0:
            _end(pool, ended, state.now)
    return int(state.short)


@step
def _next(pool: StationState) -> int:
    """What comes next: its rank and number; the clock moves on to it."""
    state = pool.state[0]
    soonest = pool.calendar[1]
    instant, order = soonest.instant, soonest.order
    ends = pool.patience[1]
    if not is_before(instant, order, ends):
        instant, order = ends.instant, ends.order
    if not state.return_at_door:
        back = pool.returning[1]
        due = max(back.instant, state.now)
        if due < instant or (due == instant and back.order < order):
            instant, order = due, back.order
    if state.calls and (state.now < instant or order > DOOR):
        return DOOR
    if instant == math.inf:
        state.short = STUCK
    state.now = instant
    return int(order)


@step
def _happen(pool: StationState, rank: int, number: int, now: float) -> int:
    """One event; the item that this is the end of, or -1."""
    if rank == COMPLETION:
        return complete(pool, number, now)
    if rank == PATIENCE:
        return lose_patience(pool, number, now)
    passes = -1
    if rank == ARRIVAL:
        passes = arrive(pool, number, now)
    elif rank == DOOR:
        passes = open_door(pool)
    elif rank == RETURN:
        bring_back(pool, number, now)
    else:
        _attend(pool, rank, number, now)
    return enter(pool, passes, now) if passes >= 0 else -1


@step
def _attend(pool: StationState, rank: int, number: int, now: float) -> None:
    """A worker starts, comes or goes."""
    if rank == START:
        start(pool, number, now)
    elif rank == IDLE:
        time_out(pool, number, now)
    elif rank == OUTAGE:
        break_down(pool, number, now)
    elif rank == SHIFT:
        shift(pool, number, now)


@step
def _end(pool: StationState, item: int, now: float) -> None:
    """The last word on an item; its user, where it has one, turns to the next."""
    pool.state[0].open -= 1
    pool.items[at(item & pool.rules[0].mask)].ended = now
    if pool.rules[0].until_outcome:
        pool.state[0].turning = item + pool.rules[0].producers


@step
def _begin(pool: StationState) -> None:
    """Workers come, and each producer turns to its first item."""
    state = pool.state[0]
    state.begun = 1
    come(pool)
    for item in range(min(pool.rules[0].producers, state.items)):
        _turn(pool, item, 0.0)


@step
def _turn(pool: StationState, item: int, last: float) -> None:
    """A producer turns to its next item, at the return of its last put.

    By gap the item is planned from there; a user's from the last word on its last item.
    """
    rules, state = pool.rules[0], pool.state[0]
    producer = producer_of(pool, item)
    if item >= state.items:
        withdraw(pool.calendar, pool.members, producer)
        return
    slot = item & rules.mask
    planned = pool.planned[at(slot)]
    if not rules.by_schedule:
        planned = last + drawn(pool.draws.gap, 1, slot)
        if planned >= rules.end:
            withdraw(pool.calendar, pool.members, producer)
            return
        pool.planned[at(slot)] = planned
    state.open += 1
    could = planned if planned > last else last
    offered = past_stall(pool, could + drawn(pool.draws.lateness, 1, slot))
    set_due(pool.calendar, pool.members, producer, offered, ARRIVAL + item)
