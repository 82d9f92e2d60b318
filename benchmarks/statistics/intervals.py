"""How often the intervals cover, how wide they are and what they cost, beside other methods.

Every method gets the same base batches of the same runs.  Widths are in multiples of the ideal:
the half-width that someone who knows the process's spread would state for that many items.
Lengths are multiples of the ideal length for +-15 % at level .90.  Seeds are the process, the
length and the group of runs, fixed before anything was seen.

    python benchmarks/statistics/intervals.py fixed [runs] [process ...]
    python benchmarks/statistics/intervals.py quantiles [runs] [items]
    python benchmarks/statistics/intervals.py sequential [runs] [precision ...]
    python benchmarks/statistics/intervals.py pilot [runs] [process ...]
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom  # type: ignore[import-untyped]

from processes import MOST_BATCHES, PROCESSES, Chunks, Process, Sums, fold
from queuetwin.model.base.arrays import Floats
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.quantiles import Tail
from queuetwin.model.statistics.ratio_estimators import ratio_interval, share_interval
from queuetwin.model.statistics.sequential import look, planned_items
from queuetwin.model.statistics.student import t_point

Method = Callable[[Floats, Floats, float, float], Estimate]

POINT_90 = 1.6448536269514722
LEVELS = (0.90, 0.95)
POINTS = {0.90: POINT_90, 0.95: 1.959963984540054}
GROUP = 250


def twenty_batches(over: Floats, under: Floats, level: float, variance: float) -> Estimate:
    """Student's interval over 20 batches."""
    return _symmetric(over, under, 20, lambda sums: float(sums.var(ddof=1)) * 20, 19, level)


def spectral(over: Floats, under: Floats, level: float, variance: float) -> Estimate:
    """Heidelberger and Welch: a quadratic through the log spectrum near 0, 256 batches."""

    def spread(sums: Floats) -> float:
        power = np.abs(np.fft.rfft(sums)[1:51]) ** 2 / len(sums)
        logs = np.log(np.maximum(power.reshape(25, 2).mean(axis=1), 1e-300)) + 0.270
        frequencies = (4 * np.arange(1, 26) - 1) / (2 * len(sums))
        return (
            0.882 * math.exp(np.polynomial.polynomial.polyfit(frequencies, logs, 2)[0]) * len(sums)
        )

    return _symmetric(over, under, 256, spread, 7, level)


def ours(over: Floats, under: Floats, level: float, variance: float) -> Estimate:
    """The product's."""
    return ratio_interval(over, under, level=level, variance=variance)


def ours_of_shares(over: Floats, under: Floats, level: float, variance: float) -> Estimate:
    """The product's, of shares."""
    return share_interval(over, under, level=level)


METHODS: dict[str, Method] = {
    "queuetwin": ours,
    "20 batches": twenty_batches,
    "spectral": spectral,
}


def _symmetric(
    over: Floats,
    under: Floats,
    batches: int,
    spread: Callable[[Floats], float],
    freedom: int,
    level: float,
) -> Estimate:
    estimate = float(over.sum() / under.sum())
    residuals = over - estimate * under
    sums = np.add.reduceat(residuals, np.arange(batches) * len(over) // batches)
    half = t_point(freedom, level) * math.sqrt(spread(sums)) / float(under.sum())
    return Estimate(estimate=estimate, low=estimate - half, high=estimate + half)


class Cell:
    """Counts of what one method said of one process at one length."""

    def __init__(self, truth: float, ideal_half: float) -> None:
        self.truth, self.ideal_half = truth, ideal_half
        self.runs = self.low = self.high = self.none = self.warned = 0
        self.width = self.off = self.seconds = 0.0

    def add(self, figure: Estimate, seconds: float = 0.0) -> None:
        """One more run."""
        self.runs += 1
        self.off += figure.estimate / self.truth - 1
        self.seconds += seconds
        self.warned += bool(figure.warnings)
        if math.isnan(figure.low):
            self.none += 1
            return
        self.low += figure.high < self.truth
        self.high += figure.low > self.truth
        self.width += (figure.high - figure.low) / 2

    def line(self) -> str:
        """Coverage with its 99 % band, misses either way, width over the ideal."""
        given = self.runs - self.none
        if not given:
            return f"refused in all of {self.runs}"
        covered = given - self.low - self.high
        band = binom.interval(0.99, given, covered / given)
        return (
            f"{covered / given:.3f} ({band[0] / given:.3f} to {band[1] / given:.3f})"
            f"  low {self.low / given:.3f} high {self.high / given:.3f}"
            f"  width {self.width / given / self.ideal_half:.2f}"
            f"  off {self.off / self.runs:+.2%}"
            f"  warned {self.warned / self.runs:.1%} refused {self.none / self.runs:.1%}"
            f"  {self.seconds / self.runs * 1e3:.2f} ms"
        )


def fixed(runs: int, names: list[str]) -> None:
    """Means at 1, 4 and 16 times the ideal length for +-15 %."""
    for times in (1, 4, 16):
        for name in names:
            process = PROCESSES[name]
            items = times * process.ideal(0.15, POINT_90)
            cells: dict[tuple[str, float], Cell] = {}
            for number in range(0, runs, GROUP):
                group = min(GROUP, runs - number)
                sums = fold(process, group, items, generator_of(name, times, number))
                _judge(process, sums, cells)
            for (method, level), cell in cells.items():
                print(f"{name:13} {times:2}x {items:10,} {level:.2f} {method:11} {cell.line()}",
                      flush=True)  # fmt: skip


def _judge(process: Process, sums: Sums, cells: dict[tuple[str, float], Cell]) -> None:
    items = sums.size * sums.values.shape[1]
    ones = np.full(sums.values.shape[1], float(sums.size))
    methods = METHODS | {"queuetwin": ours_of_shares} if process.share else METHODS
    for run, values in enumerate(sums.values):
        under = sums.seconds[run] if process.ratio else ones
        mean = float(values.sum()) / items
        variance = float(sums.squares[run]) / items - mean**2
        for level in LEVELS:
            half = POINTS[level] * math.sqrt(process.spread / items)
            for method, interval in methods.items():
                cell = cells.setdefault((method, level), Cell(process.mean, half))
                begun = time.perf_counter()
                figure = interval(values, under, level, variance)
                cell.add(figure, time.perf_counter() - begun)


def quantiles(runs: int, items: int) -> None:
    """Waiting times of M/M/1 at load .9: p50 to p99.9, and shares above limits."""
    load, level = 0.9, 0.90
    process = PROCESSES["M/M/1 .9"]
    edges = np.concatenate([[0.0, 0.0], 2.0 ** (np.arange(-4 * 16, 8 * 16 + 1) / 16)])
    points = (0.5, 0.9, 0.95, 0.99, 0.999)
    limits = (0.05, 0.01, 0.001)
    cells: dict[str, Cell] = {}
    for number in range(0, runs, 20):
        group = min(20, runs - number)
        generator = generator_of("quantiles", items, number)
        sums = fold(process, group, items, generator, edges[1:])
        assert sums.counts is not None
        for run in range(group):
            counts = sums.counts[run]
            _judge_quantiles(counts[:, :-1], edges, points, limits, load, level, cells)
    for name, cell in cells.items():
        print(f"M/M/1 .9 {items:,} {level:.2f} {name:12} {cell.line()}", flush=True)


def _judge_quantiles(
    counts: NDArray[np.int64],
    edges: Floats,
    points: tuple[float, ...],
    limits: tuple[float, ...],
    load: float,
    level: float,
    cells: dict[str, Cell],
) -> None:
    totals = counts.sum(axis=0)
    below = np.append(0.0, totals.cumsum()) / totals.sum()
    for point in points:
        truth = math.log(load / (1 - point)) / (1 - load)
        begun = time.perf_counter()
        figure = Tail(counts, edges, level).quantile(point, float(np.interp(point, below, edges)))
        cell = cells.setdefault(f"p{100 * point:g}", Cell(truth, truth))
        cell.add(figure, time.perf_counter() - begun)
    for share in limits:
        limit = math.log(load / share) / (1 - load)
        begun = time.perf_counter()
        figure = Tail(counts, edges, level).share_above(limit)
        cell = cells.setdefault(f"{share:.1%} above", Cell(share, share))
        cell.add(figure, time.perf_counter() - begun)


def sequential(runs: int, precisions: list[float]) -> None:
    """Means of M/M/1 waits at load .9 from a run that chooses its own length, level .90."""
    process = PROCESSES["M/M/1 .9"]
    for precision in precisions:
        ideal = process.ideal(precision, POINT_90)
        cell = Cell(process.mean, process.mean * precision)
        lengths, near, looks, capped = [], 0, 0, 0
        for number in range(0, runs, 50):
            group = min(50, runs - number)
            generator = generator_of("sequential", round(1 / precision), number)
            for figure, length, count, reached in _until_known(
                process, group, precision, 8 * ideal, generator
            ):
                cell.add(figure)
                lengths.append(length)
                looks += count
                capped += not reached
                near += abs(figure.estimate / process.mean - 1) <= precision
        print(f"M/M/1 .9 sequential +-{precision:.0%}: {cell.line()}\n"
              f"    error within precision {near / runs:.3f}, length {np.mean(lengths) / ideal:.2f}"
              f" of ideal {ideal:,}, looks {looks / runs:.1f}, not reached {capped / runs:.1%}",
              flush=True)  # fmt: skip


def _until_known(
    process: Process, runs: int, precision: float, most: int, generator: np.random.Generator
) -> Iterator[tuple[Estimate, int, int, bool]]:
    """Runs in step, each looked at when it is as long as its last look asked for."""
    reader = _Reader(process.source(runs, 2 * most, generator), runs)
    first = planned_items(load=0.9, variability=2.0, precision=precision, level=0.90)
    size, items = 1 << max((first // 1100).bit_length() - 1, 0), 0
    sums = np.empty((runs, 0))
    due = np.full(runs, first)
    looks = np.zeros(runs, dtype=np.int64)
    going = set(range(runs))
    while going:
        sums = np.hstack([sums, reader.take(32, size)])
        items += 32 * size
        if sums.shape[1] > MOST_BATCHES:
            sums = sums.reshape(runs, -1, 2).sum(axis=2)
            size *= 2
        ones = np.full(sums.shape[1], float(size))
        for run in sorted(going):
            if due[run] > items:
                continue
            looks[run] += 1
            mean = float(sums[run].sum()) / items
            variance = float(reader.squares[run]) / items - mean**2
            figure = ratio_interval(sums[run], ones, level=0.90, variance=variance)
            seen = look([figure], items=items, precision=precision)
            due[run] = seen.next_items
            if seen.reached or items >= most:
                going.remove(run)
                yield figure, items, int(looks[run]), seen.reached


class _Reader:
    """Values of a source as sums over base batches, as many at a time as are asked for."""

    def __init__(self, chunks: Chunks, runs: int) -> None:
        self._chunks = chunks
        self._rest = np.empty((runs, 0))
        self.squares = np.zeros(runs)

    def take(self, batches: int, size: int) -> Floats:
        """The next sums, shape (runs, batches)."""
        while self._rest.shape[1] < batches * size:
            self._rest = np.hstack([self._rest, next(self._chunks)[0]])
        now = self._rest[:, : batches * size]
        self._rest = self._rest[:, batches * size :]
        self.squares += (now**2).sum(axis=1)
        sums: Floats = now.reshape(len(now), batches, size).sum(axis=2)
        return sums


def pilot(runs: int, names: list[str]) -> None:
    """Mean and spread of the processes that have no formula here, from long runs."""
    for name in names:
        process, items = PROCESSES[name], 400_000
        figures = []
        for number in range(0, runs, GROUP):
            sums = fold(process, GROUP, items, generator_of("pilot " + name, 0, number))
            whole = sums.seconds.sum(axis=1) if process.ratio else items
            figures.append(sums.values.sum(axis=1) / whole)
        means = np.concatenate(figures)
        print(f"{name:13} mean {means.mean():.6g} +- {means.std() / math.sqrt(len(means)):.2g}"
              f" (stated {process.mean:.6g})  spread {means.var(ddof=1) * items:.4g}"
              f" +- {math.sqrt(2 / len(means)):.1%} (stated {process.spread:.4g})",
              flush=True)  # fmt: skip


def generator_of(name: str, length: int, number: int) -> np.random.Generator:
    """The chance of a group of runs, known by the process, the length and its first run."""
    return np.random.default_rng([*name.encode(), length, number])


def main(what: str = "fixed", *rest: str) -> None:
    """Measure and print."""
    runs = int(rest[0]) if rest else 1000
    if what == "fixed":
        fixed(runs, list(rest[1:]) or list(PROCESSES))
    elif what == "quantiles":
        quantiles(runs, int(rest[1]) if rest[1:] else 1_000_000)
    elif what == "sequential":
        sequential(runs, [float(precision) for precision in rest[1:]] or [0.15, 0.05, 0.01])
    else:
        pilot(runs, list(rest[1:]) or list(PROCESSES))


if __name__ == "__main__":
    main(*sys.argv[1:])
