"""Quantiles and shares above a limit from histograms of base batches."""

import math

import numpy as np
import pytest

from queuetwin.model.statistics.quantiles import Tail
from queuetwin.model.statistics.ratio_estimators import CONSTANT

EDGES = np.concatenate([[0.0, 0.0], 2.0 ** (np.arange(-160, 97) / 16)])


def histograms(values: np.ndarray, batches: int = 1000) -> np.ndarray:
    """One row of counts a batch."""
    return np.array([
        np.bincount(np.searchsorted(EDGES[1:], row), minlength=len(EDGES) - 1)
        for row in values.reshape(batches, -1)
    ])  # fmt: skip


EXPONENTIAL = histograms(np.random.default_rng(1).exponential(size=50_000))


@pytest.mark.parametrize("quantile", [0.01, 0.5, 0.9, 0.99])
def test_bounds_of_a_quantile_are_those_of_the_share_above(quantile: float) -> None:
    """Independent values: 1.96 standard errors of a share, divided by the density."""
    truth = -math.log1p(-quantile)
    half = 1.96 * math.sqrt(quantile / (1 - quantile) / 50_000)
    found = Tail(EXPONENTIAL, EDGES, 0.95).quantile(quantile, truth)
    assert found.low <= truth <= found.high
    assert found.high - found.low == pytest.approx(2 * half, rel=0.25)


def test_few_beyond_a_quantile_give_no_bounds_but_a_need() -> None:
    """Five of 50,000 independent values lie above p99.99; fifteen are asked for."""
    found = Tail(EXPONENTIAL, EDGES, 0.95).quantile(0.9999, 9.2)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.estimate == 9.2
    assert found.needed_items == pytest.approx(150_000, rel=0.1)
    assert found.warnings == (f"too few data: needs {found.needed_items:,} items",)


def test_the_share_above_a_limit_lies_between_its_edges() -> None:
    """On an edge it is counted; between two it is read off the line; beyond all it is bounded."""
    limit = float(EDGES[170])
    counted = EXPONENTIAL[:, 170:].sum() / EXPONENTIAL.sum()
    assert Tail(EXPONENTIAL, EDGES, 0.95).share_above(limit).estimate == pytest.approx(counted)
    inside = Tail(EXPONENTIAL, EDGES, 0.95).share_above(limit * 1.02)
    assert inside.estimate == pytest.approx(math.exp(-limit * 1.02), rel=0.02)
    assert inside.low < inside.estimate < inside.high
    better = Tail(EXPONENTIAL, EDGES, 0.95).share_above(limit, 0.4)
    assert better.low < better.estimate == 0.4 < better.high
    none = Tail(EXPONENTIAL, EDGES, 0.95).share_above(60.0)
    assert (none.estimate, none.low) == (0.0, 0.0)
    assert 0 < none.high < 0.01


def test_zeros_have_a_bin_of_their_own() -> None:
    """Most need not wait: their median is 0, and surely so."""
    values = np.random.default_rng(2).exponential(size=20_000)
    values[np.random.default_rng(3).random(20_000) < 0.7] = 0.0
    counts = histograms(values)
    found = Tail(counts, EDGES, 0.95).quantile(0.5, 0.0)
    assert (found.low, found.estimate, found.high) == (0.0, 0.0, 0.0)
    assert Tail(counts, EDGES, 0.95).share_above(0.0).estimate == pytest.approx(
        float((values > 0).mean())
    )


def test_values_in_one_bin_are_known_as_well_as_the_bin() -> None:
    """Constant service: the ends of the bin, or no width where the bin has none."""
    found = Tail(histograms(np.full(2000, 1.0)), EDGES, 0.95).quantile(0.9, 1.0)
    assert 0.95 < found.low <= 1.0 <= found.high < 1.05
    zero = Tail(histograms(np.zeros(2000)), EDGES, 0.95).quantile(0.9, 0.0)
    assert (zero.low, zero.high, zero.warnings) == (0.0, 0.0, (CONSTANT,))


def test_what_is_no_histogram_is_refused() -> None:
    """Shapes that do not fit, nothing counted, no quantile."""
    with pytest.raises(ValueError, match="one more edge"):
        Tail([[1, 2]], [0.0, 1.0], 0.9).quantile(0.5, 1.0)
    with pytest.raises(ValueError, match="at least one value"):
        Tail([[0, 0]], [0.0, 1.0, 2.0], 0.9).share_above(1.0)
    with pytest.raises(ValueError, match="quantile"):
        Tail([[1, 2]], [0.0, 1.0, 2.0], 0.9).quantile(1.0, 1.0)
