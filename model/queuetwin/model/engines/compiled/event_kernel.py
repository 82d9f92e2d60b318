"""The event loop of the compiled engine.

Law: the same events as in the reference engine, in the same order (instant, rank and number), with
the same sums, so every instant is the same to the last bit.  An event has up to four parts, in
this order: what it does, which item it admits, which item has its final outcome thereby, and
which producer plans its next item.  Between two events the loop can be left and entered again.
"""

from __future__ import annotations

import math

from queuetwin.model.engines.compiled.admission import (
    admit,
    admit_blocked,
    arrive,
    offer_retry,
    producer_of,
    renege,
)
from queuetwin.model.engines.compiled.event_heap import cancel, is_before, schedule
from queuetwin.model.engines.compiled.jit import at, kernel, step
from queuetwin.model.engines.compiled.service import complete, start
from queuetwin.model.engines.compiled.state import (
    ADMISSION,
    ARRIVAL,
    COMPLETION,
    DONE,
    IDLE_TIMEOUT,
    NO_DRAWS,
    NUMBER,
    OUTAGE,
    PATIENCE,
    RETRY,
    SHIFT,
    START,
    STUCK,
    StationState,
    past_stall,
    variate,
)
from queuetwin.model.engines.compiled.workers import begin, break_down, shift, time_out


@kernel
def run_until_paused(station: StationState) -> int:
    """Run until all items have ended or something has to be made first; why it paused."""
    state = station.state[0]
    if not state.begun:
        _begin(station)
    while not state.pause:
        if state.to_plan >= 0:
            if state.drawn <= state.to_plan < state.items:
                return NO_DRAWS
            _plan(station, state.to_plan, state.now)
            state.to_plan = -1
        if not state.open_items or state.no_worker_left:
            return DONE
        order = _advance(station)
        number = order & NUMBER
        ended = _process(station, order - number, number, state.now)
        if ended >= 0:
            _record_outcome(station, ended, state.now)
    return int(state.pause)


@step
def _advance(station: StationState) -> int:
    """Move the clock to the next event; its rank plus number."""
    state = station.state[0]
    soonest = station.calendar[1]
    instant, order = soonest.instant, soonest.order
    ends = station.patience[1]
    if not is_before(instant, order, ends):
        instant, order = ends.instant, ends.order
    if not state.retry_is_blocked:
        back = station.retries[1]
        due = max(back.instant, state.now)
        if due < instant or (due == instant and back.order < order):
            instant, order = due, back.order
    if state.checks and (state.now < instant or order > ADMISSION):
        return ADMISSION
    if instant == math.inf:
        state.pause = STUCK
    state.now = instant
    return int(order)


@step
def _process(station: StationState, rank: int, number: int, now: float) -> int:
    """Carry out one event; the item that has its final outcome thereby, or -1."""
    if rank == COMPLETION:
        return complete(station, number, now)
    if rank == PATIENCE:
        return renege(station, number, now)
    admitted = -1
    if rank == ARRIVAL:
        admitted = arrive(station, number, now)
    elif rank == ADMISSION:
        admitted = admit_blocked(station)
    elif rank == RETRY:
        offer_retry(station, number, now)
    else:
        _process_worker_event(station, rank, number, now)
    return admit(station, admitted, now) if admitted >= 0 else -1


@step
def _process_worker_event(station: StationState, rank: int, number: int, now: float) -> None:
    """A worker starts, joins or leaves."""
    if rank == START:
        start(station, number, now)
    elif rank == IDLE_TIMEOUT:
        time_out(station, number, now)
    elif rank == OUTAGE:
        break_down(station, number, now)
    elif rank == SHIFT:
        shift(station, number, now)


@step
def _record_outcome(station: StationState, item: int, now: float) -> None:
    """An item has its final outcome; its user, if it has one, turns to the next."""
    station.state[0].open_items -= 1
    station.items[at(item & station.rules[0].mask)].ended = now
    if station.rules[0].until_outcome:
        station.state[0].to_plan = item + station.rules[0].producers


@step
def _begin(station: StationState) -> None:
    """Workers join, and each producer plans its first item."""
    state = station.state[0]
    state.begun = 1
    begin(station)
    for item in range(min(station.rules[0].producers, state.items)):
        _plan(station, item, 0.0)


@step
def _plan(station: StationState, item: int, free: float) -> None:
    """A producer that is free since an instant plans its next item, unless time is over."""
    rules, state = station.rules[0], station.state[0]
    producer = producer_of(station, item)
    if item >= state.items:
        cancel(station.calendar, station.members, producer)
        return
    slot = item & rules.mask
    planned = station.planned[at(slot)]
    if not rules.by_schedule:
        planned = free + variate(station.draws.gap, 1, slot)
        if planned >= rules.duration:
            cancel(station.calendar, station.members, producer)
            return
        station.planned[at(slot)] = planned
    state.open_items += 1
    earliest = planned if planned > free else free
    offered = past_stall(station, earliest + variate(station.draws.lateness, 1, slot))
    schedule(station.calendar, station.members, producer, offered, ARRIVAL + item)
