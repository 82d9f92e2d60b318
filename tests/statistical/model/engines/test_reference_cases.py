"""A part of the reference cases, with few items: the benchmark in small, on every feature.

Ten replications of 10,000 items each.  With the seeds fixed a test passes or fails for good; with
new seeds one figure among all of them would raise a false alarm with a probability of 3 in
10,000 (46 figures, each beyond 4.5 standard errors with 7 in a million).
"""

from dataclasses import replace

import numpy as np
import pytest

import reference_cases as benchmark

ITEMS = 100_000
ALL = {case.name: case for case in benchmark.load_cases()}
SOME = (
    "M/M/2 at .5",
    "M/M/1/5",
    "M/M/2/5, the oldest dropped",
    "M/Pareto/10/10",
    "M/D/1 at .4",
    "M/H2/4/10 at 1.2",
    "M/gamma/1, last come first served",
    "D/M/5 at .7",
    "M^geometric/M/1 at .6",
    "M/M/10+M at 1",
    "M/M/1, two priorities",
    "M/M/1/3//10",
    "M/M/4, a tenth comes back",
    "producer that waits, M/1/3",
    "M/M/1 with outages",
)


@pytest.mark.parametrize("name", SOME)
def test_the_model_agrees_with_what_is_known(name: str) -> None:
    for one in benchmark.findings(ALL[name], ITEMS):
        assert abs(one.z) < benchmark.TOO_FAR, (
            f"{one.figure.name}: {one.found:.5g} of {one.figure.expected:.5g}, z {one.z:+.1f}"
        )


def test_a_pool_a_twentieth_slower_is_told_apart() -> None:
    case = ALL["M/M/1/5"]
    slower = replace(case, scenario=case.scenario.changed({"service.mean": "4.04s"}))
    assert max(abs(one.z) for one in benchmark.findings(slower, ITEMS)) > benchmark.TOO_FAR


def test_a_figure_without_spread_is_exact_or_far_off() -> None:
    same = np.full(benchmark.RUNS, 2.0)
    assert benchmark.distance(same, 2.0) == 0
    assert benchmark.distance(same, 2.1) > benchmark.TOO_FAR


def test_a_quantile_is_told_as_the_share_up_to_it() -> None:
    figure = benchmark.Figure.of("response_time.p95", 3.0)
    assert figure.expected == 0.95
    assert figure.mean_terms(np.array([2.0, 3.0, 3.5])).tolist() == [1, 1, 0]


@pytest.mark.parametrize("name", ["response_time", "response_time.max", "queue_depth > "])
def test_what_is_no_figure_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no figure"):
        benchmark.Figure.of(name, 1.0)


def test_every_case_has_its_name_source_and_figures() -> None:
    cases = benchmark.load_cases()
    assert len({case.name for case in cases}) == len(cases) >= 45
    assert all(case.source and case.figures for case in cases)


def test_the_band_of_chance() -> None:
    # Binomial(200, .0027): none with .583, at most three with .998
    assert benchmark.chance_band(200) == (0, 3)
