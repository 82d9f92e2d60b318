"""Intervals from one series: their shape, their coverage, and what they refuse."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped]

from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.ratio_estimators import TOO_FEW, ratio_interval
from queuetwin.model.statistics.series import interval
from queuetwin.model.statistics.student import t_point


def autoregressive(series: int, length: int, memory: float) -> np.ndarray:
    """Series with mean 0 in which each value remembers the last, shape (series, length)."""
    noise = np.random.default_rng(1).standard_normal((series, length))
    values = np.empty_like(noise)
    values[:, 0] = noise[:, 0] / math.sqrt(1 - memory**2)
    for step in range(1, length):
        values[:, step] = memory * values[:, step - 1] + noise[:, step]
    return values


def test_batches_are_of_equal_length() -> None:
    """A long series is the same as its base batches: 10,000 values, 2,000 of 5 each."""
    series = autoregressive(1, 10_000, 0.7)[0] + 3
    sums = series.reshape(2000, 5).sum(axis=1)
    variance = float(series.var())
    one = interval(series, level=0.9)
    other = ratio_interval(sums, np.full(2000, 5), level=0.9, variance=variance)
    assert astuple(one)[:4] == pytest.approx(astuple(other)[:4], rel=1e-9)


def test_t_points_are_students() -> None:
    """The special function agrees with the distribution's own."""
    for freedom in (1, 4, 19):
        for level in (0.5, 0.9, 0.95, 0.999):
            expected = stats.t.ppf(0.5 + level / 2, freedom)
            assert t_point(freedom, level) == pytest.approx(expected, rel=1e-9)


def test_a_higher_level_is_wider() -> None:
    """Being surer costs width."""
    series = autoregressive(1, 400, 0.5)[0]
    widths = [interval(series, level=level) for level in (0.5, 0.9, 0.99)]
    assert sorted(widths, key=lambda one: one.high - one.low) == widths


def test_a_constant_series_is_known_exactly() -> None:
    """No spread, no width."""
    for quantile in (None, 0.9):
        found = interval([3.0] * 200, quantile=quantile)
        assert (found.low, found.estimate, found.high) == (3.0, 3.0, 3.0)
    assert interval([3.0] * 200).effective_size == 200


@pytest.mark.parametrize("memory", [0.0, 0.8])
def test_a_mean_is_covered_as_often_as_said(memory: float) -> None:
    """Of 1,000 intervals at 90 %, 870 to 930 cover, remembering or not.

    Three standard errors: a new seed would fail about one time in 300.
    """
    found = [interval(one, level=0.9) for one in autoregressive(1000, 2000, memory)]
    assert 870 <= sum(one.low <= 0 <= one.high for one in found) <= 930


def test_a_quantile_is_covered_as_often_as_said() -> None:
    """Of 200 intervals of the 95 % point at 90 %, 84 to 96 % cover."""
    truth = stats.norm.ppf(0.95, scale=1 / math.sqrt(1 - 0.5**2))
    found = [interval(one, level=0.9, quantile=0.95) for one in autoregressive(200, 4000, 0.5)]
    assert 0.84 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.96


def test_memory_costs_effective_size() -> None:
    """With memory .8 an observation is worth a ninth of an independent one, or said to be less."""
    sizes = [interval(one).effective_size for one in autoregressive(200, 4000, 0.8)]
    assert 0.7 * 4000 / 9 < np.median(sizes) < 1.05 * 4000 / 9
    assert max(sizes) <= 4000


def test_a_quantile_is_an_order_statistic() -> None:
    """The smallest value with at least that share at or below it."""
    series = np.random.default_rng(2).permutation(np.arange(1.0, 101.0))
    assert [interval(series, quantile=q).estimate for q in (0.01, 0.5, 0.95, 0.951, 0.999)] == [
        1.0, 50.0, 95.0, 96.0, 100.0,
    ]  # fmt: skip


def test_few_data_give_no_interval() -> None:
    """Under twenty values the estimate stands alone, and says why."""
    found = interval(range(19))
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.warnings == (TOO_FEW,)


def test_few_data_beyond_a_quantile_are_said() -> None:
    """A 99 % point needs some independent values above it."""
    series = np.random.default_rng(3).random(20_000)
    assert interval(series, quantile=0.99).warnings == ()
    few = interval(series[:1000], quantile=0.99)
    assert math.isnan(few.low)
    assert few.warnings == (f"too few data: needs {few.needed_items:,} items",)


@pytest.mark.parametrize(
    ("series", "options", "reason"),
    [
        ([], {}, "at least one value"),
        ([[1.0, 2.0]], {}, "at least one value"),
        ([1.0, math.nan], {}, "not finite"),
        ([1.0, math.inf], {}, "not finite"),
        ([1.0], {"level": 1.0}, "level"),
        ([1.0], {"level": 95}, "level"),
        ([1.0], {"quantile": 0.0}, "quantile"),
        ([1.0], {"quantile": 1.0}, "quantile"),
        ([1.0], {"quantile": 99}, "quantile"),
    ],
)
def test_what_has_no_interval_is_refused(
    series: list[float], options: dict[str, float], reason: str
) -> None:
    """An empty or broken series, a level or quantile that is none."""
    with pytest.raises(ValueError, match=reason):
        interval(series, **options)


def test_bounds_stay_inside_the_range_of_a_quantity() -> None:
    """A share is not below 0, and an unknown bound stays unknown."""
    found = Estimate(estimate=0.01, low=-0.02, high=0.04)
    assert found.within(0.0, 1.0).low == 0.0
    assert math.isnan(Estimate(estimate=0.5).within(0.0, 1.0).low)
