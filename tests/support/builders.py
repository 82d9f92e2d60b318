"""Small pools, draws and runs with known content, for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from queuetwin.model import Run, Scenario, Workload
from queuetwin.model.engines.simulation import simulate_draws
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.records.run import (
    ATTEMPT_COLUMNS,
    ITEM_COLUMNS,
    WORKER_COLUMNS,
    Header,
    Outcome,
    StageHeader,
)
from queuetwin.model.sampling.draws import Draws
from queuetwin.realrun.backends.registry import backend_named

NEVER = float("nan")
PLAIN = {
    "items": 6,
    "arrivals": {"process": "backlog"},
    "workers": {"count": 1},
    "service": {"distribution": "deterministic", "mean": "1s"},
}


def pool(changes: Mapping[str, Any] | None = None) -> Scenario:
    """Six items, all there at the start, and one worker that takes a second for each."""
    return Scenario.from_dict(PLAIN).changed(changes or {})


def poisson(
    rate: str, mean: str, workers: int, changes: Mapping[str, Any] | None = None
) -> Scenario:
    """Poisson arrivals, exponential services."""
    return pool(
        {
            "arrivals": {"process": "poisson", "rate": rate},
            "service": {"distribution": "exponential", "mean": mean},
            "workers.count": workers,
            **(changes or {}),
        }
    )


def draws_of(scenario: Scenario, **arrays: Any) -> Draws:
    """The scenario's draws with some arrays replaced, each broadcast to its shape."""
    draws = Workload.draw(scenario).all()
    shaped = {
        name: np.array(np.broadcast_to(values, getattr(draws, name).shape))
        for name, values in arrays.items()
    }
    return replace(draws, **shaped)


def run_with(scenario: Scenario, **arrays: Any) -> Run:
    """The simulated run on draws of which some are given."""
    return simulate_draws(scenario, Workload.draw(scenario), draws_of(scenario, **arrays))


def hand_made(
    items: Sequence[tuple[Any, ...]],
    attempts: Sequence[tuple[Any, ...]],
    *,
    window: float,
    workers: int = 1,
    scenario: Scenario | None = None,
    **header: Any,
) -> Run:
    """A Run from rows.

    An item is (planned, offered, accepted, outcome, finished); an attempt is (item, attempt,
    enqueued, started, finished, worker, outcome).
    """
    scenario = scenario or pool({"items": max(len(items), 1), "workers.count": workers})
    stage = StageHeader(name="main", workers=workers, capacity=None, when_full="block")
    rows = [
        (item, number, 0, enqueued, started, started, finished, finished, worker, outcome, NEVER)
        for item, number, enqueued, started, finished, worker, outcome in attempts
    ]
    facts = {
        "engine": "hand",
        "real": False,
        "stages": (stage,),
        "window": window,
        "seed": scenario.seed,
        "replication": 0,
        "digest": Workload.draw(scenario).digest,
        "scenario": scenario.to_dict(),
    }
    return Run(
        header=Header(**{**facts, **header}),
        items=_columns([(*row, 0, 0) for row in items], list(ITEM_COLUMNS)),
        attempts=_columns(rows, list(ATTEMPT_COLUMNS)),
        workers=_columns([(0, n, 0.0, window, 0) for n in range(workers)], list(WORKER_COLUMNS)),
    )


def _columns(rows: Sequence[tuple[Any, ...]], names: list[str]) -> dict[str, np.ndarray]:
    table = np.array([[float(value) for value in row] for row in rows]).reshape(-1, len(names))
    return dict(zip(names, table.T, strict=True))


def altered(run: Run, table: str, column: str, row: int, value: float) -> Run:
    """The run with one value changed."""
    columns = {name: values.copy() for name, values in getattr(run, table).items()}
    columns[column][row] = value
    return replace(run, **{table: columns})


def counts_of(run: Run) -> dict[str, int]:
    """How many items ended in each way that occurs."""
    return {
        outcome.name.lower(): int(count)
        for outcome in Outcome
        if (count := (run.items["outcome"] == outcome).sum())
    }


def overheads(**changes: Any) -> Overheads:
    """A quick machine's calibration, some of it changed."""
    plain = {
        "backend": "threads",
        "machine": {
            "python": "3.11.7",
            "implementation": "CPython",
            "gil": True,
            "platform": "Linux-6",
            "machine": "x86_64",
            "processor": "a processor",
            "cores": 2,
        },
        "measured_at": "2026-01-02T03:04:05Z",
        "foreign_cores": 0.01,
        "sleep_late": 3e-5,
        "lateness": (2e-5, 4e-5),
        "put": (1e-5,),
        "hand_off": (3e-5, 5e-5, 4e-4),
        "turn_round": (1e-5, 2e-5),
        "overshoot": (4e-5, 6e-5),
        "awake": 2e-5,
        "work_rate": 8e7,
        "processor_share": 1.0,
        "switch_interval": 0.005,
    }
    shares = backend_named(changes.get("backend", "threads")).shares
    return Overheads.from_dict({**plain, "shares": shares, **changes})
