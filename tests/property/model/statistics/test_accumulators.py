"""Sums and bins over base batches: the same whatever the parts, whoever adds them up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from queuetwin.model.engines.compiled.accumulate import add_values_compiled
from queuetwin.model.statistics.accumulators import Accumulator, AddValues, Batches, add_values

ADDERS = {"arrays": add_values, "compiled": add_values_compiled}


def folded(
    values: NDArray[np.float64],
    owner: NDArray[np.int64],
    items: int,
    cuts: list[int],
    add: AddValues,
    told_at: int | None = None,
) -> Batches:
    """The values of `items` items, folded in parts that end at the cuts.

    Before the part of number `told_at` it is said how many are still to come.
    """
    batches = Batches({"time": True}, add)
    instants = np.arange(items, dtype=np.float64)
    for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, items], strict=True)):
        if number == told_at:
            batches.expect(items - begin)
        low, high = np.searchsorted(owner, (begin, end))
        batches.add(instants[begin:end], {"time": (owner[low:high] - begin, values[low:high])})
    return batches


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(data=st.data(), seed=st.integers(0, 2**32), items=st.integers(1, 9000))
def test_parts_and_ways_do_not_matter(data: st.DataObject, seed: int, items: int) -> None:
    """One value or none or several an item, in any parts, foretold or not, by either adder."""
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(items), rng.integers(0, 3, items))
    values = rng.choice([0.0, 1.0, 1e-13, 3e5], len(owner)) * rng.exponential(size=len(owner))
    cuts = sorted(data.draw(st.lists(st.integers(0, items), max_size=5)))
    told_at = data.draw(st.sampled_from([None, 0, len(cuts)]))
    whole = folded(values, owner, items, [], add_values)
    tally = whole.tallies["time"]
    assert tally.number == len(values)
    assert tally.numerator.sum() == pytest.approx(values.sum())
    assert whole.number <= 2048
    for add in ADDERS.values():
        parts = folded(values, owner, items, cuts, add, told_at)
        other = parts.tallies["time"]
        assert np.array_equal(other.numerator, tally.numerator)
        assert np.array_equal(other.denominator, tally.denominator)
        assert np.array_equal(parts.seconds(items + 1.0), whole.seconds(items + 1.0))
        if len(values):
            for mine, theirs in zip(
                other.histogram(parts.number), tally.histogram(whole.number), strict=True
            ):
                assert np.array_equal(mine, theirs)
            assert other.quantile(0.9) == tally.quantile(0.9)


@given(
    values=st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=300),
    share=st.floats(0.01, 0.99),
    limit=st.floats(1e-9, 1e9),
)
def test_a_quantile_is_within_a_thousandth(values: list[float], share: float, limit: float) -> None:
    """Bins are a thousandth wide, and a share above a limit is right but for the limit's bin."""
    array = np.sort(np.array(values))
    tally = Accumulator(binned=True)
    tally.add(np.zeros(len(array), dtype=np.int64), array)
    exact = array[max(int(np.ceil(share * len(array))) - 1, 0)]
    assert tally.quantile(share) == pytest.approx(exact, rel=1.1e-3)
    near = ((array > limit / 1.001) & (array < limit * 1.001)).mean()
    assert tally.share_above(limit) == pytest.approx((array > limit).mean(), abs=near + 1e-12)


@pytest.mark.parametrize("name", ADDERS)
def test_a_value_on_an_edge_belongs_below(name: str) -> None:
    """Zero has a bin of its own that ends at 0, and 1 is not above 1."""
    tally = Accumulator(binned=True, add=ADDERS[name])
    values = np.array([0.0, 1.0, np.nextafter(1.0, 2.0)])
    tally.add(np.zeros(3, dtype=np.int64), values)
    counts, edges, totals = tally.histogram(1)
    assert counts.sum() == 3
    np.testing.assert_array_equal(totals, counts.sum(axis=0))
    assert edges[0] == 0
    assert counts[0, 0] == 1
    assert counts[0, np.searchsorted(edges, 1.0) - 1] == 1
    assert tally.share_above(0.0) == pytest.approx(2 / 3)
