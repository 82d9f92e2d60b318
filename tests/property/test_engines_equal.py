"""Both engines give the same Run, bit for bit, on whatever the compiled one knows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import draws_of, poisson, pool
from queuetwin.model import Run, Scenario, ScenarioError, Workload, simulate
from queuetwin.model.simulation import simulate_draws

SETTINGS = settings(derandomize=True, deadline=None, max_examples=500)

milliseconds = st.sampled_from(["1ms", "5ms", "20ms", "50ms"])
services = st.one_of(
    st.builds(
        lambda name, mean: {"distribution": name, "mean": mean},
        st.sampled_from(["deterministic", "exponential"]),
        milliseconds,
    ),
    st.just({"distribution": "gamma", "mean": "10ms", "cv": 2.0}),
)
paced = st.fixed_dictionaries(
    {
        "process": st.sampled_from(["poisson", "periodic"]),
        "rate": st.sampled_from(["20/s", "100/s", "400/s"]),
        "pacing": st.sampled_from(["schedule", "gap"]),
        "producers": st.integers(1, 5),
    }
)
batches = st.builds(
    lambda value: {
        "process": "batch",
        "rate": "200/s",
        "size": {"distribution": "constant", "value": value},
    },
    st.integers(1, 7),
)
backlogs = st.fixed_dictionaries({"process": st.just("backlog"), "producers": st.integers(1, 5)})
queues = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {"capacity": st.integers(0, 6), "when_full": st.sampled_from(["block", "reject"])}
    ),
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    return Scenario.from_dict(
        {
            "seed": draw(st.integers(0, 2**32)),
            "items": draw(st.integers(1, 80)),
            "arrivals": draw(st.one_of(paced, batches, backlogs)),
            "queue": draw(queues),
            "workers": {"count": draw(st.sampled_from([1, 2, 3, 7, 1000]))},
            "service": draw(services),
            "failures": {
                "probability": draw(st.sampled_from([0.0, 0.3, 1.0])),
                "cost": draw(st.sampled_from(["none", "full", "uniform"])),
            },
        }
    )


def both(scenario: Scenario, **arrays: Any) -> tuple[Run, Run]:
    workload, draws = Workload.draw(scenario), draws_of(scenario, **arrays)
    one, other = (
        simulate_draws(scenario, workload, draws, engine=engine) for engine in ("simpy", "fast")
    )
    return one, other


@SETTINGS
@given(scenarios(), st.sampled_from(["none", "equal", "random"]))
def test_the_engines_agree_bit_for_bit(scenario: Scenario, added: str) -> None:
    """Every column, ties included, also with late sends and turn-rounds."""
    generator = np.random.default_rng(scenario.seed)
    late = {"none": 0.0, "equal": 0.005}.get(added, generator.exponential(0.01, scenario.items))
    turn_round = {"none": 0.0, "equal": 0.005}.get(
        added, generator.exponential(0.01, (1, scenario.items))
    )
    reference, compiled = both(scenario, lateness=late, turn_round=turn_round)
    for table in ("items", "attempts", "workers"):
        for column, expected in getattr(reference, table).items():
            found = getattr(compiled, table)[column]
            assert np.array_equal(expected, found, equal_nan=expected.dtype.kind == "f"), column
    assert reference.header.window == compiled.header.window
    assert reference.header.ended == compiled.header.ended == "complete"
    assert (reference.header.engine, compiled.header.engine) == ("simpy", "fast")


def test_the_engines_agree_until_a_duration_ends() -> None:
    """By gap a producer's end depends on the queue."""
    slow = poisson("100/s", "50ms", 2, {"duration": "3s", "queue.capacity": 2})
    for changes in ({}, {"arrivals.pacing": "gap", "arrivals.producers": 3}):
        reference, compiled = both(slow.changed(changes))
        assert reference.same_events(compiled)
        assert reference.header.window == compiled.header.window


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"queue.order": "lifo"}, "queue.order"),
        ({"failures": {"probability": 0.5, "attempts": 2}}, "failures.attempts"),
        ({"workers.schedule": [["1s", 2]]}, "workers.schedule"),
        ({"workers.speeds": [0.5]}, "workers.speeds"),
    ],
)
def test_what_the_compiled_engine_does_not_know_is_named(changes: dict[str, Any], key: str) -> None:
    """It refuses by the key, and "auto" takes SimPy."""
    scenario = pool(changes)
    with pytest.raises(ScenarioError, match=key):
        simulate(scenario, engine="fast")
    assert simulate(scenario, engine="auto").header.engine == "simpy"


def test_auto_takes_the_compiled_engine_for_many_items() -> None:
    """What is long is done by the engine that is quick."""
    many = poisson("80/s", "10ms", 2, {"items": 200_000})
    assert simulate(many).header.engine == "fast"
    assert simulate(many.changed({"items": 10})).header.engine == "simpy"
