"""Looks at a run that chooses its own length."""

import math

import pytest

from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.sequential import look, planned_items


def figure(half: float, effective_size: float = 1000.0) -> Estimate:
    return Estimate(estimate=10.0, low=10 - half, high=10 + half, effective_size=effective_size)


def test_narrow_enough_is_reached() -> None:
    """Half a unit of ten is 5 %."""
    seen = look([figure(0.5)], items=5000, precision=0.05)
    assert (seen.reached, seen.needed_items, seen.next_items) == (True, 5000, 5000)


def test_wide_goes_on_to_what_it_takes_but_not_too_far_at_once() -> None:
    """Twice too wide takes four times the items; a first look is not believed that far."""
    seen = look([figure(1.0)], items=5000, precision=0.05)
    assert (seen.reached, seen.needed_items, seen.next_items) == (False, 20_000, 8000)


def test_a_little_too_wide_goes_on_far_enough() -> None:
    """Small steps would look until luck helps."""
    seen = look([figure(0.501)], items=5000, precision=0.05)
    assert not seen.reached
    assert seen.next_items >= 6000


def test_the_worst_figure_decides() -> None:
    """All of them are to be known."""
    assert not look([figure(0.5), figure(1.0)], items=5000, precision=0.05).reached


def test_few_independent_observations_are_not_believed() -> None:
    """Narrow by luck: fifty are half of what is asked for."""
    seen = look([figure(0.1, effective_size=50)], items=5000, precision=0.05)
    assert (seen.reached, seen.needed_items) == (False, 10_000)


@pytest.mark.parametrize(
    ("missing", "needed"),
    [(Estimate(estimate=1.0), math.inf), (Estimate(estimate=1.0, needed_items=9e4), 9e4)],
)
def test_a_figure_without_bounds_goes_on(missing: Estimate, needed: float) -> None:
    """A good deal longer, whatever it takes."""
    seen = look([missing], items=5000, precision=0.05)
    assert (seen.reached, seen.needed_items, seen.next_items) == (False, needed, 8000)


def test_what_is_known_exactly_is_reached() -> None:
    """A loss of 0 has no relative precision, and a constant no width."""
    exact = Estimate(estimate=0.0, low=0.0, high=0.0, effective_size=5000)
    assert look([exact], items=5000, precision=0.05).reached


@pytest.mark.parametrize(("load", "needed"), [(0.5, 29.0), (0.8, 1976 / 16), (0.9, 35901 / 81)])
def test_the_plan_is_near_what_one_server_needs(load: float, needed: float) -> None:
    """Known relative spread of M/M/1 waits; half the precision takes four times the items."""
    items = planned_items(load=load, variability=2.0, precision=0.1, level=0.9)
    assert items == pytest.approx(1.6449**2 * needed / 0.01, rel=0.11)
    finer = planned_items(load=load, variability=2.0, precision=0.05, level=0.9)
    assert finer == pytest.approx(4 * items, rel=1e-3)
