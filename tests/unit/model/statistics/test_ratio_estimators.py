"""Ratios of sums over base batches: their bounds, and what they say of odd series."""

import math

import numpy as np
import pytest

from queuetwin.model.statistics.batch_means import BatchSizes, Spread
from queuetwin.model.statistics.ratio_estimators import (
    CONSTANT,
    DRIFTS,
    REMEMBERS,
    TOO_FEW,
    ratio_interval,
    share_interval,
)


def autoregressive(length: int, memory: float, seed: int = 1) -> np.ndarray:
    """A series with mean 0 in which each value remembers the last."""
    noise = np.random.default_rng(seed).standard_normal(length)
    values = [noise[0] / math.sqrt(1 - memory**2)]
    for one in noise[1:]:
        values.append(memory * values[-1] + one)
    return np.array(values)


def test_the_estimate_is_sum_over_sum() -> None:
    """Not the mean of ratios, and not the middle of the bounds."""
    generator = np.random.default_rng(1)
    over, under = generator.exponential(size=500) ** 2, generator.integers(1, 9, 500)
    found = ratio_interval(over, under, level=0.9)
    assert found.estimate == pytest.approx(over.sum() / under.sum(), rel=1e-12)
    assert found.low < found.estimate < found.high
    assert (found.low + found.high) / 2 != pytest.approx(found.estimate, rel=1e-3)


def test_independent_values_give_students_interval_leaning_as_they_do() -> None:
    """By hand: no batches, no memory, Hall's transformation of Student's t."""
    values = np.random.default_rng(5).exponential(size=400)
    apart = values - values.mean()
    assert BatchSizes.of(apart) == BatchSizes(size=1, apart=1, settled=True)
    memory = (apart[1:] @ apart[:-1]) / (apart @ apart) + 1 / 400
    error = values.std(ddof=1) / 20 * math.sqrt((1 + memory) / (1 - memory))
    skewness = 400 * 399**0.5 / 398 * (apart**3).sum() / (apart @ apart) ** 1.5
    lean, point = skewness / 120, 1.6486815335
    low = values.mean() - error * (math.cbrt(1 + 6 * lean * (point - lean)) - 1) / (2 * lean)
    high = values.mean() - error * (math.cbrt(1 + 6 * lean * (-point - lean)) - 1) / (2 * lean)
    found = ratio_interval(values, np.ones(400), level=0.9)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)


def test_the_longer_side_is_where_the_values_lean() -> None:
    """Few large values: a mean that missed them is too low, never too high."""
    values = np.random.default_rng(2).exponential(size=1000) ** 2
    for sign in (1, -1):
        found = ratio_interval(sign * values, np.ones(1000), level=0.95)
        up, down = found.high - found.estimate, found.estimate - found.low
        assert (up > 1.05 * down) if sign == 1 else (down > 1.05 * up)


def test_a_single_large_value_does_not_lean_the_bounds_beyond_measure() -> None:
    """Its skewness says more than it knows: without a limit the upper side is ten errors long."""
    values = np.zeros(60)
    values[20] = 1.0
    found = ratio_interval(values, np.ones(60), level=0.9)
    error = 1 / 60
    assert 2 * error < found.high - found.estimate < 2.6 * error


def test_memory_widens() -> None:
    """Values that remember are worth less, and adjacent batches that still do are stretched."""
    independent, remembering = (autoregressive(1600, memory) for memory in (0.0, 0.9))
    one, other = (
        ratio_interval(series / series.std(), np.ones(1600), level=0.9, variance=1.0)
        for series in (independent, remembering)
    )
    assert other.high - other.low > 2.5 * (one.high - one.low)
    assert one.effective_size > 1000
    assert other.effective_size < 400
    residuals = remembering - remembering.mean()
    plan = BatchSizes.of(residuals)
    assert plan.apart > 1
    assert Spread.of(residuals, plan).freedom == -(-(1600 // plan.size) // plan.apart) - 1
    assert Spread.of(residuals, plan).error > math.sqrt(float(residuals @ residuals)) * 2.5


def test_a_mean_over_seconds_is_a_ratio() -> None:
    """Batches of unequal length count by their length."""
    seconds = np.tile([1.0, 3.0], 50)
    found = ratio_interval(4 * seconds, seconds, level=0.95)
    assert (found.low, found.estimate, found.high) == (4.0, 4.0, 4.0)


def test_a_constant_has_no_width_and_a_note() -> None:
    """Known exactly, as far as this run can tell; zero too."""
    for value in (3.1, 0.0, -2.0):
        found = ratio_interval(np.full(200, value), np.ones(200), level=0.95)
        assert found.low == found.high == found.estimate == pytest.approx(value)
        assert found.warnings == (CONSTANT,)


def test_what_cancels_between_neighbours_is_constant_too() -> None:
    """To and fro by turns in longer batches: nothing is left of it."""
    pattern = np.tile([1.0, 1.0, -1.0, -1.0], 60)
    found = ratio_interval(
        pattern, np.ones(240), level=0.9, plan=BatchSizes(size=4, apart=1, settled=True)
    )
    assert (found.low, found.high) == (0.0, 0.0)
    whole = ratio_interval(pattern, np.ones(240), level=0.9)
    assert whole.low <= 0 <= whole.high


@pytest.mark.parametrize("level", [0.001, 0.01, 0.999999])
def test_any_level_has_bounds_around_the_estimate(level: float) -> None:
    """Hardly sure or nearly certain."""
    found = ratio_interval(np.arange(100.0) % 7**2 % 11, np.ones(100), level=level)
    assert found.low <= found.estimate <= found.high


@pytest.mark.parametrize("batches", [1, 2, 5, 19])
def test_few_batches_give_no_bounds(batches: int) -> None:
    """The estimate stands alone and says why."""
    found = ratio_interval(np.arange(1.0, batches + 1) ** 2, np.ones(batches), level=0.9)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.warnings == (TOO_FEW,)


def test_nothing_to_average_is_said() -> None:
    """0 over 0 is no number."""
    found = ratio_interval([0.0, 0.0], [0.0, 0.0], level=0.9)
    assert math.isnan(found.estimate)
    assert found.warnings == (TOO_FEW,)


def test_batches_without_items_do_no_harm() -> None:
    """Four of five batches hold nothing: those that do, say it."""
    generator = np.random.default_rng(3)
    under = np.where(generator.random(1000) < 0.2, 10.0, 0.0)
    over = under * generator.exponential(size=1000)
    found = ratio_interval(over, under, level=0.99)
    dense = ratio_interval(over[under > 0], under[under > 0], level=0.99)
    assert found.low < 1.0 < found.high
    assert found.high - found.low == pytest.approx(dense.high - dense.low, rel=0.15)


def test_a_drift_is_said() -> None:
    """A queue that only grows has no long run; one that remembers for long may have."""
    ones = np.ones(1000)
    drift = ratio_interval(np.arange(1000.0), ones, level=0.9)
    assert drift.warnings == (DRIFTS,)
    swing = ratio_interval(5 + np.cos(np.arange(1000) / 160), ones, level=0.9)
    assert swing.warnings == (REMEMBERS,)


def test_what_is_not_negative_gets_no_negative_bound() -> None:
    """A mean time of a few large values is not below 0."""
    over = np.zeros(60)
    over[[7, 30, 41]] = (1.0, 50.0, 2.0)
    assert ratio_interval(over, np.ones(60), level=0.99).low == 0.0
    assert ratio_interval(over - 1e-3, np.ones(60), level=0.99).low < 0.0


def test_a_share_of_none_has_an_upper_bound() -> None:
    """The rule of three: none of 1,000 independent items says less than .3 %, at 95 %."""
    none = share_interval(np.zeros(100), np.full(100, 10), level=0.95, effective_size=1000)
    assert (none.estimate, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(0.0029912, rel=1e-4)
    every = share_interval(np.full(100, 10), np.full(100, 10), level=0.95, effective_size=1000)
    assert (every.estimate, every.high) == (1.0, 1.0)
    assert every.low == pytest.approx(1 - none.high, rel=1e-12)
    unknown = share_interval(np.zeros(100), np.full(100, 10), level=0.95)
    assert unknown.high == pytest.approx(0.02951, rel=1e-3)


def test_a_share_stays_a_share() -> None:
    """One of a thousand, or all but one: bounds inside [0, 1]."""
    one = np.zeros(100)
    one[40] = 1
    few = share_interval(one, np.full(100, 10.0), level=0.99)
    assert 0 <= few.low < few.estimate == 0.001 < few.high < 0.02
    most = share_interval(10 - one, np.full(100, 10.0), level=0.99)
    assert most.high <= 1
    assert (most.low, most.high) == pytest.approx((1 - few.high, 1 - few.low), abs=1e-12)


@pytest.mark.parametrize(
    ("over", "under", "level", "reason"),
    [
        ([], [], 0.9, "at least one"),
        ([1.0], [1.0, 2.0], 0.9, "same length"),
        ([math.nan], [1.0], 0.9, "not finite"),
        ([1.0], [math.inf], 0.9, "not finite"),
        ([1.0], [1.0], 1.0, "level"),
    ],
)
def test_what_is_no_series_is_refused(
    over: list[float], under: list[float], level: float, reason: str
) -> None:
    """Errors of the caller."""
    with pytest.raises(ValueError, match=reason):
        ratio_interval(over, under, level=level)
