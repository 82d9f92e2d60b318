"""Laws of every interval, on random series: tied, sparse, constant, short or wild."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from queuetwin.model.statistics.batch_means import BatchSizes, Spread
from queuetwin.model.statistics.ratio_estimators import (
    CONSTANT,
    plans_of,
    ratio_interval,
    share_bounds,
    share_interval,
)
from queuetwin.model.statistics.series import interval

SETTINGS = settings(derandomize=True, deadline=None, max_examples=60)

# Few distinct values make ties, many of them 0; powers spread them over ten decades.
wholes = st.lists(st.integers(0, 3), min_size=1, max_size=400)
spread = st.lists(st.floats(-5, 5).map(lambda one: 10.0**one), min_size=1, max_size=300)
signed = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300)
levels = st.sampled_from([0.5, 0.9, 0.95, 0.999])


@SETTINGS
@given(st.one_of(wholes, spread, signed), levels, st.sampled_from([None, 0.1, 0.5, 0.95]))
def test_bounds_enclose_the_estimate(
    series: list[float], level: float, quantile: float | None
) -> None:
    """Low <= estimate <= high, or neither bound and a reason."""
    found = interval(series, level=level, quantile=quantile)
    if quantile is None:
        assert math.isclose(found.estimate, math.fsum(series) / len(series), abs_tol=1e-6)
    if math.isnan(found.low):
        assert math.isnan(found.high)
        assert found.warnings
    else:
        assert found.low <= found.estimate <= found.high
        assert 0 < found.effective_size <= len(series)
    if min(series) >= 0 and not math.isnan(found.low):
        assert found.low >= 0


@SETTINGS
@given(st.one_of(wholes, spread), st.integers(-20, 20), levels)
def test_another_unit_changes_the_unit_alone(series: list[float], power: int, level: float) -> None:
    """Seconds or milliseconds: powers of two, so that not even a last bit moves."""
    unit = 2.0**power
    one, other = interval(series, level=level), interval(np.array(series) * unit, level=level)
    assert other.estimate == one.estimate * unit
    np.testing.assert_array_equal([other.low, other.high], np.array([one.low, one.high]) * unit)
    assert other.warnings == one.warnings


@SETTINGS
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=400), levels)
def test_a_share_lies_between_nothing_and_all(counts: list[tuple[int, int]], level: float) -> None:
    """Batches with and without items, some of which count."""
    over, rest = np.array(counts).T
    under = over + rest
    found = share_interval(over, under, level=level)
    if under.sum() == 0 or math.isnan(found.low):
        assert found.warnings
        return
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.low < found.high or found.warnings == (CONSTANT,)


@SETTINGS
@given(spread, levels)
def test_items_without_weight_change_nothing(series: list[float], level: float) -> None:
    """A batch in which nothing was counted and nothing passed is no evidence."""
    ones = np.ones(len(series))
    one = ratio_interval(series, ones, level=level)
    other = ratio_interval(2 * np.array(series), 2 * ones, level=level)
    np.testing.assert_allclose([other.low, other.high], [one.low, one.high], rtol=1e-9)


@SETTINGS
@given(
    st.integers(20, 300), st.integers(1, 6), st.sampled_from([0.0, 0.5, 0.95]), st.integers(0, 9)
)
def test_several_at_once_are_as_one_by_one(
    batches: int, number: int, memory: float, seed: int
) -> None:
    """To the bit: plans, spreads and bounds of shares, of which some are of none or of all."""
    generator = np.random.default_rng(seed)
    walk = generator.standard_normal((number, batches))
    for place in range(1, batches):
        walk[:, place] += memory * walk[:, place - 1]
    under = generator.integers(1, 9, batches).astype(np.float64)
    over = np.floor(under * np.clip(0.5 + walk / 3, 0, 1)).astype(np.int32)
    over[0] = 0 if seed % 2 else under
    plans = plans_of([(row, under) for row in over])
    assert plans == [plans_of([(row, under)])[0] for row in over]
    series = over - over.mean(axis=1, keepdims=True)
    assert BatchSizes.of_each(series) == [BatchSizes.of(row) for row in series]
    for plan in plans:
        assert plan is not None
        assert Spread.of_each(series, plan) == [Spread.of(row, plan) for row in series]
        found = share_bounds(over, under, level=0.9, plan=plan)
        alone = [share_interval(row, under, level=0.9, plan=plan) for row in over]
        assert found == [(one.low, one.high) for one in alone]
