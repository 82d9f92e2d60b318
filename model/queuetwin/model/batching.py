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
from scipy.special import stdtrit  # type: ignore[import-untyped]

__all__ = ["Plan", "Spread", "student_half_width", "t_point"]

Floats = NDArray[np.float64]

# Generous, so that the test errs towards longer batches.
_RANDOMNESS_POINT = 1.2815515655446004
_FARTHEST, _FARTHEST_IF_SKEWED, _SKEWED = 11, 4, 0.5
_FEWEST_BATCHES = 32
_FEWEST_APART = 16
_MOST_MEMORY = 0.9
_MOST_LEAN = 0.06
_UPRIGHT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many consecutive values make a batch, and which batches pass for independent.

    Every `apart`-th does; `settled` is False where even the longest do not.
    """

    size: int
    apart: int
    settled: bool

    @classmethod
    def of(cls, residuals: Floats) -> Plan:
        """The shortest batches that will do, for values less their mean, shape (k,)."""
        size = 1
        while True:
            batches = _merged(residuals, size)
            skewed = abs(_skewness(batches)) > _SKEWED
            farthest = min(_FARTHEST_IF_SKEWED if skewed else _FARTHEST,
                           max(len(batches) // _FEWEST_APART, 1))  # fmt: skip
            for apart in range(1, farthest + 1):
                if _pass_for_random(batches[::-apart]):
                    return cls(size=size, apart=apart, settled=True)
            longer = math.ceil(size * math.sqrt(2))
            if len(residuals) // longer < _FEWEST_BATCHES:
                return cls(size=size, apart=farthest, settled=False)
            size = longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of a sum of values: standard error, degrees of freedom, and skewness over six."""

    error: float
    freedom: float
    lean: float

    @classmethod
    def of(cls, residuals: Floats, plan: Plan) -> Spread:
        """The spread of a sum, from its values less their mean, shape (k,), as planned."""
        batches = _merged(residuals, plan.size)
        count = len(batches)
        squares = float(batches @ batches)
        if squares == 0:
            return cls(error=0.0, freedom=count - 1, lean=0.0)
        # The lag-one correlation of a short independent series is -1/count on average.
        memory = float(batches[1:] @ batches[:-1]) / squares + 1 / count
        memory = min(max(memory, -_MOST_MEMORY), _MOST_MEMORY)
        stretch = (1 + memory) / (1 - memory)
        some = batches[:: -plan.apart]
        lean = _skewness(some) / (6 * math.sqrt(len(some)))
        return cls(
            error=math.sqrt(stretch * squares * count / (count - 1)),
            freedom=len(some) - 1,
            lean=min(max(lean, -_MOST_LEAN), _MOST_LEAN),
        )

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


def t_point(freedom: float, level: float) -> float:
    """Half-width of a two-sided Student interval in standard errors."""
    return float(stdtrit(freedom, 0.5 + level / 2))


def student_half_width(values: Floats, level: float) -> float:
    """Half-width of Student's interval around the mean of independent values, shape (n,), n > 1."""
    return t_point(len(values) - 1, level) * float(values.std(ddof=1)) / math.sqrt(len(values))


def _straightened(point: float, lean: float) -> float:
    if abs(lean) < _UPRIGHT:
        return point
    return (math.cbrt(1 + 6 * lean * (point - lean)) - 1) / (2 * lean)


def _merged(values: Floats, size: int) -> Floats:
    """Sums of consecutive values, `size` or a few more each, nothing left over."""
    if size == 1:
        return values
    count = len(values) // size
    return np.add.reduceat(values, np.arange(count) * len(values) // count)


def _pass_for_random(batches: Floats) -> bool:
    """Whether neighbours agree no more than chance has them, at a two-sided level of .20."""
    count = len(batches)
    apart = batches - batches.mean()
    squares = float(apart @ apart)
    if squares == 0:
        return True
    memory = float(apart[1:] @ apart[:-1]) / squares + 1 / count
    return abs(memory) <= _RANDOMNESS_POINT * math.sqrt((count - 2) / (count**2 - 1))


def _skewness(batches: Floats) -> float:
    """Bias-corrected sample skewness; 0 where all are alike."""
    count = len(batches)
    apart = batches - batches.mean()
    variance = float(apart @ apart) / (count - 1)
    if variance == 0:
        return 0.0
    third = float((apart**2) @ apart)
    return count / ((count - 1) * (count - 2)) * third / (variance * math.sqrt(variance))
