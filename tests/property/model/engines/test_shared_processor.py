"""Shared processors: what must hold of every pool whose workers compete for them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import overheads, pool
from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Outcome

pytestmark = pytest.mark.slow

SETTINGS = settings(derandomize=True, deadline=None, max_examples=150)

ARRIVALS: list[dict[str, Any]] = [
    {"process": "backlog", "producers": 3},
    {"process": "poisson", "rate": "100/s"},
    {"process": "poisson", "rate": "100/s", "pacing": "gap", "producers": 2},
    {
        "process": "closed",
        "users": 6,
        "think": {"distribution": "exponential", "mean": "5ms"},
    },
]
QUEUES: list[dict[str, Any]] = [
    {},
    {"capacity": 1, "when_full": "reject"},
    {"capacity": 2, "order": "lifo"},
    {"capacity": 2, "when_full": "drop-oldest"},
    {"patience": {"distribution": "exponential", "mean": "20ms"}},
]
WORKERS: list[dict[str, Any]] = [
    {"count": 1},
    {"count": 4},
    {"count": 3, "speeds": [1, 2, 0.5]},
    {"count": 3, "schedule": [["50ms", 1], ["200ms", 4]]},
    {"machines": 2, "per_machine": 2, "own_queue": True},
]


@st.composite
def pools(draw: st.DrawFn) -> Scenario:
    return pool(
        {
            "seed": draw(st.integers(0, 2**32)),
            "items": draw(st.integers(1, 60)),
            "arrivals": draw(st.sampled_from(ARRIVALS)),
            "queue": draw(st.sampled_from(QUEUES)),
            "workers": draw(st.sampled_from(WORKERS)),
            "service": {"distribution": "exponential", "mean": "12ms"},
            "failures": draw(
                st.sampled_from([{}, {"probability": 0.4, "attempts": 3, "backoff": "3ms"}])
            ),
        }
    ).changed({"service.cpu_share": draw(st.sampled_from([0.1, 0.5, 1.0]))})


@SETTINGS
@given(pools(), st.booleans(), st.sampled_from([1e-4, 0.005, 1.0]))
def test_sharing_loses_nothing_and_speeds_nothing_up(
    scenario: Scenario, gil: bool, quantum: float
) -> None:
    """Accounts hold, no attempt is shorter than its length, and no place works at double pace."""
    machine = {**overheads().machine.model_dump(), "gil": gil}
    known = overheads(machine=machine, switch_interval=quantum)
    run = simulate(scenario, overheads=known)
    assert broken_accounts(run) == ()
    attempts = run.attempts
    served = np.isin(attempts["outcome"], (Outcome.COMPLETED, Outcome.FAILED))
    where = attempts["attempt"][served] - 1, attempts["item"][served]
    workload = Workload.draw(scenario)
    lengths = known.applied(workload.all(), scenario, workload).lengths()[where]
    speeds = np.array(scenario.stage.workers.speeds or [1.0] * scenario.stage.workers.most)
    lengths = lengths / speeds[attempts["worker"][served]]
    took = (attempts["finished"] - attempts["started"])[served]
    assert (took >= lengths - 1e-9).all()
    work = (lengths - 6e-5).clip(min=0).sum() * scenario.stage.service.cpu_share
    assert work <= run.header.window * (1 if gil else 2) + 1e-9
