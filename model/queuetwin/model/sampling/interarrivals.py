"""Gaps between items, drawn in order: what is asked at once or one by one is the same floats.

Item *i* takes the *i*-th draw of its stream and a batch *b* the *b*-th; draws are standardised
and then scaled, or sent as unit gaps through the inverse of the cumulative rate.  So a change of
rate shifts no draw.  Whatever is summed is summed in order, from the sum that went before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.distributions.distribution import Distribution
from queuetwin.model.language.arrivals import (
    Arrivals,
    Backlog,
    Batch,
    BatchSize,
    Closed,
    ConstantSize,
    GeometricSize,
    Periodic,
    Poisson,
    Renewal,
)
from queuetwin.model.language.time_varying import Bursty, Profile
from queuetwin.model.language.trace import Trace

__all__ = ["GapSource", "GeneratorOf", "gap_source", "item_limit"]

GapSource = Callable[[int], Floats]
GeneratorOf = Callable[[str], np.random.Generator]

_TINY = np.finfo(np.float64).tiny
# Even, so that every block of stays begins in the same state.
_STAYS = 1024


def gap_source(arrivals: Arrivals, generator_of: GeneratorOf) -> GapSource:
    """What yields the next `count` gaps in seconds, fewer or none when the process has ended.

    By schedule their running sum is the plan, by gap they are one producer's, and from outcomes
    they are think times.  `generator_of` gives the generator of a stream: gap, batch, phase,
    think.
    """
    each = arrivals.producers if arrivals.pacing == "gap" else 1
    source: GapSource
    match arrivals:
        case Poisson():
            source = _exponential(generator_of("gap"), each / arrivals.rate)
        case Periodic():
            source = _Periodic(each, each / arrivals.rate)
        case Renewal():
            source = _drawn(arrivals.gap, each * arrivals.mean_gap, generator_of, "gap")
        case Batch():
            source = _Batches(arrivals, generator_of)
        case Backlog():
            source = np.zeros
        case Trace():
            source = _Listed(np.array(arrivals.times) * arrivals.stretch)
        case Profile():
            source = _Modulated(_profile(arrivals).instants, generator_of)
        case Bursty():
            source = _Modulated(_Bursts(arrivals, generator_of("phase")).instants, generator_of)
        case Closed():
            source = _drawn(arrivals.think, arrivals.think.mean_time, generator_of, "think")
    return source


def item_limit(arrivals: Arrivals) -> int | None:
    """How many items there are at most; None without a limit."""
    return len(arrivals.times) if arrivals.process == "trace" else None


def _exponential(generator: np.random.Generator, mean: float) -> GapSource:
    def gaps(count: int) -> Floats:
        drawn: Floats = generator.standard_exponential(count)
        drawn *= mean
        return drawn

    return gaps


def _drawn(
    distribution: Distribution, mean: float, generator_of: GeneratorOf, stream: str
) -> GapSource:
    draw = distribution.sampler(generator_of(stream), generator_of("phase"))
    return lambda count: draw(count)[0] * mean


class _Periodic:
    """Equal gaps, after a first item of each producer that comes at once."""

    def __init__(self, at_once: int, gap: float) -> None:
        self._at_once, self._gap = at_once, gap

    def __call__(self, count: int) -> Floats:
        gaps = np.full(count, self._gap)
        gaps[: self._at_once] = 0.0
        self._at_once = max(0, self._at_once - count)
        return gaps


class _Listed:
    """Recorded instants: gaps whose running sum, rounded at each step, comes back to them."""

    def __init__(self, instants: Floats) -> None:
        gaps, reached = [], 0.0
        for instant in instants.tolist():
            gaps.append(max(0.0, instant - reached))
            reached += gaps[-1]
        self._left = np.array(gaps)

    def __call__(self, count: int) -> Floats:
        taken, self._left = self._left[:count], self._left[count:]
        return taken


class _Batches:
    """A gap before the first item of each batch, none before the others."""

    def __init__(self, arrivals: Batch, generator_of: GeneratorOf) -> None:
        self._unit = generator_of("gap").standard_exponential
        self._mean_size = arrivals.size.mean_size
        self._mean_gap = self._mean_size / arrivals.rate
        self._sizes = _batch_sizes(arrivals.size, generator_of("batch"))
        self._left: Floats = np.empty(0)

    def __call__(self, count: int) -> Floats:
        while len(self._left) < count:
            batches = max(1, int((count - len(self._left)) / self._mean_size))
            sizes = self._sizes(batches)
            gaps = np.zeros(int(sizes.sum()))
            gaps[np.cumsum(sizes) - sizes] = self._unit(batches) * self._mean_gap
            self._left = np.append(self._left, gaps)
        taken, self._left = self._left[:count], self._left[count:]
        return taken


def _batch_sizes(
    size: BatchSize, generator: np.random.Generator
) -> Callable[[int], NDArray[np.int64]]:
    if isinstance(size, ConstantSize) or size.mean_size == 1:
        return lambda count: np.full(count, int(size.mean_size))
    if isinstance(size, GeometricSize):
        another = np.log1p(-1 / size.mean)
        return lambda count: 1 + (np.log1p(-generator.random(count)) / another).astype(np.int64)
    low, values = size.low, size.high - size.low + 1
    return lambda count: low + (generator.random(count) * values).astype(np.int64)


class _Modulated:
    """Unit exponential gaps, sent through the inverse of a cumulative rate."""

    def __init__(self, inverse: Callable[[Floats], Floats], generator_of: GeneratorOf) -> None:
        self._unit = generator_of("gap").standard_exponential
        self._inverse = inverse
        self._units, self._last = 0.0, 0.0

    def __call__(self, count: int) -> Floats:
        units = np.cumsum(np.append(self._units, self._unit(count)))
        self._units = float(units[-1])
        # The inverse of rising sums rises, but for its last bits.
        instants = np.maximum.accumulate(np.append(self._last, self._inverse(units[1:])))
        self._last = float(instants[-1])
        return np.diff(instants)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
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


def _profile(arrivals: Profile) -> _Pieces:
    points, linear = arrivals.scaled_points, arrivals.shape == "linear"
    slopes, total = [], [0.0]
    for (begin, rate), (end, later) in pairwise(points):
        reached = later if linear else rate
        slopes.append((reached - rate) / (end - begin))
        total.append(total[-1] + (rate + reached) / 2 * (end - begin))
    return _Pieces(
        begin=np.array([second for second, _ in points]),
        rate=np.array([rate for _, rate in points]),
        slope=np.array([*slopes, 0.0]),
        total=np.array(total),
    )


class _Bursts:
    """The states of a bursty process, drawn as far as its items have come."""

    def __init__(self, arrivals: Bursty, phase: np.random.Generator) -> None:
        first = int(phase.random() >= arrivals.first_share)
        states = (first + np.arange(_STAYS)) % 2
        self._phase = phase
        self._mean_stays = np.array(arrivals.stays)[states]
        self._rates = np.array(arrivals.scaled_rates)[states]
        # The last piece has only begun: where it ends is not drawn yet.
        self._begin, self._total, self._rate = np.zeros(1), np.zeros(1), self._rates[:1]

    def instants(self, units: Floats) -> Floats:
        """Seconds at which the cumulative rate reaches each of `units`."""
        while len(units) and self._total[-1] <= units[-1]:
            self._draw()
        pieces = _Pieces(
            begin=self._begin,
            rate=self._rate,
            slope=np.zeros(len(self._rate)),
            total=self._total,
        )
        instants = pieces.instants(units)
        if len(units):
            self._forget(int(np.searchsorted(self._total, units[-1], side="right")) - 1)
        return instants

    def _draw(self) -> None:
        stays = self._phase.standard_exponential(_STAYS) * self._mean_stays
        begin = np.cumsum(np.append(self._begin[-1], stays))
        total = np.cumsum(np.append(self._total[-1], stays * self._rates))
        self._begin = np.append(self._begin[:-1], begin)
        self._total = np.append(self._total[:-1], total)
        self._rate = np.append(self._rate[:-1], np.append(self._rates, self._rates[0]))

    def _forget(self, pieces: int) -> None:
        self._begin, self._total = self._begin[pieces:], self._total[pieces:]
        self._rate = self._rate[pieces:]
