"""Which workers are available: they idle, wake up, break down, join and leave.

Each step is one of the reference engine's; read it there first (`reference/workers.py`).  The
members of the calendar are workers, their idle timeouts, their outages, the next shift and
producers, in this order.
"""

from __future__ import annotations

import math

from queuetwin.model.base.arrays import NEVER
from queuetwin.model.engines.compiled.event_heap import cancel, schedule
from queuetwin.model.engines.compiled.jit import at, step
from queuetwin.model.engines.compiled.state import (
    IDLE_TIMEOUT,
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

_IDLE_TIMEOUT, _SCHEDULE = int(Left.IDLE_TIMEOUT), int(Left.SCHEDULE)
_WORKERS = -1  # as a mask: a worker's row is its number


@step
def begin(station: StationState) -> None:
    """The first workers join, and the first shift is scheduled."""
    rules, state = station.rules[0], station.state[0]
    for worker in range(state.scheduled):
        _join(station, worker, 0.0)
        begin_idle(station, worker, 0.0)
    if len(station.shifts):
        first = past_stall(station, station.shifts[0].instant)
        schedule(station.calendar, station.members, 3 * rules.workers, first, SHIFT)


# -- idle ------------------------------------------------------------------------------------


@step
def begin_idle(station: StationState, worker: int, now: float) -> None:
    """A worker has found nothing to do; its idle timeout and its next outage are scheduled."""
    rules, row = station.rules[0], station.workers[at(worker)]
    cancel(station.calendar, station.members, worker)
    join(line_of(station, row.lane, IDLE_WORKERS), station.workers, _WORKERS, worker, now)
    if rules.always_staffed:
        return
    if math.isnan(row.idle_since):
        row.idle_since = now
    if rules.idle_timeout < math.inf:
        due = past_stall(station, max(row.idle_since + rules.idle_timeout, now))
        schedule(
            station.calendar, station.members, rules.workers + worker, due, IDLE_TIMEOUT + worker
        )
    if rules.breaks:
        find_outage(station, worker, now)
        down = past_stall(station, station.outages[at(row.outage)].down)
        schedule(
            station.calendar, station.members, 2 * rules.workers + worker, down, OUTAGE + worker
        )


@step
def _end_idle(station: StationState, worker: int) -> None:
    rules, row = station.rules[0], station.workers[at(worker)]
    leave_line(line_of(station, row.lane, IDLE_WORKERS), station.workers, _WORKERS, worker)
    if not rules.always_staffed:
        cancel(station.calendar, station.members, rules.workers + worker)
        cancel(station.calendar, station.members, 2 * rules.workers + worker)


@step
def wake_at(station: StationState, worker: int, instant: float) -> None:
    """An idle worker is woken, and will be awake then."""
    _end_idle(station, worker)
    schedule(
        station.calendar, station.members, worker, past_stall(station, instant), START + worker
    )


@step
def time_out(station: StationState, worker: int, now: float) -> None:
    """A worker has been idle for too long, and leaves for good."""
    _end_idle(station, worker)
    station.workers[at(worker)].timed_out = 1
    station.state[0].timed_out += 1
    _leave(station, worker, now, _IDLE_TIMEOUT)


# -- away ------------------------------------------------------------------------------------


@step
def leave_or_repair(station: StationState, worker: int, now: float) -> bool:
    """Send a worker away that was about to start, where it has to; whether it was sent away."""
    state, row = station.state[0], station.workers[at(worker)]
    was_woken = not math.isnan(row.idle_since)
    if state.present > state.scheduled:
        cancel(station.calendar, station.members, worker)
        _leave(station, worker, now, _SCHEDULE)
    elif station.rules[0].breaks and station.outages[at(row.outage)].down <= now:
        row.idle_since = NEVER
        back = past_stall(station, station.outages[at(row.outage)].back)
        schedule(station.calendar, station.members, worker, back, START + worker)
    else:
        return False
    other = line_of(station, row.lane, IDLE_WORKERS).first
    if was_woken and other >= 0 and station.lanes[at(row.lane)].waiting:
        wake_at(station, other, now)
    return True


@step
def shift(station: StationState, number: int, now: float) -> None:
    """Another number of workers is wanted from now on."""
    rules, state = station.rules[0], station.state[0]
    state.scheduled = station.shifts[at(number)].count
    state.more_to_come = station.shifts[at(number)].more_to_come
    if number + 1 < len(station.shifts):
        later = past_stall(station, station.shifts[at(number + 1)].instant)
        schedule(station.calendar, station.members, 3 * rules.workers, later, SHIFT + number + 1)
    else:
        cancel(station.calendar, station.members, 3 * rules.workers)
    first = line_of(station, 0, IDLE_WORKERS).first
    while state.present > state.scheduled and first >= 0:
        _end_idle(station, first)
        _leave(station, first, now, _SCHEDULE)
        first = line_of(station, 0, IDLE_WORKERS).first
    for worker in range(rules.workers):
        row = station.workers[at(worker)]
        if state.present < state.scheduled and math.isnan(row.present_since) and not row.timed_out:
            _join(station, worker, now)
            schedule(station.calendar, station.members, worker, now, START + worker)


@step
def _join(station: StationState, worker: int, now: float) -> None:
    station.workers[at(worker)].present_since = now
    station.state[0].present += 1


@step
def _leave(station: StationState, worker: int, now: float, why: int) -> None:
    """A worker leaves; the run is over when it was the last and none will come."""
    state, row = station.state[0], station.workers[at(worker)]
    presence = station.presences[at(state.presences)]
    presence.worker, presence.present_since = worker, row.present_since
    presence.until, presence.why = now, why
    state.presences += 1
    row.present_since = row.idle_since = NEVER
    state.present -= 1
    all_timed_out = state.timed_out == station.rules[0].workers
    if not state.present and (all_timed_out or not state.more_to_come):
        state.no_worker_left = 1


# -- outages ---------------------------------------------------------------------------------


@step
def find_outage(station: StationState, worker: int, now: float) -> bool:
    """Find the first outage that ends after this instant; False where none was drawn yet."""
    row = station.workers[at(worker)]
    while row.outage < row.last_outage:
        if station.outages[at(row.outage)].back > now:
            return True
        row.outage += 1
    state = station.state[0]
    state.pause, state.worker, state.length = NO_OUTAGES, worker, 0.0
    return False


@step
def break_down(station: StationState, worker: int, now: float) -> None:
    """An idle worker goes down, and is back after its repair."""
    row = station.workers[at(worker)]
    _end_idle(station, worker)
    row.idle_since = NEVER
    # A repair can be too short for the clock: then the worker is back as it goes down.
    outage = station.outages[at(row.outage)]
    back = past_stall(station, outage.back) if outage.down <= now else now
    schedule(station.calendar, station.members, worker, back, START + worker)


@step
def attempt_end(
    station: StationState, worker: int, start: float, length: float
) -> tuple[float, bool]:
    """When an attempt that begins now will end, and whether an outage makes it fail.

    NaN where that depends on outages that were not drawn yet.
    """
    rules, row = station.rules[0], station.workers[at(worker)]
    finish = start + length
    for number in range(row.outage, row.last_outage):
        outage = station.outages[at(number)]
        if outage.down >= finish:
            return finish, False
        if rules.fails_when_hit:
            return outage.down, True
        if rules.restarts:
            if number - row.outage >= MOST_RESTARTS:
                break
            finish = outage.back + length
        else:
            finish += outage.back - outage.down
    return NEVER, False
