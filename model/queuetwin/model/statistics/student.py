"""Student's interval of a mean over independent values, such as the figures of replications."""

from __future__ import annotations

import math
from functools import cache

from scipy.special import stdtrit  # type: ignore[import-untyped]

from queuetwin.model.base.arrays import Floats
from queuetwin.model.statistics.estimate import Estimate


@cache
def t_point(freedom: float, level: float) -> float:
    """Half-width of a two-sided Student interval in standard errors."""
    return float(stdtrit(freedom, 0.5 + level / 2))


def mean_over_replications(values: Floats, level: float) -> Estimate:
    """The mean of independent values, shape (n,), n > 1, with Student's interval.

    >>> import numpy as np
    >>> mean_over_replications(np.array([1.0, 2.0, 3.0]), 0.9).effective_size
    3
    """
    half = t_point(len(values) - 1, level) * float(values.std(ddof=1)) / math.sqrt(len(values))
    mean = float(values.mean())
    return Estimate(estimate=mean, low=mean - half, high=mean + half, effective_size=len(values))
