"""How often somebody is wrong who looks at 5, 8, 12 and 20 runs, by simulation.

Each course is twenty runs whose differences are normal.  How often some look's interval misses
the truth, at the levels used and at .95 each; which verdict courses end with where the truth is
on the margin, or none, though a run varies by two thirds of the margin.

    python benchmarks/statistics/interim_looks.py [courses]
"""

from __future__ import annotations

import math
import sys

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.statistics.group_sequential import LOOKS, level_of
from queuetwin.model.statistics.student import t_point

MARGIN, SEED = 0.05, 3


def bounds(runs: Floats, look: int, level: float) -> tuple[Floats, Floats]:
    """Student's interval of the first runs of each course, shape (courses,)."""
    seen = runs[:, :look]
    half = t_point(look - 1, level) * seen.std(axis=1, ddof=1) / math.sqrt(look)
    return seen.mean(axis=1) - half, seen.mean(axis=1) + half


def misses(runs: Floats, looks: int, level: float) -> float:
    """The share of courses in which some interval misses 0."""
    missed = np.zeros(len(runs), dtype=bool)
    for look in LOOKS[:looks]:
        low, high = bounds(runs, look, level)
        missed |= (low > 0) | (high < 0)
    return float(missed.mean())


def ends(runs: Floats) -> str:
    """With what the courses end, at the first look that decides."""
    same, different = (np.zeros(len(runs), dtype=bool) for _ in range(2))
    first = np.zeros(len(runs), dtype=bool)
    for look in LOOKS:
        low, high = bounds(runs, look, level_of(len(LOOKS)))
        undecided = ~(same | different)
        same |= undecided & (low >= -MARGIN) & (high <= MARGIN)
        different |= undecided & ((high < -MARGIN) | (low > MARGIN))
        first |= (same | different) & (look == LOOKS[0])
    return (
        f"SAME {same.mean():.4f}, DIFFERENT {different.mean():.4f}, "
        f"at the first look {first.mean():.3f}"
    )


def main(courses: int) -> None:
    """Measure and print."""
    standard = np.random.default_rng(SEED).standard_normal((courses, LOOKS[-1]))
    for looks in range(1, len(LOOKS) + 1):
        own = misses(standard, looks, level_of(looks))
        usual = misses(standard, looks, level_of(1))
        print(f"{looks} looks: misses {own:.4f} at {level_of(looks):.4f} each, {usual:.4f} at .95")
    print(f"on the margin: {ends(MARGIN + 0.02 * standard)}")
    print(f"no difference: {ends(2 / 3 * MARGIN * standard)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
