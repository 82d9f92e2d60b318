"""Every long-run figure is a ratio of two sums over base batches, and so is its interval.

A mean is values over their number, a time average an integral over seconds, a share those that
count over all.  The figure is sum over sum, with nothing cut off: started empty, a run as long
as an answer needs has forgotten its start.  What is uncertain is the sum of `over - figure x
under`, whose expectation is 0 in every batch (the delta method), and `batch_means` says how
far that sum strays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv  # type: ignore[import-untyped]

from queuetwin.model.base.arrays import Floats
from queuetwin.model.statistics.batch_means import BatchSizes, Spread
from queuetwin.model.statistics.estimate import Estimate

_FEWEST = 20
_ROUNDING = 1e-12
# Independent observations that count below which a share's interval is a rough one.
FEWEST_COUNTED = 15
_DRIFT = 0.8

TOO_FEW = "too few data for an interval"
FEW_COUNTED = "few data: the share stands on few independent items"
CONSTANT = "every batch is the same, so the interval has no width"
DRIFTS = "not stationary: the values drift over the whole run"
REMEMBERS = "near capacity or too short: the values remember each other over the whole run"


def ratio_interval(
    over: ArrayLike,
    under: ArrayLike,
    *,
    level: float,
    variance: float | None = None,
    plan: BatchSizes | None = None,
) -> Estimate:
    """Estimate of sum(over) / sum(under), both of shape (k,), in time order.

    `variance` is that of one observation, where `under` counts observations: the effective
    size is then in observations, and in base batches without it.  `plan` says which batches to
    take, where a like series has chosen them.  What has no negative values gets no negative
    bound.  Raises ValueError for series of unequal length or a level outside (0, 1).

    >>> ratio_interval([2.0] * 40, [1.0] * 40, level=0.9).estimate
    2.0
    """
    above, below = _series(over), _series(under)
    if len(above) != len(below):
        raise ValueError("both series of a ratio have the same length")
    if not 0 < level < 1:
        raise ValueError("a level lies between 0 and 1")
    whole = float(below.sum())
    if whole == 0:
        return Estimate(estimate=math.nan, warnings=(TOO_FEW,))
    estimate, residuals = _residuals(above, below)
    spoken = int(np.count_nonzero(below))
    if spoken < _FEWEST:
        return Estimate(estimate=estimate, warnings=(TOO_FEW,))
    plan = plan or BatchSizes.of(residuals)
    spread = Spread.of(residuals, plan)
    if spread.error == 0:
        return _constant(estimate, whole if variance is not None else float(spoken))
    down, up = spread.reach(level)
    found = Estimate(
        estimate=estimate,
        low=estimate - down / whole,
        high=estimate + up / whole,
        effective_size=_effective(residuals, spread, whole, variance),
        warnings=() if plan.settled else (_why_unsettled(residuals),),
    )
    return found.within(0.0, math.inf) if above.min() >= 0 <= below.min() else found


def share_interval(
    over: ArrayLike,
    under: ArrayLike,
    *,
    level: float,
    effective_size: float | None = None,
    plan: BatchSizes | None = None,
) -> Estimate:
    """Estimate of the share sum(over) / sum(under) of counts, both of shape (k,), in time order.

    Bounds lie in [0, 1], and are never closer than the exact ones of so many independent
    observations (Clopper and Pearson, Biometrika 26, 1934; on the effective size after Korn and
    Graubard, Survey Methodology 24, 1998).  Where none counted, or all, the batches say nothing
    of their spread; the bound is then that of `effective_size` independent observations (the
    rule of three), for which a companion figure of the same items may stand, and otherwise the
    number of base batches.
    """
    above, below = _series(over), _series(under)
    whole = float(below.sum())
    if whole == 0:
        return Estimate(estimate=math.nan, warnings=(TOO_FEW,))
    share = float(above.sum()) / whole
    if 0 < share < 1:
        variance = share * (1 - share)
        found = ratio_interval(above, below, level=level, variance=variance, plan=plan)
        return _at_least_exact(found, level).within(0.0, 1.0)
    if not 0 < level < 1:
        raise ValueError("a level lies between 0 and 1")
    size = min(effective_size or float(np.count_nonzero(below)), whole)
    low, high = _bounds_of_none_or_all(share, size, level)
    return Estimate(estimate=share, low=low, high=high, effective_size=size)


def plans_of(ratios: Sequence[tuple[ArrayLike, ArrayLike]]) -> list[BatchSizes | None]:
    """The batches to take for each of several ratios over the same base batches, at once.

    None for a ratio that needs none: of nothing, or of few base batches.
    """
    plans: list[BatchSizes | None] = [None] * len(ratios)
    series: dict[int, Floats] = {}
    for place, (over, under) in enumerate(ratios):
        below = _series(under)
        if np.count_nonzero(below) >= _FEWEST:
            _, series[place] = _residuals(_series(over), below)
    if series:
        for place, plan in zip(
            series, BatchSizes.of_each(np.array(list(series.values()))), strict=True
        ):
            plans[place] = plan
    return plans


def share_bounds(
    over: NDArray[Any], under: Floats, *, level: float, plan: BatchSizes
) -> list[tuple[float, float]]:
    """The bounds of `share_interval` for several shares of the same counts, all as planned.

    `over` has shape (n, k), `under` (k,).  Of none, or all, the near bound is the share itself.
    """
    above, whole = over.astype(np.float64), float(under.sum())
    shares = above.sum(axis=1) / whole
    residuals = above - shares[:, np.newaxis] * under
    residuals[np.abs(residuals) <= _ROUNDING * above.max(axis=1, keepdims=True)] = 0.0
    return [
        _bounds_of(share, spread, whole, level)
        if 0 < share < 1
        else _bounds_of_none_or_all(share, float(np.count_nonzero(under)), level)
        for share, spread in zip(shares.tolist(), Spread.of_each(residuals, plan), strict=True)
    ]


def _bounds_of(share: float, spread: Spread, whole: float, level: float) -> tuple[float, float]:
    if spread.error == 0:
        return share, share
    down, up = spread.reach(level)
    size = min(share * (1 - share) * (whole / spread.error) ** 2, whole)
    low, high = _exact(share, size, level)
    return max(min(share - down / whole, low), 0.0), min(max(share + up / whole, high), 1.0)


def _bounds_of_none_or_all(share: float, size: float, level: float) -> tuple[float, float]:
    """The rule of three."""
    most = -math.expm1(math.log1p(-level) / size)
    return (0.0, most) if share == 0 else (1 - most, 1.0)


def _residuals(above: Floats, below: Floats) -> tuple[float, Floats]:
    """The ratio, and what each base batch has more than its share of it."""
    estimate = float(above.sum()) / float(below.sum())
    residuals = above - estimate * below
    # What is left of a constant is rounding.
    residuals[np.abs(residuals) <= _ROUNDING * np.abs(above).max()] = 0.0
    return estimate, residuals


def _at_least_exact(found: Estimate, level: float) -> Estimate:
    """As wide as the exact interval of the effective number that counts, out of all of them."""
    if math.isnan(found.low) or found.low == found.high:
        return found
    low, high = _exact(found.estimate, found.effective_size, level)
    few = found.effective_size * min(found.estimate, 1 - found.estimate) < FEWEST_COUNTED
    return replace(
        found,
        low=min(found.low, low),
        high=max(found.high, high),
        warnings=(*found.warnings, FEW_COUNTED) if few else found.warnings,
    )


def _exact(share: float, size: float, level: float) -> tuple[float, float]:
    """The bounds of Clopper and Pearson, for so many independent observations."""
    counted = size * share
    rest = size - counted
    low = float(betaincinv(counted, rest + 1, 0.5 - level / 2))
    high = float(betaincinv(counted + 1, rest, 0.5 + level / 2))
    return low, high


def _series(values: ArrayLike) -> Floats:
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1 or not len(series):
        raise ValueError("a series of at least one value is needed")
    if not np.isfinite(series).all():
        raise ValueError("the series holds values that are not finite")
    return series


def _constant(estimate: float, size: float) -> Estimate:
    return Estimate(
        estimate=estimate,
        low=estimate,
        high=estimate,
        effective_size=size,
        warnings=(CONSTANT,),
    )


def _effective(residuals: Floats, spread: Spread, whole: float, variance: float | None) -> float:
    if variance is None:
        size = len(residuals)
        return min(size * float(residuals @ residuals) / spread.error**2, float(size))
    return min(variance * (whole / spread.error) ** 2, whole)


def _why_unsettled(residuals: Floats) -> str:
    """A drift goes one way; a long memory goes to and fro."""
    groups = np.array([part.sum() for part in np.array_split(residuals, 10)])
    if not groups.var():  # equal groups: no drift, and no correlation to divide by
        return REMEMBERS
    drift = float(np.corrcoef(groups, np.arange(10))[0, 1])
    return DRIFTS if abs(drift) > _DRIFT else REMEMBERS
