"""Poisson processes of a rate that changes: unit gaps sent through the inverse cumulative rate.

Another rate moves the items and shifts no draw.  Here, and only here, a rate may be 0: nothing
comes meanwhile.  Whatever is summed is summed in order, from the sum that went before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from queuetwin.model.arrivals.process import GeneratorOf
from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.units import format_rate, parse_rate

_ZERO = re.compile(r"\s*\+?0+(?:\.0*)?\s*[kM]?\s*/\s*(?:s|sec|m|min|h|d)\s*")
_TINY = np.finfo(np.float64).tiny


def parse_rate_or_zero(value: object) -> float:
    """Items per second of a text such as "10/s" or "0/s"."""
    return 0.0 if isinstance(value, str) and _ZERO.fullmatch(value) else parse_rate(value)


def format_rate_or_zero(per_second: float) -> str:
    """The text that `parse_rate_or_zero` reads back."""
    return format_rate(per_second) if per_second else "0/s"


class Modulated:
    """Unit exponential gaps, sent through the inverse of a cumulative rate."""

    def __init__(self, inverse: Callable[[Floats], Floats], generator_of: GeneratorOf) -> None:
        self._unit = generator_of("gap").standard_exponential
        self._inverse = inverse
        self._units, self._last = 0.0, 0.0

    def __call__(self, count: int) -> Floats:
        """The next gaps in seconds, fewer where the rate stays 0."""
        units = np.cumsum(np.append(self._units, self._unit(count)))
        self._units = float(units[-1])
        # The inverse of rising sums rises, but for its last bits.
        instants = np.maximum.accumulate(np.append(self._last, self._inverse(units[1:])))
        self._last = float(instants[-1])
        return np.diff(instants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A rate over time in straight pieces: where each begins, at which rate, how steep.

    `total` is the cumulative rate at the beginning of each piece.
    """

    begin: Floats
    rate: Floats
    slope: Floats
    total: Floats

    def instants(self, units: Floats) -> Floats:
        """Seconds at which the cumulative rate reaches each of `units`, as far as it does."""
        if self.rate[-1] == 0:
            units = units[: np.searchsorted(units, self.total[-1])]
        piece = np.searchsorted(self.total, units, side="right") - 1
        rest, rate, slope = units - self.total[piece], self.rate[piece], self.slope[piece]
        # The quadratic solved without a difference, so a flat piece is rest / rate to the bit.
        root = np.sqrt(np.maximum(rate * rate + 2 * slope * rest, 0.0))
        passed: Floats = 2 * rest / np.maximum(rate + root, _TINY)
        return self.begin[piece] + passed
