"""One body over the model and every backend: what must hold whoever runs the scenario."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest

from builders import overheads
from cases import BASE, CHANGES
from laws_of_engines import assert_laws
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.realrun import execute
from queuetwin.realrun.backends.registry import BACKENDS, backend_named

NOTHING = dict.fromkeys(("lateness", "put", "hand_off", "turn_round", "overshoot"), (0.0,))
STALLING = overheads(**NOTHING, awake=0.0, stalls_per_second=50.0, stall_lengths=(1e-3, 8e-3))
ENGINES: dict[str, Callable[[Scenario, Workload], Run]] = {
    "model": simulate,
    "model with stalls": partial(simulate, overheads=STALLING),
    **{name: partial(execute, backend=name) for name in BACKENDS},
}
# Line and recording are those of the threads, or hold less, so here is what each of these
# backends does by itself; a backend without a row runs every case that it does not refuse.
SOME: dict[str, tuple[str, ...]] = {
    "processes": (
        "plain",
        "work and waiting",
        "drop-oldest of the least urgent",
        "patience and retries",
        "a worker lost and back",
    ),
    "asyncio": (
        "plain",
        "reject",
        "gap pacing",
        "closed with rejects, drops and retries",
        "work and waiting",
        "drop-oldest of the least urgent",
        "patience and retries",
        "own queues, the shortest",
        "all away for a while",
        "breakdowns, restarted",
        "breakdowns, failed",
        "idle timeout that nobody reaches",
        "failures that cost a part",
    ),
    "executor": (
        "plain",
        "no limit",
        "reject",
        "gap pacing",
        "backlog",
        "duration by gap",
        "one place, one worker",
        "failures",
        "work and waiting",
        "speeds",
    ),
    "redis": (
        "no limit",
        "reject",
        "one place, one worker",
        "retries at once through one place",
        "retries that are refused",
    ),
}


def can_run(engine: str, case: str) -> bool:
    """Whether the engine does not refuse the case."""
    scenario = Scenario.from_dict(BASE).changed(CHANGES[case])
    return engine not in BACKENDS or not any(backend_named(engine).refusals(scenario))


CASES = [
    (engine, name)
    for engine in ENGINES
    for name in SOME.get(engine) or [name for name in CHANGES if can_run(engine, name)]
]


@cache
def run_of(engine: str, case: str) -> Run:
    """Each case is run once by each engine, whatever is asked of it."""
    scenario = Scenario.from_dict(BASE).changed(CHANGES[case])
    return ENGINES[engine](scenario, Workload.draw(scenario))


@pytest.mark.parametrize(("engine", "case"), CASES)
def test_every_engine_keeps_the_laws(
    engine: str, case: str, request: pytest.FixtureRequest
) -> None:
    """Nothing is lost, Little's law holds, and what the workload decides comes out as decided."""
    if engine in BACKENDS and backend_named(engine).needs_server:
        request.getfixturevalue("broker")
    scenario = Scenario.from_dict(BASE).changed(CHANGES[case])
    held_up = max(STALLING.stall_lengths) if engine == "model with stalls" else 0.0
    assert_laws(run_of(engine, case), scenario, Workload.draw(scenario), held_up)


def is_determined(changes: dict[str, Any]) -> bool:
    """Whether nothing depends on timing: all offered by schedule, none lost, no outage."""
    scenario = Scenario.from_dict(BASE).changed(changes)
    queue, breakdown = scenario.stage.queue, scenario.stage.workers.breakdown
    return (
        scenario.arrivals.pacing == "schedule"
        and (queue.when_full == "block" or queue.capacity is None)
        and queue.patience is None
        and (breakdown is None or breakdown.item != "failed")
    )


@pytest.mark.parametrize("case", [case for case in CHANGES if is_determined(CHANGES[case])])
def test_the_threads_give_the_models_plan_and_outcomes(case: str) -> None:
    """Where nothing depends on timing, the two runs have the same items, to the bit."""
    real, model = run_of("threads", case), run_of("model", case)
    for column in ("planned", "outcome"):
        assert np.array_equal(real.items[column], model.items[column])
    for column in ("item", "attempt", "outcome"):
        assert np.array_equal(real.attempts[column], model.attempts[column])
