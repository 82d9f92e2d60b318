"""Looks at 5, 8, 12 and 20 runs: how often somebody is wrong who looks each time.

Fixed seed; 20,000 courses of twenty runs.  Each count has mean 1,000 (or 500) if the error is
what is said, and a standard deviation of about 31 (22): four of them are allowed, which raises a
false alarm once in thirty thousand seeds.
"""

import math

import numpy as np
import pytest

from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.group_sequential import LOOKS, level_of, looks_within
from queuetwin.model.statistics.student import t_point
from queuetwin.reports.comparison.verdicts import Margin, Verdict, verdict_of

COURSES = 20_000
SEED = 11
MARGIN = Margin(allowed=0.05, relative=False)


def courses(centre: float, spread: float) -> np.ndarray:
    """The runs' own differences, shape (courses, 20)."""
    return np.random.default_rng(SEED).normal(centre, spread, (COURSES, LOOKS[-1]))


def intervals(runs: np.ndarray, look: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    seen = runs[:, :look]
    half = t_point(look - 1, level) * seen.std(axis=1, ddof=1) / math.sqrt(look)
    return seen.mean(axis=1) - half, seen.mean(axis=1) + half


@pytest.mark.parametrize("looks", [1, 2, 3, 4])
def test_all_looks_together_hold_the_truth_as_often_as_one_alone(looks: int) -> None:
    """Nineteen times in twenty, however often somebody looks."""
    runs, missed = courses(0.0, 1.0), np.zeros(COURSES, dtype=bool)
    for look in LOOKS[:looks]:
        low, high = intervals(runs, look, level_of(looks))
        missed |= (low > 0) | (high < 0)
    assert abs(missed.sum() - 0.05 * COURSES) < 4 * math.sqrt(COURSES * 0.05 * 0.95)


def test_looks_at_the_usual_level_would_err_too_often() -> None:
    """Which is what the wider intervals are for: three times in twenty."""
    runs, missed = courses(0.0, 1.0), np.zeros(COURSES, dtype=bool)
    for look in LOOKS:
        low, high = intervals(runs, look, 0.95)
        missed |= (low > 0) | (high < 0)
    assert missed.mean() > 0.12


def stopped_with(runs: np.ndarray) -> dict[Verdict, float]:
    """With which verdict each course ends, at the first look that decides."""
    level, ended = level_of(len(LOOKS)), dict.fromkeys(Verdict, 0)
    bounds = [intervals(runs, look, level) for look in LOOKS]
    for course in range(len(runs)):
        for low, high in bounds:
            off = Estimate(estimate=0.0, low=float(low[course]), high=float(high[course]))
            verdict = verdict_of(off, MARGIN)
            if verdict is not Verdict.UNDECIDED:
                break
        ended[verdict] += 1
    return {verdict: count / len(runs) for verdict, count in ended.items()}


def test_on_the_margin_hardly_anybody_decides() -> None:
    """There each of the two verdicts may be wrong, and comes at most once in forty times."""
    ended = stopped_with(courses(MARGIN.allowed, 0.02))
    allowed = 0.025 + 4 * math.sqrt(0.025 * 0.975 / COURSES)
    assert ended[Verdict.SAME] < allowed
    assert ended[Verdict.DIFFERENT] < allowed


def test_where_there_is_no_difference_it_is_said() -> None:
    """Nearly always SAME, never DIFFERENT, though a run varies by two thirds of the margin."""
    ended = stopped_with(courses(0.0, 0.033))
    assert ended[Verdict.SAME] > 0.9
    assert ended[Verdict.DIFFERENT] < 0.001


def test_the_first_look_is_always_there() -> None:
    """However few runs a budget buys; and never more than twenty."""
    assert looks_within(0) == (5,)
    assert looks_within(19) == (5, 8, 12)
    assert looks_within(1000) == LOOKS
