"""Geometric sums and Poisson windows that keep their digits when the ratio is near one.

Law: no difference of two nearly equal numbers is ever formed; near a ratio of one the series
takes over.
"""

import math

import numpy as np

from queuetwin.model.base.arrays import Floats

# Up to here five Bernoulli terms are exact; above, the plain difference loses one digit at most.
_SMALL_SPAN = 0.3


def window(peak: float, lowest: float, highest: float) -> Floats:
    """Counts around `peak`, outside which terms that fall like a Poisson law's are nothing."""
    peak = min(max(peak, lowest), highest)
    reach = 10 * math.sqrt(peak) + 50
    low, high = max(lowest, math.floor(peak - reach)), min(highest, math.ceil(peak + reach))
    return np.arange(low, high + 1, dtype=np.float64)


def geometric_sum(log_ratio: float, count: Floats) -> Floats:
    """Sum over j = 0..count-1 of exp(j log_ratio), for log_ratio <= 0."""
    if log_ratio == 0:
        return count
    return np.asarray(np.expm1(count * log_ratio) / math.expm1(log_ratio), dtype=np.float64)


def geometric_mean(log_ratio: float, last: int) -> float:
    """Mean of j over 0..last with weights exp(j log_ratio), for log_ratio <= 0."""
    step, span = -log_ratio, -log_ratio * (last + 1)
    if span < _SMALL_SPAN:
        # Both parts below are then near 1/step: what is left once that is struck out, in series.
        return last / 2 + _bose_rest(step) - (last + 1) * _bose_rest(span)
    return _bose(step) - (last + 1) * _bose(span)


def _bose(x: float) -> float:
    return math.exp(-x) / -math.expm1(-x)


def _bose_rest(x: float) -> float:
    """1/(exp(x) - 1) - 1/x + 1/2 for 0 <= x < _SMALL_SPAN, by Bernoulli's numbers."""
    square = x * x
    tail = 1 / 30240 - square * (1 / 1209600 - square / 47900160)
    return x * (1 / 12 - square * (1 / 720 - square * tail))


def log_quotient(numerator: float, denominator: float) -> float:
    """ln(numerator/denominator), to the last digit where the two are close."""
    gap = numerator - denominator
    if abs(gap) < denominator / 2:
        return math.log1p(gap / denominator)
    return math.log(numerator) - math.log(denominator)
