"""Workloads: what is drawn, when it ends, and what a digest tells apart."""

from typing import Any

import numpy as np
import pytest

from builders import poisson, pool
from queuetwin.model import Scenario, ScenarioError, Workload

EMPIRICAL = {"distribution": "empirical", "samples": ["1ms", "2ms", "6ms"]}


def drawn(scenario: Scenario, **recipe: Any) -> Any:
    return Workload.draw(scenario, **recipe).all()


def test_a_workload_takes_the_seed_of_its_scenario_or_another() -> None:
    """`seed` takes the place of the scenario's own; the draws follow it."""
    scenario = poisson("10/s", "50ms", 1)
    own, other = drawn(scenario), drawn(scenario, seed=2)
    assert np.array_equal(own.gap, drawn(scenario.changed({"seed": 2}), seed=1).gap)
    assert not (own.gap == other.gap).any()
    assert not (own.gap == drawn(scenario, replication=1).gap).any()


def test_streams_are_independent() -> None:
    """Gaps, services and the attempts of an item share no draw."""
    scenario = poisson("1/s", "1s", 1, {"items": 4000, "failures.attempts": 2})
    draws = drawn(scenario)
    series = np.stack([draws.gap, *draws.demand])
    assert np.abs(np.corrcoef(series) - np.eye(3)).max() < 0.08


@pytest.mark.parametrize(
    ("service", "mean", "cv"),
    [
        ({"distribution": "deterministic", "mean": "20ms"}, 0.02, 0.0),
        ({"distribution": "exponential", "mean": "20ms"}, 0.02, 1.0),
        ({"distribution": "lognormal", "mean": "20ms", "cv": 0.7}, 0.02, 0.7),
        (EMPIRICAL, 0.003, (14 / 3) ** 0.5 / 3),
        ({**EMPIRICAL, "mean": "9ms"}, 0.009, (14 / 3) ** 0.5 / 3),
    ],
)
def test_demands_have_their_mean_and_spread(
    service: dict[str, Any], mean: float, cv: float
) -> None:
    """40,000 draws are within five standard errors of what the file says."""
    demand = drawn(pool({"service": service, "items": 40_000})).demand
    assert demand.shape == (1, 40_000)
    assert demand.mean() == pytest.approx(mean, rel=5 * cv / 200 + 1e-12)
    assert demand.std() / mean == pytest.approx(cv, rel=0.05, abs=1e-12)


def test_a_lognormal_has_its_quantiles() -> None:
    """The median and the 99 % point that a file gives are those of the draws."""
    service = {"distribution": "lognormal", "p50": "10ms", "p99": "40ms"}
    demand = drawn(pool({"service": service, "items": 40_000})).demand
    assert np.quantile(demand, [0.5, 0.99]) == pytest.approx([0.01, 0.04], rel=0.05)


def test_measured_times_are_drawn_with_their_rows() -> None:
    """A task is called with the row of the samples that the item drew."""
    draws = drawn(pool({"service": EMPIRICAL, "items": 300}))
    assert set(draws.payload) == {0, 1, 2}
    assert draws.demand[0] == pytest.approx(np.array([0.001, 0.002, 0.006])[draws.payload])


def test_without_measured_times_a_payload_is_the_items_number() -> None:
    """Each item knows its number."""
    assert drawn(pool()).payload.tolist() == [0, 1, 2, 3, 4, 5]


def test_gaps_follow_the_process() -> None:
    """Poisson gaps average 1/rate, periodic ones equal it after the first, a backlog has none."""
    gaps = drawn(poisson("4/s", "1ms", 1, {"items": 40_000})).gap
    assert gaps.mean() == pytest.approx(0.25, rel=0.025)
    assert gaps.std() == pytest.approx(0.25, rel=0.05)
    periodic = pool({"arrivals": {"process": "periodic", "rate": "4/s"}})
    assert drawn(periodic).gap.tolist() == [0, 0.25, 0.25, 0.25, 0.25, 0.25]
    assert not drawn(pool()).gap.any()


def test_by_gap_the_rate_is_the_total_of_all_producers() -> None:
    """With gap pacing each of P producers waits P times as long, by schedule nothing changes."""
    arrivals = {"process": "periodic", "rate": "4/s", "producers": 2}
    by_gap = pool({"arrivals": {**arrivals, "pacing": "gap"}})
    assert drawn(by_gap).gap.tolist() == [0, 0, 0.5, 0.5, 0.5, 0.5]
    assert drawn(pool({"arrivals": arrivals})).gap.tolist() == [0, 0.25, 0.25, 0.25, 0.25, 0.25]


def test_by_schedule_a_duration_ends_the_arrivals() -> None:
    """The items planned before the end are drawn, and no others."""
    periodic = pool(
        {"arrivals": {"process": "periodic", "rate": "4/s"}, "items": None, "duration": "1s"}
    )
    assert len(drawn(periodic)) == 4
    assert len(drawn(periodic.changed({"duration": "1.001s"}))) == 5
    chunks = [len(draws) for draws in Workload.draw(periodic).chunks(3)]
    assert chunks == [3, 1]


def test_by_gap_a_duration_is_covered() -> None:
    """A producer finds at least as many draws as it can use when nothing slows it down."""
    arrivals = {"process": "poisson", "rate": "50/s", "pacing": "gap", "producers": 3}
    scenario = pool({"arrivals": arrivals, "items": None, "duration": "10s"})
    gaps = drawn(scenario).gap
    assert all(gaps[producer::3].sum() >= 10 for producer in range(3))


@pytest.mark.parametrize("pacing", ["schedule", "gap"])
def test_a_duration_before_the_first_item_is_refused(pacing: str) -> None:
    """A run without any item is a fault of the input, with its key."""
    changes = {"items": None, "duration": "1ms", "arrivals.pacing": pacing}
    scenario = poisson("1/h", "1s", 1, changes)
    with pytest.raises(ScenarioError, match="duration   ends before the first item arrives"):
        drawn(scenario)


def test_draws_are_sealed() -> None:
    """No engine can alter what chance decided, in a chunk or in all."""
    workload = Workload.draw(poisson("10/s", "50ms", 1, {"items": None, "duration": "2s"}))
    for draws in (workload.all(), next(workload.chunks(5))):
        for name in ("gap", "payload", "demand", "fails", "lateness", "hand_off", "turn_round"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(draws, name)[..., 0] = 1


def test_a_nominal_workload_has_no_overheads() -> None:
    """Lateness, hand-off and turn-round are zeros of the right shapes."""
    draws = drawn(pool({"failures.attempts": 2}))
    assert draws.lateness.shape == (6,)
    assert draws.hand_off.shape == draws.turn_round.shape == draws.fails.shape == (2, 6)
    assert not draws.lateness.any()
    assert not draws.hand_off.any()
    assert not draws.turn_round.any()


def test_a_digest_tells_recipes_apart() -> None:
    """Seed, replication, any key and any measured time are part of the digest."""
    scenario = pool({"service": EMPIRICAL})
    changed = {"service": {**EMPIRICAL, "samples": ["1ms", "2ms", "7ms"]}}
    recipes = [
        Workload.draw(scenario),
        Workload.draw(scenario, seed=2),
        Workload.draw(scenario, replication=1),
        Workload.draw(scenario.changed({"workers.count": 2})),
        Workload.draw(scenario.changed(changed)),
    ]
    assert len({workload.digest for workload in recipes}) == len(recipes)
    assert Workload.draw(Scenario.from_dict(scenario.to_dict())).digest == recipes[0].digest


def test_a_seed_means_the_same_draws_for_ever() -> None:
    """The draws of version 1 are pinned: a change of them needs a new version."""
    draws = drawn(poisson("1/s", "1s", 1, {"failures.attempts": 2, "failures.probability": 0.5}))
    assert draws.gap[:3].tolist() == PINNED_GAPS
    assert draws.demand[1, :3].tolist() == PINNED_DEMANDS
    assert draws.fails[0].astype(int).tolist() == PINNED_FAILS


PINNED_GAPS = [0.7290160546225501, 1.2677747364962244, 0.7507504569244338]
PINNED_DEMANDS = [0.41186382123450127, 2.296258145145475, 3.046304597597753]
PINNED_FAILS = [1, 0, 0, 0, 1, 0]
