"""Rare quantiles: exact where theory knows, near it by splitting, and never in silence."""

import math

import numpy as np
import pytest

from builders import poisson, pool
from queuetwin.model import Scenario, Workload, predict
from queuetwin.model.engines.compiled.fcfs_splitting import RETRIALS, Splitting
from queuetwin.model.estimation.rare_quantiles import RareTails
from queuetwin.model.theory import MMc, MMcK

RARE = (("waiting_time", 0.999), ("response_time", 0.999), ("response_time", 0.9999))


def unsaid(rate: float, workers: int) -> Scenario:
    """M/M/c with services of a second, written so that no closed form is found."""
    gap = {"distribution": "exponential", "mean": f"{1 / rate!r}s"}
    return poisson("1/s", "1s", workers, {"arrivals": {"process": "renewal", "gap": gap}})


@pytest.mark.parametrize(("measure", "share"), RARE)
def test_where_theory_knows_it_is_exact(measure: str, share: float) -> None:
    unlimited = MMc(arrival_rate=3.2, service_time=1.0, servers=4)
    limited = MMcK(arrival_rate=3.2, service_time=1.0, servers=4, system_capacity=9)
    full = {"queue": {"capacity": 5, "when_full": "reject"}}
    for scenario, law, name in (
        (poisson("3.2/s", "1s", 4), unlimited, "M/M/4"),
        (poisson("3.2/s", "1s", 4, full), limited, "M/M/4/9"),
    ):
        found = RareTails(scenario, (2.0, 5.0), level=0.9).quantile(measure, share)
        assert found is not None
        assert found.method == f"exact: {name}"
        truth = getattr(law, f"{measure}_quantile")(share)
        assert found.low == found.estimate == found.high == truth


@pytest.mark.slow
def test_splitting_finds_what_the_formula_says() -> None:
    """M/M/4 at load .8, one fixed seed; a misplaced first guess changes nothing but the cost."""
    law = MMc(arrival_rate=3.2, service_time=1.0, servers=4)
    for waits in ((2.3, 5.2), (0.0, 0.0)):
        tails = RareTails(unsaid(3.2, 4), waits, level=0.99)
        for measure, share in RARE:
            found = tails.quantile(measure, share)
            assert found is not None
            assert "splitting" in found.method
            truth = getattr(law, f"{measure}_quantile")(share)
            assert found.low < truth < found.high, (waits, measure, share)
            assert found.high - found.low < 0.05 * truth


@pytest.mark.slow
def test_weights_are_those_of_a_run_and_without_bias() -> None:
    """All together they weigh as much as the items of the run itself, within its luck."""
    scenario = unsaid(0.8, 1).changed({"items": 3_000_000})
    law = MMc(arrival_rate=0.8, service_time=1.0, servers=1)
    levels = np.array([law.waiting_time_quantile(1 - 4.0**-one) for one in (1, 2, 3, 4, 5)])
    tree = Splitting(1, levels, np.linspace(0, 80, 801), batches=100, size=4_000)
    for draws in Workload.draw(scenario).chunks(10_000):
        tree.serve(draws)
    assert tree.batches == 100
    assert tree.steps > 4 * 400_000
    assert tree.weights.sum() == pytest.approx(400_000, rel=0.03)
    assert tree.weights[:, 0].sum() / tree.weights.sum() == pytest.approx(0.2, rel=0.05)
    beyond = tree.weights[:, 301:].sum() / tree.weights.sum()
    assert beyond == pytest.approx(law.waiting_time_above(30.0), rel=0.2)


def test_without_levels_it_is_the_plain_run() -> None:
    """Whatever the size of the chunks, every item weighs one."""
    scenario = unsaid(0.8, 1).changed({"items": 5_000})
    found = []
    for size in (5_000, 777):
        tree = Splitting(1, np.empty(0), np.linspace(0, 10, 11), batches=5, size=1_000)
        for draws in Workload.draw(scenario).chunks(size):
            tree.serve(draws)
        found.append(tree.weights)
    assert np.array_equal(*found)
    assert found[0].sum(axis=1).tolist() == [1_000] * 5


def test_a_deterministic_climb_is_tried_again_at_every_level() -> None:
    """Services of 2 s, gaps of 1 s: waits of 0, 2, 3, ...; above a level each weighs a quarter."""
    scenario = pool({"items": 1_000, "arrivals": {"process": "periodic", "rate": "1/s"},
                     "service": {"distribution": "deterministic", "mean": "2s"}})  # fmt: skip
    levels = np.array([1.5, 2.5])
    tree = Splitting(1, levels, np.linspace(0, 10, 11), batches=1, size=1_000)
    tree.serve(next(Workload.draw(scenario).chunks(1_000)))
    # The first gap is none.  The first trial never falls again, so no other gets its turn.
    assert tree.weights[0, :4].tolist() == [1, 0, 0, 1 / RETRIALS]
    assert tree.weights[0, 4:].sum() == pytest.approx(998 / RETRIALS**2)


@pytest.mark.parametrize(
    "changes",
    [
        {"queue": {"order": "lifo"}},
        {"queue": {"capacity": 5, "when_full": "reject"},
         "service": {"distribution": "deterministic", "mean": "1s"}},
        {"failures": {"probability": 0.1, "attempts": 2}},
        {"arrivals": {"process": "batch", "rate": "3/s",
                      "size": {"distribution": "constant", "value": 2}}},
        {"workers": {"count": 4, "speeds": [1, 1, 1, 2]}},
    ],
)  # fmt: skip
def test_what_neither_way_knows_is_left_to_the_plain_run(changes: dict[str, object]) -> None:
    scenario = poisson("3/s", "1s", 4, changes)
    assert RareTails(scenario, (2.0, 5.0), level=0.9).quantile("response_time", 0.999) is None


def test_only_two_measures_have_rare_tails() -> None:
    assert (
        RareTails(poisson("3/s", "1s", 4), (1.0, 2.0), level=0.9).quantile("queue_time", 0.999)
        is None
    )


@pytest.mark.slow
def test_a_heavy_tail_is_not_split() -> None:
    """One service of a thousand seconds leaps over every level: nothing is said instead."""
    heavy = {"service": {"distribution": "pareto", "mean": "1s", "shape": 1.5}}
    tails = RareTails(poisson("3.2/s", "1s", 4, heavy), (10.0, 100.0), level=0.9)
    assert tails.quantile("waiting_time", 0.9999) is None


def test_a_prediction_tells_what_the_limits_ask_and_how_it_was_found() -> None:
    limits = [
        {"measure": f"response_time.{one}", "below": "9s"} for one in ("p99.9", "p97", "mean")
    ]
    limits.append({"measure": "service_time.p99.9", "below": "9s"})
    found = predict(poisson("3.2/s", "1s", 4, {"slo": limits}))
    rare = found.measures["response_time"]["p99.9"]
    assert rare.method == "exact: M/M/4"
    assert found.to_dict()["measures"]["response_time"]["p99.9"]["method"] == "exact: M/M/4"
    plain = found.measures["response_time"]["p97"]
    assert plain.method == ""
    assert (
        plain.low
        < MMc(arrival_rate=3.2, service_time=1.0, servers=4).response_time_quantile(0.97)
        < plain.high
    )
    own = found.measures["service_time"]["p99.9"]
    assert own.estimate == pytest.approx(math.log(1000), rel=0.05)
    assert "method" not in found.to_dict()["measures"]["response_time"]["p99"]
