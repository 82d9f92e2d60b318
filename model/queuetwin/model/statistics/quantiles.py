"""A quantile is where the share above falls to what it leaves over, and so are its bounds.

Of every value only the bin is kept, in one histogram per base batch.  The share above an edge
is a ratio like any other; an edge lies inside the interval of a quantile as long as the
interval of its share holds the share that the quantile leaves over.  Between two edges the
bounds are read off a straight line.  This is indicator inversion, asymmetric by construction.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.statistics.batch_means import BatchSizes
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.ratio_estimators import (
    CONSTANT,
    FEWEST_COUNTED,
    plans_of,
    share_bounds,
    share_interval,
)

_NEIGHBOURS = 2


def rank_of(quantile: float, number: int) -> int:
    """The place, from 0 on, of a quantile among so many values in order of size."""
    return min(max(math.ceil(quantile * number) - 1, 0), number - 1)


class Tail:
    """Shares above edges with their intervals at a level; made once for many quantiles.

    `counts`, shape (k, bins), say how many values of each base batch lie in each bin, and
    `edges`, shape (bins + 1,), where the bins end: a value on an edge belongs to the bin below,
    so the bin of zeros ends at 0.  `margins` are the sums of the counts by base batch and by bin,
    shapes (k,) and (bins,), where they are known.  Raises ValueError for shapes that do not fit,
    or no value.
    """

    def __init__(
        self,
        counts: ArrayLike,
        edges: ArrayLike,
        level: float,
        *,
        margins: tuple[NDArray[Any], NDArray[Any]] | None = None,
    ) -> None:
        self._each = np.asarray(counts).T
        self.edges = np.asarray(edges, dtype=np.float64)
        if self._each.shape[:1] != (len(self.edges) - 1,):
            raise ValueError("a histogram has one more edge than bins")
        self._level = level
        values, totals = margins or (self._each.sum(axis=0), self._each.sum(axis=1))
        self.items = int(totals.sum())
        if self.items == 0:
            raise ValueError("a histogram of at least one value is needed")
        self.counted = int(totals.argmax())
        self._shares = np.append(totals[::-1].cumsum()[::-1], 0) / self.items
        self._values = values.astype(np.float64)
        # By edge: how many values of each base batch lie above it, from `_known` on.
        self._beyond = np.empty((len(self.edges), self._each.shape[1]), dtype=self._each.dtype)
        self._beyond[-1], self._known = 0, len(self._each)

    def share_above(self, limit: float, estimate: float | None = None) -> Estimate:
        """The share of values above a limit.

        `estimate` is the share itself where it is known better than from the bins.
        """
        last = len(self.edges) - 1
        place = int(np.clip(np.searchsorted(self.edges, limit, side="right") - 1, 0, last))
        here, there = self.above(place), self.above(min(place + 1, last))
        width = float(self.edges[min(place + 1, last)] - self.edges[place])
        part = max(limit - float(self.edges[place]), 0.0) / width if width > 0 else 0.0
        share = here.estimate + part * (there.estimate - here.estimate)
        moved = 0.0 if estimate is None else estimate - share
        return Estimate(
            estimate=share + moved,
            low=here.low + part * (there.low - here.low) + moved,
            high=here.high + part * (there.high - here.high) + moved,
            effective_size=here.effective_size,
            warnings=here.warnings,
        ).within(0.0, 1.0)

    def quantile(
        self, quantile: float, estimate: float, plan: BatchSizes | None = None
    ) -> Estimate:
        """A quantile, whose `estimate` is that of the whole sample.

        `plan` is that of its `ratio`, where it is known.  Where too few independent observations
        lie beyond it there are no bounds; `needed_items` then says how many items would do.
        Raises ValueError for a quantile outside (0, 1).
        """
        if not 0 < quantile < 1:
            raise ValueError("a quantile lies between 0 and 1")
        share = 1 - quantile
        place = self.nearest(share)
        if place is None:
            return self._in_one_bin(estimate)
        plan = plan or plans_of([self.ratio(place)])[0]
        nearest = self.above(place, plan)
        size = self.items if math.isnan(nearest.low) else nearest.effective_size
        independent = size * min(quantile, share)
        if math.isnan(nearest.low) or independent < FEWEST_COUNTED:
            needed = math.ceil(self.items * FEWEST_COUNTED / independent)
            return Estimate(
                estimate=estimate,
                effective_size=nearest.effective_size,
                needed_items=needed,
                warnings=(f"too few data: needs {needed:,} items",),
            )
        assert plan is not None, "what has bounds has a plan"
        bounds = _Bounds(self, plan)
        return Estimate(
            estimate=estimate,
            low=min(self._lowest(share, bounds), estimate),
            high=max(self._highest(share, bounds), estimate),
            effective_size=nearest.effective_size,
            warnings=nearest.warnings,
        )

    def nearest(self, share: float) -> int | None:
        """The edge above which the share is nearest to that, of those that divide the values."""
        divides = (self._shares > 0) & (self._shares < 1)
        if not divides.any():
            return None
        apart = np.where(divides, np.abs(self._shares - share), math.inf)
        return int(apart.argmin())

    def ratio(self, place: int) -> tuple[NDArray[Any], Floats]:
        """The two sums over base batches whose ratio is the share above an edge."""
        return self._above(place, place + 1)[0], self._values

    def above(self, place: int, plan: BatchSizes | None = None) -> Estimate:
        """The share above an edge."""
        return share_interval(*self.ratio(place), level=self._level, plan=plan)

    def _above(self, begin: int, end: int) -> NDArray[Any]:
        """How many values lie above each of some edges, shape (end - begin, k)."""
        # Row by row, from above: few quantiles ask for what lies far below them.
        while self._known > begin:
            self._known -= 1
            above, here = self._beyond[self._known + 1], self._each[self._known]
            np.add(above, here, out=self._beyond[self._known])
        return self._beyond[begin:end]

    def _lowest(self, share: float, bounds: _Bounds) -> float:
        """Where the lower bound of the share above falls to a share."""
        place = int(np.searchsorted(-self._shares, -share, side="right"))
        there = bounds.at(place)[0]
        while place > 0:
            place -= 1
            here = bounds.at(place)[0] if self._shares[place] < 1 else 1.0
            if here >= share:
                return self._read(place, here, there, share)
            there = here
        return float(self.edges[0])

    def _highest(self, share: float, bounds: _Bounds) -> float:
        """Where the upper bound of the share above falls to a share."""
        place = int(np.searchsorted(-self._shares, -share, side="right")) - 1
        here = bounds.at(place)[1]
        while place + 1 < len(self.edges):
            there = bounds.at(place + 1)[1]
            if there <= share:
                return self._read(place, here, there, share)
            place, here = place + 1, there
        return float(self.edges[-1])

    def bounds(self, begin: int, end: int, plan: BatchSizes) -> list[tuple[float, float]]:
        """The bounds of the shares above some edges."""
        above = self._above(begin, end)
        return share_bounds(above, self._values, level=self._level, plan=plan)

    def _read(self, place: int, here: float, there: float, share: float) -> float:
        """The value between an edge and the next at which a straight line meets the share."""
        width = float(self.edges[place + 1] - self.edges[place])
        return float(self.edges[place]) + width * (here - share) / max(here - there, 1e-300)

    def _in_one_bin(self, estimate: float) -> Estimate:
        low, high = float(self.edges[self.counted]), float(self.edges[self.counted + 1])
        note = (CONSTANT,) if low == high else ()
        return Estimate(
            estimate=estimate, low=low, high=high, effective_size=float(self.items), warnings=note
        )


class _Bounds:
    """The bounds of the shares above edges, as planned, found for a few neighbours at a time."""

    def __init__(self, tail: Tail, plan: BatchSizes) -> None:
        self._tail, self._plan = tail, plan
        self._known: dict[int, tuple[float, float]] = {}

    def at(self, place: int) -> tuple[float, float]:
        """The bounds of the share above one edge."""
        if place not in self._known:
            begin, end = max(place - _NEIGHBOURS, 0), place + _NEIGHBOURS + 1
            end = min(end, len(self._tail.edges))
            while begin in self._known:
                begin += 1
            while end - 1 in self._known:
                end -= 1
            found = self._tail.bounds(begin, end, self._plan)
            self._known.update(zip(range(begin, end), found, strict=True))
        return self._known[place]
