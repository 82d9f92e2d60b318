"""One body over the model and the real threads: what must hold whoever runs the scenario."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.accounts import broken_accounts, little_residuals
from queuetwin.model.run import Outcome
from queuetwin.realrun import execute

BASE: dict[str, Any] = {
    "items": 200,
    "arrivals": {"process": "poisson", "rate": "1k/s"},
    "queue": {"capacity": 5},
    "workers": {"count": 3},
    "service": {"distribution": "exponential", "mean": "2ms"},
}
CHANGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no limit": {"queue.capacity": None},
    "reject": {"queue.when_full": "reject", "queue.capacity": 1},
    "periodic": {"arrivals.process": "periodic"},
    "backlog": {"arrivals": {"process": "backlog"}},
    "gap pacing": {"arrivals.pacing": "gap"},
    "three producers": {"arrivals.producers": 3},
    "three gap-paced producers": {"arrivals.producers": 3, "arrivals.pacing": "gap"},
    "duration": {"duration": "150ms"},
    "deterministic": {"service.distribution": "deterministic"},
    "lognormal": {"service": {"distribution": "lognormal", "p50": "1ms", "p99": "8ms"}},
    "empirical": {"service": {"distribution": "empirical", "samples": ["1ms", "2ms", "5ms"]}},
    "failures": {"failures": {"probability": 0.3}},
    "retries": {"failures": {"probability": 0.3, "attempts": 3, "backoff": "3ms"}},
    "cheap failures": {"failures": {"probability": 0.3, "attempts": 2, "cost": "none"}},
    "retries that are refused": {
        "failures": {"probability": 0.5, "attempts": 3, "backoff": "1ms"},
        "queue.when_full": "reject",
        "queue.capacity": 1,
    },
}
Engine = Callable[[Scenario, Workload], Run]


@pytest.mark.parametrize("engine", [simulate, execute], ids=["model", "threads"])
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_every_engine_keeps_the_laws(engine: Engine, changes: dict[str, Any]) -> None:
    """Nothing is lost, Little's law holds, and what the workload decides comes out as decided."""
    scenario = Scenario.from_dict(BASE).changed(changes)
    workload = Workload.draw(scenario)
    run = engine(scenario, workload)
    assert run.header.ended == "complete"
    assert broken_accounts(run) == ()
    assert max(little_residuals(run).values()) <= 1e-9
    draws = workload.all()
    if scenario.arrivals.pacing == "schedule":
        assert np.array_equal(run.items["planned"], np.cumsum(draws.gap))
    if scenario.stage.queue.when_full == "block":
        failed = draws.fails[:, : len(run.items["planned"])].all(axis=0)
        assert np.array_equal(run.items["outcome"] == Outcome.FAILED, failed)
        assert np.array_equal(run.items["outcome"] == Outcome.COMPLETED, ~failed)
    order = np.lexsort((run.attempts["taken"], run.attempts["enqueued"]))
    assert (np.diff(run.attempts["taken"][order]) >= 0).all()
    served = run.attempts["attempt"] - 1, run.attempts["item"]
    cheap = draws.fails[served] & (scenario.stage.failures.cost == "none")
    demand = np.where(cheap, 0.0, draws.demand[served])
    took = run.attempts["finished"] - run.attempts["started"]
    assert (took >= demand - 2e-9).all()
