"""Whether a limit is kept is decided by one rule, for estimates and for single values."""

import math

import numpy as np
import pytest

from builders import poisson, pool
from queuetwin.model.estimation.slo_judgement import Decision, decide, judge, keeps, on_the_limit
from queuetwin.model.statistics.estimate import Estimate

LIMIT = 0.2
MET, MISSED, UNDECIDED = Decision.MET, Decision.MISSED, Decision.UNDECIDED


def estimate(middle: float, low: float, high: float) -> Estimate:
    return Estimate(estimate=middle, low=low, high=high)


@pytest.mark.parametrize(
    ("figure", "decision"),
    [
        (estimate(0.15, 0.1, 0.19), MET),
        (estimate(0.3, 0.25, 0.35), MISSED),
        (estimate(0.15, 0.1, 0.25), UNDECIDED),
        # Nothing of the range is below the limit.
        (estimate(0.25, LIMIT, 0.3), MISSED),
        # The range holds the limit, at its upper end, and is wide.
        (estimate(0.15, 0.1, LIMIT), UNDECIDED),
        # Without a range nothing is decided.
        (estimate(0.1, math.nan, math.nan), UNDECIDED),
        (estimate(math.nan, math.nan, math.nan), UNDECIDED),
    ],
)
def test_a_limit_is_kept_by_the_whole_range_or_not(figure: Estimate, decision: Decision) -> None:
    """A limit is `<` as it is written."""
    assert decide(figure, LIMIT) is decision
    assert not on_the_limit(figure, LIMIT)


@pytest.mark.parametrize(
    ("figure", "decision"),
    [
        (estimate(0.1999, 0.1995, 0.2005), MET),
        (estimate(0.2001, 0.1995, 0.2005), MISSED),
        (estimate(LIMIT, LIMIT, LIMIT), MISSED),
    ],
)
def test_a_narrow_range_that_holds_the_limit_goes_by_its_estimate(
    figure: Estimate, decision: Decision
) -> None:
    """Nothing hangs on less than 1 % of the limit."""
    assert on_the_limit(figure, LIMIT)
    assert decide(figure, LIMIT) is decision


def test_a_range_of_just_one_per_cent_is_not_narrow() -> None:
    """The zone ends where it is said to end."""
    assert not on_the_limit(estimate(100.0, 99.5, 100.5), 100.0)
    assert on_the_limit(estimate(100.0, 99.6, 100.5), 100.0)


def test_single_values_keep_a_limit_below_it() -> None:
    """Equal does not keep it, of arrays as of numbers."""
    assert not keeps(LIMIT, LIMIT)
    assert keeps(np.array([0.1, 0.2, 0.3]), LIMIT).tolist() == [True, False, False]


def test_a_response_that_equals_its_limit_misses_it_and_is_on_it() -> None:
    """Deterministic services without waiting take just the limit."""
    scenario = pool(
        {
            "arrivals": {"process": "periodic", "rate": "4/s"},
            "service": {"distribution": "deterministic", "mean": "200ms"},
            "slo": [{"measure": "response_time.p99", "below": "200ms"}],
        }
    )
    (limit,) = judge(scenario, scenario.slo, budget=100_000).limits
    assert limit.on_the_limit
    assert limit.decision is MISSED


def test_a_load_of_exactly_one_does_not_keep_up() -> None:
    """It has no figures, and its backlog grows by nothing a second on average."""
    judgement = judge(poisson("10/s", "200ms", 2), ())
    assert not judgement.keeps_up
    assert judgement.growth == 0
