"""How sure a figure is, from one autocorrelated series: batch means, nothing taken for granted.

Neighbouring items wait together, so their number overstates what is known.  The series is cut
into few long batches whose means are nearly independent (20: few batches cover better on
queues than many), and Student's t does the rest.  A quantile's interval is the batch-means
interval of the indicator "at most the quantile", read back through the order statistics.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit  # type: ignore[import-untyped]

__all__ = [
    "BATCHES",
    "Interval",
    "batch_interval",
    "interval",
    "mean_interval",
    "quantile_interval",
    "t_point",
]

BATCHES = 20
_FEWEST_A_BATCH = 5
_FEW_BEYOND = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with its interval at the level that was asked for.

    `low` and `high` are NaN where the data cannot give them; `warnings` then says why.
    `effective_size` is the number of independent observations that would know as much.
    """

    estimate: float
    low: float = math.nan
    high: float = math.nan
    effective_size: float = math.nan
    warnings: tuple[str, ...] = ()

    def within(self, low: float, high: float) -> Interval:
        """The same, with its bounds kept inside the range of the quantity."""
        return replace(
            self,
            low=max(self.low, low) if not math.isnan(self.low) else self.low,
            high=min(self.high, high) if not math.isnan(self.high) else self.high,
        )


def interval(series: ArrayLike, *, level: float = 0.95, quantile: float | None = None) -> Interval:
    """The mean, or a quantile, of a stationary series in time order, with its interval.

    `series` has shape (n,).  Batch means with 20 batches (Schmeiser, Operations Research 30,
    1982); quantiles by inversion of the indicator.  Raises ValueError for an empty or
    non-finite series, or a level or quantile outside (0, 1).

    >>> interval([3.0] * 100).estimate
    3.0
    """
    values = np.asarray(series, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError("a series of at least one value is needed")
    if not np.isfinite(values).all():
        raise ValueError("the series holds values that are not finite")
    if not 0 < level < 1:
        raise ValueError("a level lies between 0 and 1")
    if quantile is None:
        return mean_interval(values, level)
    if not 0 < quantile < 1:
        raise ValueError("a quantile lies between 0 and 1")
    return quantile_interval(values, quantile, level)


def mean_interval(values: NDArray[np.float64], level: float) -> Interval:
    """Batch-means interval of the mean of values in time order, shape (n,)."""
    estimate = float(values.mean())
    size = len(values) // BATCHES
    if size < _FEWEST_A_BATCH:
        return Interval(estimate=estimate, warnings=("too few data for an interval",))
    batches = values[len(values) - size * BATCHES :].reshape(BATCHES, size).mean(axis=1)
    error = float(batches.std(ddof=1)) / math.sqrt(BATCHES)
    independent = float(values.var(ddof=1)) / error**2 if error > 0 else float(len(values))
    found = batch_interval(estimate, batches, level)
    return replace(found, effective_size=min(independent, float(len(values))))


def batch_interval(estimate: float, batches: NDArray[np.float64], level: float) -> Interval:
    """Student's interval around an estimate from its nearly independent batches, shape (k,)."""
    half = t_point(len(batches) - 1, level) * float(batches.std(ddof=1)) / math.sqrt(len(batches))
    return Interval(estimate=estimate, low=estimate - half, high=estimate + half)


def quantile_interval(
    values: NDArray[np.float64],
    quantile: float,
    level: float,
    ordered: NDArray[np.float64] | None = None,
) -> Interval:
    """Interval of a quantile of values in time order, shape (n,), by indicator inversion.

    `ordered` are the same values by size, where several quantiles of them are asked for.
    """
    ordered = np.sort(values) if ordered is None else ordered
    estimate = float(ordered[_rank(quantile, len(values))])
    below = mean_interval((values <= estimate).astype(np.float64), level)
    if math.isnan(below.low):
        return Interval(estimate=estimate, warnings=below.warnings)
    half = (below.high - below.low) / 2
    beyond = below.effective_size * (1 - quantile)
    return Interval(
        estimate=estimate,
        low=float(ordered[_rank(max(quantile - half, 0.0), len(values))]),
        high=float(ordered[_rank(min(quantile + half, 1.0), len(values))]),
        effective_size=below.effective_size,
        warnings=("few data beyond this quantile",) if beyond < _FEW_BEYOND else (),
    )


def t_point(freedom: int, level: float) -> float:
    """Half-width of a two-sided Student interval in standard errors."""
    return float(stdtrit(freedom, 0.5 + level / 2))


def _rank(quantile: float, size: int) -> int:
    return min(max(math.ceil(quantile * size) - 1, 0), size - 1)
