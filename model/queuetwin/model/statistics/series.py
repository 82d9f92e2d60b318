"""How sure a figure is, from one autocorrelated series: nothing taken for granted.

Neighbouring items wait together, so their number overstates what is known.  A series is folded
into at most 2,047 base batches of equal numbers of consecutive values; `ratio_estimators` and
`quantiles` say from those how far its mean or a quantile may be off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.quantiles import Tail, rank_of
from queuetwin.model.statistics.ratio_estimators import ratio_interval

_MOST_BASE_BATCHES = 2047
_BINS_AN_OCTAVE, _OCTAVES = 16, 4


def interval(series: ArrayLike, *, level: float = 0.95, quantile: float | None = None) -> Estimate:
    """The mean, or a quantile, of a stationary series in time order, with its interval.

    `series` has shape (n,).  The mean by skewness- and autoregression-adjusted batch means
    (`batch_means`), quantiles by inversion of the share above (`quantiles`).  Raises ValueError
    for an empty or non-finite series, or a level or quantile outside (0, 1).

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
    begins = np.arange(0, len(values), -(-len(values) // _MOST_BASE_BATCHES))
    sizes = np.diff(begins, append=len(values))
    if quantile is None:
        sums = np.add.reduceat(values, begins)
        return ratio_interval(sums, sizes, level=level, variance=float(values.var()))
    if not 0 < quantile < 1:
        raise ValueError("a quantile lies between 0 and 1")
    ordered = np.sort(values)
    edges = _edges(ordered, quantile)
    rows = np.repeat(np.arange(len(begins)), sizes)
    places = np.searchsorted(edges[1:], values, side="left")
    bins = len(edges) - 1
    counts = np.bincount(rows * bins + places, minlength=len(begins) * bins)
    tail = Tail(counts.reshape(len(begins), bins), edges, level)
    return tail.quantile(quantile, float(ordered[rank_of(quantile, len(values))]))


def _edges(ordered: NDArray[np.float64], quantile: float) -> NDArray[np.float64]:
    """Order statistics from the smallest, which has its own bin, close around a quantile.

    The shares above or below them go in steps of 4 %, sixteen times up and down.
    """
    steps = np.arange(-_OCTAVES * _BINS_AN_OCTAVE, _OCTAVES * _BINS_AN_OCTAVE + 1)
    factor = 2.0 ** (steps / _BINS_AN_OCTAVE)
    shares = np.concatenate([quantile * factor, 1 - (1 - quantile) * factor, [0.0, 1.0]])
    ranks = np.ceil(shares[(shares >= 0) & (shares <= 1)] * len(ordered)).astype(int) - 1
    return np.append(ordered[0], np.unique(ordered[np.maximum(ranks, 0)]))
