"""One call: from a scenario and its draws to the tables of a Run, by a compiled kernel.

Where nothing overtakes and nothing comes back a recursion will do, which is several times
sooner done; everything else is for a calendar of events, which knows the whole language.
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.draws import Draws
from queuetwin.model.fast_engine.calendar import run_until_short
from queuetwin.model.fast_engine.in_order import InOrder, nothing_overtakes
from queuetwin.model.fast_engine.preparation import more_calls, more_outages, more_rows, pool_of
from queuetwin.model.fast_engine.records import attempt_table, item_table
from queuetwin.model.fast_engine.tables import DONE, NO_CALLS, NO_OUTAGES, NO_ROWS, Pool
from queuetwin.model.outages import Outages
from queuetwin.model.run import Left, Outcome, Presence, Records, presence_table
from queuetwin.model.scenario import Scenario
from queuetwin.model.stalls import Stalls

__all__ = ["run_calendar", "simulate_fast"]


def simulate_fast(
    scenario: Scenario, draws: Draws, outages: list[Outages], stalls: Stalls | None = None
) -> Records:
    """What happens to each item of the draws.

    Raises ScenarioError for an attempt that no up time is long enough for.
    """
    if stalls is not None:
        return _stalling(scenario, draws, outages, stalls)
    if nothing_overtakes(scenario, draws):
        return _in_order(scenario, draws)
    pool = run_calendar(pool_of(scenario, draws, outages), outages)
    return _records(pool, draws)


def _stalling(scenario: Scenario, draws: Draws, outages: list[Outages], stalls: Stalls) -> Records:
    """The same with stalls.  How many there will be is not known before the end of the run."""
    reaches = float(draws.gap.sum() + draws.lengths().sum())
    while True:
        edges = stalls.until(reaches)
        pool = run_calendar(pool_of(scenario, draws, outages, edges), outages)
        ends = float(pool.state[0]["now"])
        if ends < edges[-1]:
            return _records(pool, draws)
        reaches = 2 * ends


def run_calendar(pool: Pool, outages: list[Outages]) -> Pool:
    """Go on until all has ended, making room whenever something is short."""
    while (short := run_until_short(pool)) != DONE:
        if short == NO_ROWS:
            pool = more_rows(pool)
        elif short == NO_CALLS:
            pool = more_calls(pool)
        elif short == NO_OUTAGES:
            pool = more_outages(pool, outages)
        else:
            raise AssertionError("the calendar ran out before the items did")
        pool.state["short"] = 0
    return pool


def _records(pool: Pool, draws: Draws) -> Records:
    state, items = pool.state[0], pool.items
    window = float(state["now"])
    rows = pool.rows[: int(state["rows"])]
    rows = rows[np.argsort(rows["item"], kind="stable")]
    for name in ("offered", "accepted", "ended"):
        items[name][items["attempt"] == 0] = np.nan
    outcome = items["outcome"]
    outcome[(outcome == Outcome.NOT_OFFERED) & ~np.isnan(items["offered"])] = Outcome.UNFINISHED
    return Records(
        items=item_table(
            draws,
            planned=pool.planned,
            offered=items["offered"],
            accepted=items["accepted"],
            outcome=outcome,
            finished=items["ended"],
        ),
        attempts=attempt_table(draws, **{name: rows[name] for name in rows.dtype.names or ()}),
        workers=presence_table(_presences(pool, window), window),
        window=window,
        ended="no worker left" if state["nobody_left"] else "complete",
    )


def _presences(pool: Pool, window: float) -> list[Presence]:
    """Every presence so far, those that last until the end of the window too."""
    ended = pool.presences[: int(pool.state[0]["presences"])]
    came = pool.workers["came"]
    return [
        (int(one["worker"]), float(one["came"]), float(one["until"]), Left(one["why"]))
        for one in ended
    ] + [(int(one), float(came[one]), window, Left.STAYED) for one in np.flatnonzero(came >= 0)]


def _in_order(scenario: Scenario, draws: Draws) -> Records:
    found = InOrder(scenario).serve(draws)
    outcome = found.outcome(draws.fails[0])
    served = np.flatnonzero(~np.isnan(found.started))
    window = float(np.nanmax(found.finished))
    crew = [(one, 0.0, window, Left.STAYED) for one in range(scenario.stage.workers.number)]
    return Records(
        items=item_table(
            draws,
            planned=found.planned,
            offered=found.offered,
            accepted=found.accepted,
            outcome=outcome,
            finished=found.finished,
        ),
        attempts=attempt_table(
            draws,
            item=served,
            attempt=np.ones(len(served), dtype=np.int16),
            enqueued=found.accepted[served],
            started=found.started[served],
            finished=found.finished[served],
            worker=found.worker[served],
            outcome=outcome[served],
        ),
        workers=presence_table(crew, window),
        window=window,
        ended="complete",
    )
