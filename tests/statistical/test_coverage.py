"""Intervals cover as often as they say, on waits that remember and are lopsided.

Seeds are fixed, so a test passes or fails for good.  With new seeds a true coverage inside the
range that is stated would leave the limits, three binomial standard errors wider, about once in
700.
"""

import numpy as np

from queuetwin.model.intervals import interval

LEVEL = 0.9


def waits(runs: int, items: int, load: float) -> np.ndarray:
    """Waiting times of M/M/1 with mean service 1, from empty, shape (runs, items)."""
    generator = np.random.default_rng(20)
    steps = generator.standard_exponential((runs, items))
    steps -= generator.standard_exponential((runs, items)) / load
    walk = np.cumsum(steps, axis=1)
    return walk - np.minimum.accumulate(np.minimum(walk, 0.0), axis=1)


def covered(truth: float, series: np.ndarray, quantile: float | None = None) -> int:
    found = [interval(one, level=LEVEL, quantile=quantile) for one in series]
    return sum(one.low <= truth <= one.high for one in found)
