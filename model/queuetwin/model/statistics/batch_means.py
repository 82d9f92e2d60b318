"""How far a sum over an autocorrelated series may be from its expectation, from the series alone.

Neighbours remember each other, so the series is merged into batches until some of them, a few
apart, pass for independent.  Three things then follow: the variance of the batches, stretched
by the memory that adjacent ones still have; the degrees of freedom, those of the batches apart;
and how lopsided the sum is, from their skewness.  The steps are those of N-Skart (Tafazzoli,
Steiger and Wilson, IEEE Transactions on Automatic Control 56, 2011) on sums over base batches,
with nothing cut off at the start, and the lopsidedness limited: few batches tell it badly, and
the interval grows beyond all bounds with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.statistics.student import t_point

# Generous, so that the test errs towards longer batches.
_RANDOMNESS_POINT = 1.2815515655446004
_FARTHEST, _FARTHEST_IF_SKEWED, _SKEWED = 11, 4, 0.5
_FEWEST_BATCHES = 32
_FEWEST_APART = 16
_MOST_MEMORY = 0.9
_MOST_LEAN = 0.06
_UPRIGHT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSizes:
    """How many consecutive values make a batch, and which batches pass for independent.

    Every `apart`-th does; `settled` is False where even the longest do not.
    """

    size: int
    apart: int
    settled: bool

    @classmethod
    def of(cls, residuals: Floats) -> BatchSizes:
        """The shortest batches that will do, for values less their mean, shape (k,)."""
        (plan,) = cls.of_each(residuals[np.newaxis])
        return plan

    @classmethod
    def of_each(cls, series: Floats) -> list[BatchSizes]:
        """The same for several series at once, shape (n, k), which is sooner done than one by one.

        >>> BatchSizes.of_each(np.sin(np.arange(200.0)) * [[1.0], [2.0]])[1].settled
        True
        """
        plans: dict[int, BatchSizes] = {}
        left, size = np.arange(len(series)), 1
        while True:
            batches = _merged(series, size)
            apart, farthest = _first_random(batches)
            longer = math.ceil(size * math.sqrt(2))
            last = series.shape[1] // longer < _FEWEST_BATCHES
            for place in np.flatnonzero((apart > 0) | last):
                plans[int(left[place])] = cls(
                    size=size,
                    apart=int(apart[place] or farthest[place]),
                    settled=bool(apart[place]),
                )
            more = apart == 0
            if last or not more.any():
                return [plans[place] for place in range(len(plans))]
            series, left, size = series[more], left[more], longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of a sum of values: standard error, degrees of freedom, and skewness over six."""

    error: float
    freedom: float
    lean: float

    @classmethod
    def of(cls, residuals: Floats, plan: BatchSizes) -> Spread:
        """The spread of a sum, from its values less their mean, shape (k,), as planned."""
        (spread,) = cls.of_each(residuals[np.newaxis], plan)
        return spread

    @classmethod
    def of_each(cls, series: Floats, plan: BatchSizes) -> list[Spread]:
        """The same for several series at once, shape (n, k), all as planned."""
        batches = _merged(series, plan.size)
        count = batches.shape[1]
        squares = _dots(batches, batches)
        some = batches[:, :: -plan.apart]
        number = some.shape[1]
        # The lag-one correlation of a short independent series is -1/count on average.
        memory = _dots(batches[:, 1:], batches[:, :-1]) / _or_one(squares) + 1 / count
        memory = np.clip(memory, -_MOST_MEMORY, _MOST_MEMORY)
        error = np.sqrt((1 + memory) / (1 - memory) * squares * count / (count - 1))
        lean = np.clip(_skewness(some) / (6 * math.sqrt(number)), -_MOST_LEAN, _MOST_LEAN)
        return [
            cls(error=one, freedom=number - 1, lean=leaning)
            for one, leaning in zip(error.tolist(), lean.tolist(), strict=True)
        ]

    def reach(self, level: float) -> tuple[float, float]:
        """How far the expectation may lie below and above the sum.

        Hall's transformation of Student's t (Journal of the Royal Statistical Society B 54,
        1992).  A sum that leans to large values is low when its spread looks small, so the
        side that reaches up is the longer.
        """
        point = t_point(self.freedom, level)
        below = _straightened(point, self.lean) * self.error
        above = -_straightened(-point, self.lean) * self.error
        return max(below, 0.0), max(above, 0.0)


def _straightened(point: float, lean: float) -> float:
    if abs(lean) < _UPRIGHT:
        return point
    return (math.cbrt(1 + 6 * lean * (point - lean)) - 1) / (2 * lean)


def _merged(values: Floats, size: int) -> Floats:
    """Sums of consecutive values, `size` or a few more each, nothing left over."""
    if size == 1:
        return values
    length = values.shape[-1]
    count = length // size
    return np.add.reduceat(values, np.arange(count) * length // count, axis=-1)


def _first_random(batches: Floats) -> tuple[Integers, Integers]:
    """How far apart batches pass for random, and how far was looked; shape (n, count), (n,) each.

    0 where they do not, however far.
    """
    most = max(batches.shape[1] // _FEWEST_APART, 1)
    farthest = np.where(np.abs(_skewness(batches)) > _SKEWED, _FARTHEST_IF_SKEWED, _FARTHEST)
    farthest = np.minimum(farthest, most)
    first = np.zeros(len(batches), dtype=np.int64)
    left = np.arange(len(batches))
    for apart in range(1, int(farthest.max()) + 1):
        random = _pass_for_random(batches[:, ::-apart])
        first[left[random]] = apart
        stay = ~random & (farthest[left] > apart)
        if not stay.all():
            batches, left = batches[stay], left[stay]
            if not len(left):
                break
    return first, farthest


def _pass_for_random(batches: Floats) -> NDArray[np.bool_]:
    """Whether neighbours agree no more than chance has them, at a two-sided level of .20."""
    count = batches.shape[1]
    apart = batches - batches.mean(axis=1, keepdims=True)
    squares = _dots(apart, apart)
    memory = _dots(apart[:, 1:], apart[:, :-1]) / _or_one(squares) + 1 / count
    bound = _RANDOMNESS_POINT * math.sqrt((count - 2) / (count**2 - 1))
    random: NDArray[np.bool_] = (np.abs(memory) <= bound) | (squares == 0)
    return random


def _skewness(batches: Floats) -> Floats:
    """Bias-corrected sample skewness of each row; 0 where all are alike."""
    count = batches.shape[1]
    apart = batches - batches.mean(axis=1, keepdims=True)
    variance = _dots(apart, apart) / (count - 1)
    third = count / ((count - 1) * (count - 2)) * _dots(apart**2, apart)
    skewness: Floats = third / _or_one(variance * np.sqrt(variance))
    return skewness


def _dots(one: Floats, other: Floats) -> Floats:
    """The dot product of each row, to the bit as of that row alone."""
    products: Floats = np.matmul(one[:, np.newaxis, :], other[:, :, np.newaxis])
    return products[:, 0, 0]


def _or_one(divisors: Floats) -> Floats:
    return np.where(divisors > 0, divisors, 1.0)
