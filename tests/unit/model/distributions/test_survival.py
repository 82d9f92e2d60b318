"""P(time > t), held against the variates of the same distribution.

Each share of 200,000 variates lies within 5 standard errors of its law; with the seed fixed a
test passes or fails for good, with new ones it would raise a false alarm 4 times in 100,000.
"""

import math
from typing import Any

import numpy as np
import pytest

from builders import pool
from queuetwin.model.distributions.distribution import Distribution

NUMBER = 200_000
ALL: list[dict[str, Any]] = [
    {"distribution": "exponential", "mean": "100ms"},
    {"distribution": "uniform", "low": "10ms", "high": "30ms"},
    {"distribution": "gamma", "mean": "100ms", "cv": 0.5},
    {"distribution": "gamma", "mean": "100ms", "cv": 3},
    {"distribution": "erlang", "mean": "100ms", "shape": 3},
    {"distribution": "weibull", "mean": "100ms", "cv": 2},
    {"distribution": "lognormal", "mean": "100ms", "cv": 1.5},
    {"distribution": "lognormal", "p50": "15ms", "p99": "80ms"},
    {"distribution": "hyperexponential", "mean": "100ms", "cv": 2},
    {"distribution": "pareto", "mean": "100ms", "shape": 2.5},
    {"distribution": "pareto", "mean": "100ms", "shape": 1.5, "high": "2s"},
    {"distribution": "mixture", "shares": [0.9, 0.1], "parts": [
        {"distribution": "exponential", "mean": "10ms"},
        {"distribution": "uniform", "low": "100ms", "high": "300ms"}]},
]  # fmt: skip


def written(service: dict[str, Any]) -> Distribution:
    """The distribution, read as from a file."""
    return pool({"service": service}).stage.service


@pytest.mark.parametrize("service", ALL, ids=lambda one: f"{one['distribution']}")
def test_the_law_is_that_of_the_variates(service: dict[str, Any]) -> None:
    one = written(service)
    generators = [np.random.Generator(np.random.SFC64(seed)) for seed in (1, 2)]
    times = one.sampler(*generators)(NUMBER)[0] * one.mean_time
    limits = np.quantile(times, [0.0, 0.1, 0.5, 0.9, 0.99, 0.999])
    law = one.survival(limits)
    found = np.array([(times > limit).mean() for limit in limits])
    error = np.sqrt(np.maximum(law * (1 - law), 1 / NUMBER) / NUMBER)
    assert (np.abs(found - law) < 5 * error).all(), (found, law)


@pytest.mark.parametrize("service", ALL, ids=lambda one: f"{one['distribution']}")
def test_it_falls_from_one_to_nothing_and_its_integral_is_the_mean(service: dict[str, Any]) -> None:
    one = written(service)
    times = np.concatenate([[-1.0, 0.0], np.geomspace(1e-9, 1e9, 20_001)]) * one.mean_time
    law = one.survival(times)
    assert law[0] == law[1] == 1
    assert (np.diff(law) <= 0).all()
    assert law[-1] < 1e-12
    heavy = 0.01 if service["distribution"] == "pareto" else 1e-3
    integral = float(np.trapezoid(law[1:], times[1:]))
    assert math.isclose(integral, one.mean_time, rel_tol=heavy)


def test_steps_are_exact() -> None:
    """Where a time can take only some values, above is strictly above."""
    always = written({"distribution": "deterministic", "mean": "1s"})
    assert always.survival(np.array([0.999, 1.0, 1.1])).tolist() == [1, 0, 0]
    some = written({"distribution": "empirical", "samples": ["1s", "2s", "2s", "5s"]})
    assert some.survival(np.array([0.5, 1.0, 2.0, 5.0])).tolist() == [1, 0.75, 0.25, 0]
