"""A run too long to be held: rows in item order, chunk by chunk, and then forgotten.

They carry the columns that measures read, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from queuetwin.model.draws import Draws
from queuetwin.model.fast_engine.in_order import InOrder, Served, nothing_overtakes
from queuetwin.model.measures import Rows
from queuetwin.model.scenario import Scenario
from queuetwin.model.workload import CHUNK, Workload

__all__ = ["can_stream", "stream"]


def can_stream(scenario: Scenario, draws: Draws) -> bool:
    """Whether this scenario's rows can be told chunk by chunk, to judge by its first draws."""
    return scenario.arrivals.producers == 1 and nothing_overtakes(scenario, draws)


def stream(scenario: Scenario, workload: Workload, size: int = CHUNK) -> Iterator[Rows]:
    """The rows of a run in order, `size` at a time; `can_stream` says for which scenarios."""
    pool = InOrder(scenario)
    for draws in workload.chunks(size):
        yield _rows(draws, pool.serve(draws))


def _rows(draws: Draws, found: Served) -> Rows:
    outcome = found.outcome(draws.fails[0])
    served = np.flatnonzero(found.worker >= 0)
    everyone = len(served) == len(outcome)
    of_served = slice(None) if everyone else served
    return Rows(
        items={
            "planned": found.planned,
            "offered": found.offered,
            "accepted": found.accepted,
            "outcome": outcome,
            "finished": found.finished,
        },
        attempts={
            "item": served + draws.first,
            "attempt": np.ones(len(served), dtype=np.int16),
            "enqueued": found.accepted[of_served],
            "started": found.started[of_served],
            "finished": found.finished[of_served],
            "outcome": outcome[of_served],
        },
        workers={},
        window=np.inf,
        first=draws.first,
    )
