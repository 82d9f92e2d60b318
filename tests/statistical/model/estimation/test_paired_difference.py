"""Differences on the same draws: right, and far better known than either side."""

import math

import pytest

from builders import poisson
from queuetwin.model import theory
from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.estimation.paired_difference import difference
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.statistics.statistic import MEAN


def waiting(rate: float) -> float:
    """Mean response time of M/M/1 with services of 100 ms."""
    return theory.MMc(arrival_rate=rate, service_time=0.1, servers=1).mean_response_time


def test_a_difference_is_what_the_formulas_differ_by() -> None:
    """3 % more load on M/M/1; a fixed seed, so it either holds or not (level .99)."""
    pool = poisson("8/s", "100ms", 1)
    found = difference(pool, {"arrivals.rate": "8.24/s"}, level=0.99)
    truth = waiting(8.24) - waiting(8)
    assert found["response_time"].low < truth < found["response_time"].high
    assert found["throughput"].low < 0.24 < found["throughput"].high


def test_the_same_draws_pay() -> None:
    """The interval of the difference is at least three times as narrow as that of one side."""
    pool = poisson("8/s", "100ms", 1)
    found = difference(pool, {"arrivals.rate": "7.76/s"})["response_time"]
    run = SteadyState(pool, level=0.95)
    run.extend(1_000_000)
    alone = run.figure(MEASURES["response_time"], MEAN)
    assert 3 * (found.high - found.low) < alone.high - alone.low


def test_nothing_changed_makes_no_difference() -> None:
    """Zero, and known exactly."""
    found = difference(poisson("8/s", "100ms", 1), {"name": "other"}, items=50_000)
    for figure in found.values():
        assert figure.estimate == 0 or math.isnan(figure.estimate)
        assert figure.low == figure.high or math.isnan(figure.low)


def test_both_sides_need_a_long_run() -> None:
    """An overload has none."""
    with pytest.raises(ScenarioError, match="long run on both sides"):
        difference(poisson("8/s", "100ms", 1), {"arrivals.rate": "20/s"})
