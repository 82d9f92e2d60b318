"""The state of a station before its first event, and more room in its tables during a run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.engines.compiled.event_heap import new_heap
from queuetwin.model.engines.compiled.item_window import new_items
from queuetwin.model.engines.compiled.state import (
    LANE,
    LINE,
    MEMBER,
    OUTAGES,
    PRESENCE,
    ROW,
    RULES,
    SHIFTS,
    STATE,
    WORKER,
    StationState,
    StructArray,
    Variates,
)
from queuetwin.model.engines.compiled.waiting_lines import LEVELS
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Stage, Workers
from queuetwin.model.rules.attempt_duration import AttemptDuration
from queuetwin.model.rules.breakdowns import Outages

NO_STALLS = np.zeros(0)
_NO_LIMIT = 1 << 62
_OUTAGES_AHEAD = 64
_FEWEST_ITEMS, _FEWEST_ROWS = 2, 1024


def station_state(scenario: Scenario, outages: list[Outages], stalls: Floats) -> StationState:
    """The station before its first event; `stalls` alternate between begins and ends."""
    workers, attempts = scenario.stage.workers, scenario.stage.failures.attempts
    levels = max(len(priorities_of(scenario)), 1)
    lanes, members = workers.lanes, 3 * workers.most + 1 + scenario.arrivals.producers
    lines = np.full(lanes * (LEVELS + levels), -1, dtype=np.int64)
    station = StationState(
        rules=_rules(scenario, attempts, levels),
        state=_state(scenario.stage),
        items=new_items(_FEWEST_ITEMS),
        planned=np.empty(_FEWEST_ITEMS),
        draws=Variates(
            **{name: np.zeros((1, 1), dtype="?" if name == "fails" else "f8")
               for name in Variates._fields}
        ),
        rows=np.empty(_FEWEST_ROWS, dtype=ROW),
        workers=_workers(workers),
        lanes=np.zeros(lanes, dtype=LANE),
        lines=np.stack([lines, lines], axis=-1).view(LINE)[:, 0],
        calendar=new_heap(members),
        members=np.zeros(members, dtype=MEMBER),
        patience=new_heap(_FEWEST_ITEMS),
        retries=new_heap(_FEWEST_ITEMS),
        checks=np.zeros(64, dtype=np.int64),
        shifts=_shifts(workers),
        outages=np.zeros(0, dtype=OUTAGES),
        stalls=stalls,
        # A worker that has left joins again with a later shift, if at all.
        presences=np.zeros((len(workers.schedule) + 1) * workers.most, dtype=PRESENCE),
        slowdown=_slowdown(scenario.stage),
    )  # fmt: skip
    return more_outages(station, outages) if outages else station


def priorities_of(scenario: Scenario) -> list[int]:
    """The priorities of all items, the most urgent first; none where they do not count."""
    if scenario.stage.queue.order != "priority":
        return []
    return sorted({item_class.priority for item_class in scenario.classes} or {0})


def _row_of(dtype: np.dtype[Any], **fields: Any) -> StructArray:
    rows = np.zeros(1, dtype=dtype)
    for name, value in fields.items():
        rows[name] = value
    return rows


def _rules(scenario: Scenario, attempts: int, levels: int) -> StructArray:
    arrivals, stage = scenario.arrivals, scenario.stage
    queue, workers, breakdown = stage.queue, stage.workers, stage.workers.breakdown
    after_outage = breakdown.item if breakdown else None
    return _row_of(
        RULES,
        producers=arrivals.producers,
        by_schedule=arrivals.pacing == "schedule",
        until_outcome=arrivals.pacing == "outcome",
        duration=scenario.duration or np.inf,
        mask=_FEWEST_ITEMS - 1,
        lanes=workers.lanes,
        levels=levels,
        capacity=_NO_LIMIT if queue.capacity is None else queue.capacity,
        blocks=queue.when_full == "block",
        drops=queue.when_full == "drop-oldest",
        lifo=queue.order == "lifo",
        has_patience=queue.patience is not None,
        to_shortest=workers.routing == "shortest",
        at_random=workers.routes_at_random,
        workers=workers.most,
        always_staffed=not (breakdown or workers.schedule or workers.idle_timeout),
        idle_timeout=workers.idle_timeout or np.inf,
        breaks=breakdown is not None,
        restarts=after_outage == "restarted",
        fails_when_hit=after_outage == "failed",
        as_drawn=AttemptDuration(scenario.stage, []).is_plain and breakdown is None,
        time_limit=stage.failures.time_limit or np.inf,
        attempts=attempts,
    )


def _state(stage: Stage) -> StructArray:
    workers = stage.workers
    return _row_of(
        STATE,
        items=_NO_LIMIT,
        to_plan=-1,
        scheduled=workers.number,
        more_to_come=any(number for _, number in workers.schedule),
    )


def _workers(workers: Workers) -> StructArray:
    rows = np.zeros(workers.most, dtype=WORKER)
    rows["lane"] = [workers.lane_of(number) for number in range(workers.most)]
    rows["speed"] = workers.speeds or 1.0
    rows["present_since"] = rows["idle_since"] = np.nan
    return rows


def _shifts(workers: Workers) -> StructArray:
    rows = np.zeros(len(workers.schedule), dtype=SHIFTS)
    counts = [count for _, count in workers.schedule]
    rows["instant"] = [instant for instant, _ in workers.schedule]
    rows["count"] = counts
    rows["more_to_come"] = [any(counts[after:]) for after in range(1, len(counts) + 1)]
    return rows


def _slowdown(stage: Stage) -> NDArray[np.float64]:
    slowdown = np.zeros(stage.workers.most + 1)
    for busy, slower in stage.service.slowdown:
        slowdown[busy:] = slower
    return slowdown


# -- more room -------------------------------------------------------------------------------


def more_rows(station: StationState) -> StationState:
    """Room for half as many attempts again."""
    room = len(station.rows) * 3 // 2
    rows = np.empty(room, dtype=ROW)
    rows[: len(station.rows)] = station.rows
    return station._replace(rows=rows)


def more_checks(station: StationState) -> StationState:
    """Room for twice as many admission checks, rotated so that the first is in the first row."""
    state = station.state[0]
    checks = np.zeros(2 * len(station.checks), dtype=np.int64)
    checks[: len(station.checks)] = np.roll(
        station.checks, -int(state["first_check"]) % len(station.checks)
    )
    state["first_check"] = 0
    return station._replace(checks=checks)


def more_outages(station: StationState, outages: list[Outages]) -> StationState:
    """Draw the next outages of every worker.

    Raises ScenarioError for an attempt that no up time is long enough for.
    """
    state = station.state[0]
    now = float(state["now"])
    if state["pause"]:
        outages[int(state["worker"])].end(now, float(state["length"]))
    following = [worker.following(now, _OUTAGES_AHEAD) for worker in outages]
    ends = np.cumsum([len(down) for down, _ in following])
    station.workers["last_outage"] = ends
    station.workers["outage"] = ends - [len(down) for down, _ in following]
    rows = np.empty(int(ends[-1]), dtype=OUTAGES)
    rows["down"] = np.concatenate([down for down, _ in following])
    rows["back"] = np.concatenate([back for _, back in following])
    return station._replace(outages=rows)
