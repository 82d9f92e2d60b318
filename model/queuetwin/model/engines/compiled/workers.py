"""Who is there to serve: workers that idle, wake up, break down, come and leave.

Each step is one of the reference model's; read it there first (`simpy_engine/crew.py`).  The
members of the calendar are workers, their idle timers, their outages, the shift and producers.
"""

from __future__ import annotations

import math

from queuetwin.model.base.arrays import NEVER
from queuetwin.model.engines.compiled.event_heap import set_due, withdraw
from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import (
    IDLE,
    NO_OUTAGES,
    OUTAGE,
    SHIFT,
    START,
    StationState,
    past_stall,
)
from queuetwin.model.engines.compiled.waiting_lines import IDLE_WORKERS, join, leave_line, line_of
from queuetwin.model.records.run import Left
from queuetwin.model.rules.breakdowns import MOST_RESTARTS

__all__ = [
    "break_down",
    "come",
    "end_of",
    "foresee",
    "idle",
    "is_away",
    "shift",
    "time_out",
    "wake_at",
]

_IDLE_TIMEOUT, _SCHEDULE = int(Left.IDLE_TIMEOUT), int(Left.SCHEDULE)
_WORKERS = -1  # as a mask: the rows of workers are their numbers


@step
def come(pool: StationState) -> None:
    """The first workers come, and the first change of their number is noted."""
    rules, state = pool.rules[0], pool.state[0]
    for worker in range(state.wanted):
        _join_in(pool, worker, 0.0)
        idle(pool, worker, 0.0)
    if len(pool.shifts):
        first = past_stall(pool, pool.shifts[0].instant)
        set_due(pool.calendar, pool.members, 3 * rules.workers, first, SHIFT)


# -- idle ------------------------------------------------------------------------------------


@step
def idle(pool: StationState, worker: int, now: float) -> None:
    """A worker finds nothing to do, and does not wait for ever."""
    rules, one = pool.rules[0], pool.workers[at(worker)]
    withdraw(pool.calendar, pool.members, worker)
    join(line_of(pool, one.lane, IDLE_WORKERS), pool.workers, _WORKERS, worker, now)
    if rules.all_stay:
        return
    if math.isnan(one.idle_since):
        one.idle_since = now
    if rules.idle_timeout < math.inf:
        due = past_stall(pool, max(one.idle_since + rules.idle_timeout, now))
        set_due(pool.calendar, pool.members, rules.workers + worker, due, IDLE + worker)
    if rules.breaks:
        foresee(pool, worker, now)
        down = past_stall(pool, pool.outages[at(one.outage)].down)
        set_due(pool.calendar, pool.members, 2 * rules.workers + worker, down, OUTAGE + worker)


@step
def _be_idle_no_more(pool: StationState, worker: int) -> None:
    rules, one = pool.rules[0], pool.workers[at(worker)]
    leave_line(line_of(pool, one.lane, IDLE_WORKERS), pool.workers, _WORKERS, worker)
    if not rules.all_stay:
        withdraw(pool.calendar, pool.members, rules.workers + worker)
        withdraw(pool.calendar, pool.members, 2 * rules.workers + worker)


@step
def wake_at(pool: StationState, worker: int, instant: float) -> None:
    """An idle worker is woken, and will be awake then."""
    _be_idle_no_more(pool, worker)
    set_due(pool.calendar, pool.members, worker, past_stall(pool, instant), START + worker)


@step
def time_out(pool: StationState, worker: int, now: float) -> None:
    """A worker has been idle for too long, and leaves for good."""
    _be_idle_no_more(pool, worker)
    pool.workers[at(worker)].gone = 1
    pool.state[0].gone += 1
    _leave(pool, worker, now, _IDLE_TIMEOUT)


# -- away ------------------------------------------------------------------------------------


@step
def is_away(pool: StationState, worker: int, now: float) -> bool:
    """Whether a worker that was about to start is down, or has to leave."""
    state, one = pool.state[0], pool.workers[at(worker)]
    was_woken = not math.isnan(one.idle_since)
    if state.present > state.wanted:
        withdraw(pool.calendar, pool.members, worker)
        _leave(pool, worker, now, _SCHEDULE)
    elif pool.rules[0].breaks and pool.outages[at(one.outage)].down <= now:
        one.idle_since = NEVER
        back = past_stall(pool, pool.outages[at(one.outage)].back)
        set_due(pool.calendar, pool.members, worker, back, START + worker)
    else:
        return False
    other = line_of(pool, one.lane, IDLE_WORKERS).first
    if was_woken and other >= 0 and pool.lanes[at(one.lane)].waiting:
        wake_at(pool, other, now)
    return True


@step
def shift(pool: StationState, number: int, now: float) -> None:
    """Another number of workers is wanted from now on."""
    rules, state = pool.rules[0], pool.state[0]
    state.wanted = pool.shifts[at(number)].count
    state.more_to_come = pool.shifts[at(number)].more_to_come
    if number + 1 < len(pool.shifts):
        later = past_stall(pool, pool.shifts[at(number + 1)].instant)
        set_due(pool.calendar, pool.members, 3 * rules.workers, later, SHIFT + number + 1)
    else:
        withdraw(pool.calendar, pool.members, 3 * rules.workers)
    first = line_of(pool, 0, IDLE_WORKERS).first
    while state.present > state.wanted and first >= 0:
        _be_idle_no_more(pool, first)
        _leave(pool, first, now, _SCHEDULE)
        first = line_of(pool, 0, IDLE_WORKERS).first
    for worker in range(rules.workers):
        one = pool.workers[at(worker)]
        if state.present < state.wanted and math.isnan(one.came) and not one.gone:
            _join_in(pool, worker, now)
            set_due(pool.calendar, pool.members, worker, now, START + worker)


@step
def _join_in(pool: StationState, worker: int, now: float) -> None:
    pool.workers[at(worker)].came = now
    pool.state[0].present += 1


@step
def _leave(pool: StationState, worker: int, now: float, why: int) -> None:
    """A worker leaves; the run is over when it was the last and none will come."""
    state, one = pool.state[0], pool.workers[at(worker)]
    presence = pool.presences[at(state.presences)]
    presence.worker, presence.came, presence.until, presence.why = worker, one.came, now, why
    state.presences += 1
    one.came = one.idle_since = NEVER
    state.present -= 1
    if not state.present and not (state.more_to_come and state.gone < pool.rules[0].workers):
        state.nobody_left = 1


# -- outages ---------------------------------------------------------------------------------


@step
def foresee(pool: StationState, worker: int, now: float) -> bool:
    """Turn to the first outage that ends after this instant; False where none was drawn yet."""
    one = pool.workers[at(worker)]
    while one.outage < one.last_outage:
        if pool.outages[at(one.outage)].back > now:
            return True
        one.outage += 1
    state = pool.state[0]
    state.short, state.worker, state.length = NO_OUTAGES, worker, 0.0
    return False


@step
def break_down(pool: StationState, worker: int, now: float) -> None:
    """An idle worker goes down, and is back after its repair."""
    one = pool.workers[at(worker)]
    _be_idle_no_more(pool, worker)
    one.idle_since = NEVER
    # A repair can be too short for the clock: then the worker is back as it goes down.
    outage = pool.outages[at(one.outage)]
    back = past_stall(pool, outage.back) if outage.down <= now else now
    set_due(pool.calendar, pool.members, worker, back, START + worker)


@step
def end_of(pool: StationState, worker: int, start: float, length: float) -> tuple[float, bool]:
    """When an attempt that begins now will end, and whether an outage makes it fail.

    NaN where that depends on outages that were not drawn yet.
    """
    rules, one = pool.rules[0], pool.workers[at(worker)]
    finish = start + length
    for number in range(one.outage, one.last_outage):
        outage = pool.outages[at(number)]
        if outage.down >= finish:
            return finish, False
        if rules.fails_when_hit:
            return outage.down, True
        if rules.restarts:
            if number - one.outage >= MOST_RESTARTS:
                break
            finish = outage.back + length
        else:
            finish += outage.back - outage.down
    return NEVER, False
