"""Windows in which a limit is broken: counted by hand, by hand's slow cousin, and by theory."""

import math
from itertools import pairwise

import numpy as np
import pytest

from builders import hand_made, poisson, pool
from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.estimation.slo_windows import (
    bad_in_runs,
    bad_windows,
    broken,
    time_between,
)
from queuetwin.model.language.slo import Slo
from queuetwin.model.records.measures import MEASURES, MeasureRows
from queuetwin.model.records.run import Outcome, Run

DONE, REJECTED = Outcome.COMPLETED, Outcome.REJECTED


def slo(measure: str, below: str | float) -> Slo:
    """A limit."""
    return Slo.model_validate({"measure": measure, "below": below})


def three_windows() -> Run:
    """Windows of ten seconds: responses of 1 and 5 s; nothing; 3 s, and one that is refused."""
    items = [(1, 1, 1, DONE, 2), (2, 2, 2, DONE, 7), (21, 21, 21, DONE, 24),
             (22, 22, math.nan, REJECTED, 22)]  # fmt: skip
    attempts = [(0, 1, 1, 1, 2, 0, DONE), (1, 1, 2, 3, 7, 0, DONE), (2, 1, 21, 21, 24, 0, DONE)]
    return hand_made(items, attempts, window=24)


@pytest.mark.parametrize(
    ("measure", "below", "bad"),
    [
        ("response_time.mean", "2.9s", [True, False, True]),
        ("response_time.mean", "3s", [True, False, True]),
        ("response_time.p50", "1s", [True, False, True]),
        ("response_time.p99", "4s", [True, False, False]),
        ("response_time.p99", "5s", [True, False, False]),
        ("loss_ratio", 0.4, [False, False, True]),
        ("loss_ratio", 0.5, [False, False, True]),
        ("queue_depth.mean", 0.09, [True, False, False]),
        ("queue_depth.max", 0, [True, True, True]),
        ("busy_workers.max", 1, [True, False, True]),
        ("in_system.max", 1, [True, False, True]),
        ("utilisation", 0.51, [False, False, True]),
        ("utilisation", 0.49, [True, False, True]),
        ("throughput", 0.19, [True, False, True]),
    ],
)
def test_each_window_is_judged_by_its_own_statistic(
    measure: str, below: str | float, bad: list[bool]
) -> None:
    """Of its arrivals; no items keep a limit, one equal to it does not; the last ends the run."""
    assert broken(three_windows(), slo(measure, below), 10.0, 3).tolist() == bad


@pytest.mark.parametrize("statistic", ["mean", "p50", "p90", "p99.9"])
def test_windows_agree_with_the_run_cut_in_pieces(statistic: str) -> None:
    """Each by the plain definition."""
    scenario = poisson("9/s", "100ms", 1, {"items": 3_000})
    run = simulate(scenario)
    limit = slo(f"response_time.{statistic}", "900ms")
    number = int(run.items["planned"][-1] // 7) + 1
    found = broken(run, limit, 7.0, number)
    place = (run.items["planned"] // 7).astype(int)
    response = run.items["finished"] - run.items["planned"]
    for one in range(number):
        inside = np.sort(response[place == one])
        value = inside.mean() if statistic == "mean" else inside[
            max(math.ceil(float(statistic[1:]) / 100 * len(inside)) - 1, 0)
        ]  # fmt: skip
        assert found[one] == (value > 0.9)
    assert 0 < found.sum() < number


def test_time_between_edges_is_the_overlap() -> None:
    """Of spans that begin and end anywhere, with the plain definition beside it."""
    begins = np.array([0.0, 1.5, 3.0, 9.0, 4.0])
    ends = np.array([2.0, 1.5, 7.0, 30.0, 5.0])
    edges = np.array([0.0, 2.0, 4.0, 10.0])
    plain = [
        np.maximum(np.minimum(ends, high) - np.maximum(begins, low), 0.0).sum()
        for low, high in pairwise(edges)
    ]
    assert time_between((begins, ends), edges).tolist() == pytest.approx(plain)


def test_the_whole_of_the_windows_is_the_whole_of_the_run() -> None:
    """Time averages of windows weighed by their length give the run's own."""
    run = simulate(poisson("9/s", "100ms", 1, {"items": 500}))
    edges = np.linspace(0.0, run.header.window, 8)
    between = time_between(MEASURES["queue_depth"].source(MeasureRows.of(run)), edges)
    assert between.sum() == pytest.approx(np.nansum(
        run.attempts["started"] - run.attempts["enqueued"]))  # fmt: skip


def test_in_the_long_run_it_is_a_share_with_bounds() -> None:
    """M/M/1 at load .9: more windows are bad where the limit is nearer, and short ones more so."""
    scenario = poisson("9/s", "100ms", 1)
    near, far = (
        bad_windows(scenario, slo("response_time.p99", one), budget=200_000)
        for one in ("3s", "6s")
    )  # fmt: skip
    assert 0 < far.low < far.estimate < far.high < near.low < near.high < 1
    # The mean of a second is hardly ever near the mean of all.
    short = bad_windows(scenario, slo("response_time.mean", "1s"), window=1.0, budget=100_000)
    assert short.low < math.exp(-1) < short.high + 0.03


def test_windows_that_nothing_breaks_are_told_by_the_rule_of_three() -> None:
    """A share of none has an upper bound."""
    found = bad_windows(poisson("1/s", "100ms", 1), slo("response_time.mean", "10s"), budget=30_000)
    assert (found.estimate, found.low) == (0, 0)
    assert 0.02 < found.high < 0.04


def test_a_budget_that_fills_no_window_says_what_would() -> None:
    """Fifty thousand a second are fifteen million in five minutes."""
    found = bad_windows(
        poisson("50000/s", "1ms", 100), slo("response_time.mean", "1s"), budget=10_000
    )
    assert math.isnan(found.estimate)
    assert found.needed_items == 15_000_000


def test_a_profile_is_judged_over_whole_runs() -> None:
    """Twice the capacity in the first of three windows: that one and the next are bad."""
    scenario = pool({
        "items": None, "duration": "30s", "queue": {}, "workers.count": 1,
        "arrivals": {"process": "profile", "shape": "constant",
                     "points": [["0s", "20/s"], ["10s", "1/s"]]},
        "service": {"distribution": "deterministic", "mean": "100ms"},
    })  # fmt: skip
    found = bad_windows(scenario, slo("response_time.mean", "1s"), window=10.0, budget=15_000)
    assert found.estimate == pytest.approx(2 / 3, abs=0.05)
    assert found.low <= found.estimate <= found.high


def test_users_who_wait_have_windows_too() -> None:
    """Nobody knows their rate before; the workers bound it."""
    scenario = Scenario.from_dict({
        "items": 1, "arrivals": {"process": "closed", "users": 10, "think": {
            "distribution": "exponential", "mean": "1s"}},
        "workers": {"count": 2}, "service": {"distribution": "exponential", "mean": "200ms"},
    })  # fmt: skip
    found = bad_windows(scenario, slo("response_time.mean", "300ms"), window=60.0, budget=20_000)
    assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_a_backlog_is_one_window() -> None:
    """Everything arrives at once, in one window a run; two runs need not agree."""
    scenario = pool({"items": 20, "service": {"distribution": "exponential", "mean": "1s"}})
    runs = [simulate(scenario, Workload.draw(scenario, replication=one)) for one in range(30)]
    found = bad_in_runs(runs, slo("response_time.mean", "10s"), window=300.0, level=0.95)
    means = [float(run.items["finished"].mean()) for run in runs]
    assert found.estimate == np.mean([one > 10 for one in means])


def test_a_window_has_a_length() -> None:
    """Nothing and for ever are none."""
    for window in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="a window is longer"):
            bad_windows(pool(), slo("response_time.mean", "1s"), window=window)
