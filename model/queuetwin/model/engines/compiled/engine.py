"""One call: from a scenario and its draws to the tables of a Run, by a compiled kernel.

First come first served without retries needs only a recursion, which is several times faster;
everything else is for the event-driven engine, which knows the whole language.
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
from queuetwin.model.records.run import Left, Records
from queuetwin.model.records.tables import attempt_table, item_table, presence_table
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.sampling.workload import CHUNK


def simulate_compiled(
    scenario: Scenario, draws: Draws, outages: list[Outages], stalls: Stalls | None = None
) -> Records:
    """What happens to each item of the draws.

    Raises ScenarioError for an attempt that no up time is long enough for.
    """
    if stalls is not None:
        return _with_stalls(scenario, draws, outages, stalls)
    if is_fcfs(scenario, draws):
        return _fcfs(scenario, draws)
    return _event_driven(scenario, draws, outages, NO_STALLS)


def _with_stalls(
    scenario: Scenario, draws: Draws, outages: list[Outages], stalls: Stalls
) -> Records:
    """Run with the stalls up to a guessed end, and again with more where the run goes beyond."""
    reaches = float(draws.gap.sum() + draws.lengths().sum())
    while True:
        edges = stalls.until(reaches)
        records = _event_driven(scenario, draws, deepcopy(outages), edges)
        if records.window < edges[-1]:
            return records
        reaches = 2 * records.window


def _event_driven(
    scenario: Scenario, draws: Draws, outages: list[Outages], stalls: NDArray[np.float64]
) -> Records:
    station = EventDrivenStation(scenario, outages, stalls)
    chunks = (draws.part(first, first + CHUNK) for first in range(0, len(draws), CHUNK))
    parts = list(station.parts(chunks))
    items, attempts = (
        {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
        for tables in ([part.items for part in parts], [part.attempts for part in parts])
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
        window=station.window,
        ended=station.ended,
    )


def _fcfs(scenario: Scenario, draws: Draws) -> Records:
    served = FcfsStation(scenario).serve(draws)
    outcome = served.outcome(draws.fails[0])
    rows = np.flatnonzero(~np.isnan(served.started))
    attempt = np.ones(len(rows), dtype=np.int16)
    window = float(np.nanmax(served.finished))
    presences = [
        (worker, 0.0, window, Left.STAYED) for worker in range(scenario.stage.workers.number)
    ]
    return Records(
        items=item_table(
            planned=served.planned,
            offered=served.offered,
            accepted=served.accepted,
            outcome=outcome,
            finished=served.finished,
            item_class=draws.item_class,
            priority=draws.priority,
        ),
        attempts=attempt_table(
            item=rows,
            attempt=attempt,
            enqueued=served.accepted[rows],
            started=served.started[rows],
            finished=served.finished[rows],
            released=draws.released(rows, attempt, served.started[rows], served.finished[rows]),
            worker=served.worker[rows],
            outcome=outcome[rows],
        ),
        workers=presence_table(presences, window),
        window=window,
        ended="complete",
    )
