"""Theory's reading of a scenario: which closed form, which figures, and what it refuses."""

from typing import Any

import pytest

from builders import poisson
from queuetwin.model import ScenarioError
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.theory import MMc, MMcK, solve

REJECT = {"queue": {"capacity": 5, "when_full": "reject"}}


@pytest.mark.parametrize(
    ("changes", "system", "reading"),
    [
        ({}, "M/M/2", "no limit on the queue"),
        ({"queue.when_full": "reject"}, "M/M/2", "no limit on the queue"),
        ({"queue.capacity": 5}, "M/M/2", "a waiting producer only moves the waiting"),
        ({"queue.capacity": 5, "arrivals.producers": 3}, "M/M/2", "a waiting producer"),
        (REJECT, "M/M/2/7", "an item that finds the queue full is lost"),
        ({"failures.probability": 0.1}, "M/M/2", "no limit"),
        ({"failures.attempts": 3}, "M/M/2", "no limit"),
        ({"failures.cost": "none"}, "M/M/2", "no limit"),
    ],
)
def test_a_scenario_is_read_as_a_system(changes: dict[str, Any], system: str, reading: str) -> None:
    """The policy decides the system: K counts those in service, blocking is no limit."""
    found = solve(poisson("15/s", "100ms", 2, changes))
    assert found.system == system
    assert reading in found.reading


def test_figures_are_those_of_the_textbook() -> None:
    """M/M/1 at .8 by hand: L = 4, L_q = 3.2, W = .5 s."""
    found = solve(poisson("8/s", "100ms", 1)).measures
    means = {name: figures["mean"] for name, figures in found.items()}
    assert means == pytest.approx(
        {
            "response_time": 0.5,
            "waiting_time": 0.4,
            "service_time": 0.1,
            "queue_time": 0.4,
            "producer_delay": 0.0,
            "queue_depth": 3.2,
            "held_back": 0.0,
            "busy_workers": 0.8,
            "in_system": 4.0,
            "utilisation": 0.8,
            "loss_ratio": 0.0,
            "failure_ratio": 0.0,
            "throughput": 8.0,
        }
    )


@pytest.mark.parametrize("capacity", [1, 2, 7, 100])
@pytest.mark.parametrize("workers", [1, 4])
def test_a_limit_that_blocks_only_moves_the_backlog(capacity: int, workers: int) -> None:
    """Depth and held back add up to the unbounded L_q, and so do their times; W is unmoved."""
    rate = f"{8 * workers}/s"
    free = solve(poisson(rate, "100ms", workers))
    bound = solve(poisson(rate, "100ms", workers, {"queue.capacity": capacity}))
    length = MMc(arrival_rate=8.0 * workers, service_time=0.1, servers=workers).mean_queue_depth
    for one, other, whole in (
        ("queue_depth", "held_back", length),
        ("queue_time", "producer_delay", length / (8 * workers)),
    ):
        parts = bound.measures[one]["mean"], bound.measures[other]["mean"]
        assert min(parts) > 0
        assert sum(parts) == pytest.approx(whole, rel=1e-12)
    for name in ("response_time", "waiting_time", "busy_workers", "in_system", "utilisation"):
        assert bound.measures[name] == free.measures[name]


def test_the_split_is_the_mean_of_the_smaller_of_backlog_and_places() -> None:
    """E[min(N_q, k)] summed from the distribution itself: P(N_q >= j) = C rho^j."""
    found = solve(poisson("8/s", "100ms", 1, {"queue.capacity": 3})).measures
    # M/M/1: P(N_q >= j) = rho^(j + 1)
    assert found["queue_depth"]["mean"] == pytest.approx(0.8**2 + 0.8**3 + 0.8**4, rel=1e-12)


@pytest.mark.parametrize("rate", ["15/s", "20/s", "30/s"])
def test_a_limit_that_rejects_has_figures_at_any_load(rate: str) -> None:
    """M/M/2/7 below, at and above capacity."""
    found = solve(poisson(rate, "100ms", 2, REJECT)).measures
    system = MMcK(
        arrival_rate=float(rate.removesuffix("/s")), service_time=0.1, servers=2, system_capacity=7
    )
    assert found["loss_ratio"]["mean"] == system.loss_probability > 0
    assert found["queue_depth"]["mean"] == system.mean_queue_depth
    assert found["throughput"]["mean"] == system.throughput
    assert found["response_time"]["p95"] == system.response_time_quantile(0.95)


def test_a_failure_at_full_cost_changes_no_time() -> None:
    """Without a second attempt failing items only leave the throughput."""
    whole = solve(poisson("15/s", "100ms", 2, REJECT)).measures
    failing = solve(poisson("15/s", "100ms", 2, {**REJECT, "failures.probability": 0.2})).measures
    assert failing["response_time"] == whole["response_time"]
    assert failing["throughput"]["mean"] == pytest.approx(0.8 * whole["throughput"]["mean"])
    carried = 1 - whole["loss_ratio"]["mean"]
    assert failing["failure_ratio"]["mean"] == pytest.approx(0.2 * carried)


def test_every_figure_is_in_the_measure_table() -> None:
    """Theory invents no measure and no statistic."""
    for changes in ({}, REJECT):
        for name, figures in solve(poisson("15/s", "100ms", 2, changes)).measures.items():
            assert set(figures) <= set(MEASURES[name].statistics)


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"arrivals.process": "periodic"}, "arrivals.process", "not Poisson"),
        ({"arrivals": {"process": "backlog"}}, "arrivals.process", "not Poisson"),
        ({"arrivals.pacing": "gap"}, "arrivals.pacing", "slows the arrivals down"),
        ({"service.distribution": "deterministic"}, "service.distribution", "not exponential"),
        ({"failures": {"probability": 0.1, "attempts": 2}}, "failures.attempts", "come back"),
        ({"failures": {"probability": 0.1, "cost": "none"}}, "failures.cost", "take less time"),
        ({"workers.count": 1}, "workers.count = 1", "150% of what the workers can do"),
        ({"arrivals.rate": "20/s"}, "workers.count = 2", "there is no steady state"),
        ({"arrivals.rate": "20/s", "queue.capacity": 5}, "workers.count", "no steady state"),
    ],
)
def test_what_has_no_closed_form_is_refused(changes: dict[str, Any], key: str, reason: str) -> None:
    """Nothing is approximated in silence: the key that is in the way is named."""
    with pytest.raises(ScenarioError, match=reason) as caught:
        solve(poisson("15/s", "100ms", 2).changed(changes))
    assert key in str(caught.value)
