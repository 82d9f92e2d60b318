"""One call: from a scenario and its draws to the tables of a Run, by a compiled kernel.

Where nothing overtakes and nothing comes back a recursion will do, which is several times
sooner done; everything else is for a calendar of events, which knows the whole language.
"""

from __future__ import annotations

from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.engines.compiled.event_driven import EventDrivenStation
from queuetwin.model.engines.compiled.fcfs import FcfsStation, is_fcfs
from queuetwin.model.engines.compiled.state_setup import NO_STALLS
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.stalls import Stalls
from queuetwin.model.records.run import Left, Records, presence_table
from queuetwin.model.records.tables import attempt_table, item_table
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.sampling.workload import CHUNK

__all__ = ["simulate_compiled"]


def simulate_compiled(
    scenario: Scenario, draws: Draws, outages: list[Outages], stalls: Stalls | None = None
) -> Records:
    """What happens to each item of the draws.

    Raises ScenarioError for an attempt that no up time is long enough for.
    """
    if stalls is not None:
        return _with_stalls(scenario, draws, outages, stalls)
    if is_fcfs(scenario, draws):
        return _in_order(scenario, draws)
    return _on_the_calendar(scenario, draws, outages, NO_STALLS)


def _with_stalls(
    scenario: Scenario, draws: Draws, outages: list[Outages], stalls: Stalls
) -> Records:
    """How many there will be is not known before the end, so a run may be repeated with more."""
    reaches = float(draws.gap.sum() + draws.lengths().sum())
    while True:
        edges = stalls.until(reaches)
        found = _on_the_calendar(scenario, draws, deepcopy(outages), edges)
        if found.window < edges[-1]:
            return found
        reaches = 2 * found.window


def _on_the_calendar(
    scenario: Scenario, draws: Draws, outages: list[Outages], stalls: NDArray[np.float64]
) -> Records:
    pool = EventDrivenStation(scenario, outages, stalls)
    some = (draws.part(first, first + CHUNK) for first in range(0, len(draws), CHUNK))
    parts = list(pool.parts(some))
    items, attempts = (
        {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
        for tables in ([one.items for one in parts], [one.attempts for one in parts])
    )
    return Records(
        items=item_table(
            **items,
            item_class=draws.item_class[: len(items["planned"])],
            priority=draws.priority[: len(items["planned"])],
        ),
        attempts=attempt_table(
            **attempts,
            released=draws.released(
                attempts["item"], attempts["attempt"], attempts["started"], attempts["finished"]
            ),
        ),
        workers=parts[-1].workers,
        window=pool.window,
        ended=pool.ended,
    )


def _in_order(scenario: Scenario, draws: Draws) -> Records:
    found = FcfsStation(scenario).serve(draws)
    outcome = found.outcome(draws.fails[0])
    served = np.flatnonzero(~np.isnan(found.started))
    attempt = np.ones(len(served), dtype=np.int16)
    window = float(np.nanmax(found.finished))
    crew = [(one, 0.0, window, Left.STAYED) for one in range(scenario.stage.workers.number)]
    return Records(
        items=item_table(
            planned=found.planned,
            offered=found.offered,
            accepted=found.accepted,
            outcome=outcome,
            finished=found.finished,
            item_class=draws.item_class,
            priority=draws.priority,
        ),
        attempts=attempt_table(
            item=served,
            attempt=attempt,
            enqueued=found.accepted[served],
            started=found.started[served],
            finished=found.finished[served],
            released=draws.released(served, attempt, found.started[served], found.finished[served]),
            worker=found.worker[served],
            outcome=outcome[served],
        ),
        workers=presence_table(crew, window),
        window=window,
        ended="complete",
    )
