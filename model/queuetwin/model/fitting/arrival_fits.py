"""Arrival-process fits: Poisson, renewal, MMPP, time-varying; else the recorded trace.

Each has a likelihood and a penalty for its parameters (BIC: half the logarithm of the number of
items for each).  `arrival_choice` selects one by the queue behind it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.units import format_rate
from queuetwin.model.fitting.distribution_choice import ChosenDistribution, choose_distribution
from queuetwin.model.fitting.distribution_fits import rounded, written_duration
from queuetwin.model.fitting.mmpp import fit_bursts

_BINS, _FEWEST_IN_BIN = 60, 20
# Two states must have taken turns so often in the window, or how long they stay is not known.
_TURNS = 5
_FEW = 100
_CONSTANT = 1e-3  # of the mean
_UNEXPLAINED = 1.2
_COUNTED = 100  # items in an interval over which counts are compared


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalFit:
    """How a scenario writes the arrivals, why in words, and the instants where none fits."""

    table: dict[str, Any]
    why: str
    rate: float
    instants: Floats | None = None

    @property
    def name(self) -> str:
        """The process's name."""
        return str(self.table["process"])


def likely_arrival_fits(
    instants: Floats, seconds: float, generator: np.random.Generator
) -> list[ArrivalFit]:
    """Processes of instants in seconds from the window's begin, sorted, shape (items,).

    The cheapest comes first; each says what the others cost more.
    """
    rate = len(instants) / seconds
    if len(instants) < _FEW:
        return [recorded(instants, seconds, f"only {len(instants):,} items: too few for a law")]
    gaps = np.diff(instants)
    if float(gaps.std()) < _CONSTANT * float(gaps.mean()):
        table = {"process": "periodic", "rate": format_rate(rounded(rate))}
        return [ArrivalFit(table=table, why="all gaps are the same", rate=rate)]
    kinds = _kinds(instants, gaps, seconds, generator)
    costs = [figures * math.log(len(gaps)) / 2 - likelihood for likelihood, figures, _ in kinds]
    order = np.argsort(costs, kind="stable").tolist()
    told = ", ".join(
        f"{kinds[place][2].name} {costs[place] - costs[order[0]]:+,.0f}" for place in order
    )
    return [
        replace(kind, why=f"{kind.why} (cost of each kind: {told})")
        for _, _, kind in (kinds[place] for place in order)
    ]


def _kinds(
    instants: Floats, gaps: Floats, seconds: float, generator: np.random.Generator
) -> list[tuple[float, int, ArrivalFit]]:
    """Log likelihood, number of figures to be known, and the process itself, of each kind."""
    rate = len(instants) / seconds
    table: dict[str, Any] = {"process": "poisson", "rate": format_rate(rounded(rate))}
    poisson = ArrivalFit(table=table, why="items come by chance, one by one", rate=rate)
    kinds = [(len(gaps) * (math.log(rate) - 1), 1, poisson), _by_clock(instants, seconds)]
    renewal = _by_gaps(gaps, rate, generator)
    if renewal is not None:
        kinds.append(renewal)
    # Two states cost a search: only where counts vary more than gaps explain.
    explained = max(1.0, float(gaps.var()) / float(gaps.mean()) ** 2)
    if dispersion(instants) > _UNEXPLAINED * explained:
        bursts = _in_bursts(gaps, rate, seconds)
        if bursts is not None:
            kinds.append(bursts)
    return kinds


def _by_gaps(
    gaps: Floats, rate: float, generator: np.random.Generator
) -> tuple[float, int, ArrivalFit] | None:
    distribution: ChosenDistribution = choose_distribution(gaps, generator)
    if distribution.density is None or distribution.name == "exponential":
        return None
    likelihood = float(distribution.density(np.maximum(gaps, gaps[gaps > 0].min() / 2)).sum())
    table = {"process": "renewal", "gap": distribution.table}
    why = f"independent gaps, {distribution.name}"
    figures = 5 if distribution.name == "mixture" else 2
    return likelihood, figures, ArrivalFit(table=table, why=why, rate=rate)


def _by_clock(instants: Floats, seconds: float) -> tuple[float, int, ArrivalFit]:
    """A rate for each piece of the window, in as many pieces as pay for themselves."""
    count = len(instants)
    found = _profile(instants, seconds, math.log(count))
    points = found.pop("rates")
    likelihood = sum(number * math.log(rate) for number, rate in points if number) - count
    # As for the others, the likelihood of the gaps alone: without the first instant.
    likelihood -= math.log(count / seconds) - 1
    why = f"by chance, at a rate that changes over the window, {len(points)} pieces"
    return likelihood, 2 * len(points) - 1, ArrivalFit(table=found, why=why, rate=count / seconds)


def _profile(instants: Floats, seconds: float, price: float) -> dict[str, Any]:
    """The table of a profile, and beside it the number of items and the rate of each piece."""
    bins = max(2, min(_BINS, len(instants) // _FEWEST_IN_BIN))
    inside = np.minimum((instants / seconds * bins).astype(np.int64), bins - 1)
    sums = np.cumsum(np.append(0.0, np.bincount(inside, minlength=bins)))
    begins = _pieces(sums, seconds / bins, price)
    points, rates = [], []
    for begin, end in pairwise([*begins, bins]):
        number = float(sums[end] - sums[begin])
        rate = number / ((end - begin) * seconds / bins)
        rates.append((number, rate))
        points.append([written_duration(begin * seconds / bins),
                       format_rate(rounded(rate)) if number else "0/s"])  # fmt: skip
    # The last point closes the last piece, so that the mean rate counts it too.
    points.append([written_duration(seconds), points[-1][1]])
    return {"process": "profile", "points": points, "rates": rates}


def _pieces(items: Floats, width: float, price: float) -> list[int]:
    """Where the pieces begin that are likeliest together, each at a price (a rate and a place).

    `items` counts those before each edge of bins of `width` seconds.
    """
    bins = len(items) - 1
    cost, before = [0.0], [0]
    for end in range(1, bins + 1):
        number = items[end] - items[:end]
        rates = np.maximum(number, 1e-300) / (width * (end - np.arange(end)))
        costs = np.array(cost) - number * np.log(rates) + price
        before.append(int(np.argmin(costs)))
        cost.append(float(costs[before[-1]]))
    begins, end = [], bins
    while end:
        end = before[end]
        begins.append(end)
    if begins == [0]:
        begins = [bins // 2, 0]
    return begins[::-1]


def _in_bursts(gaps: Floats, rate: float, seconds: float) -> tuple[float, int, ArrivalFit] | None:
    found = fit_bursts(gaps)
    if sum(found.stays) * _TURNS > seconds:
        return None
    table = {
        "process": "bursty",
        "rates": [format_rate(rounded(rate)) for rate in found.rates],
        "stays": [written_duration(stay) for stay in found.stays],
        "rate": format_rate(rounded(rate)),
    }
    return found.likelihood, 4, ArrivalFit(table=table, why="busy and quiet in turn", rate=rate)


def dispersion(instants: Floats) -> float:
    """Variance over mean of the counts in intervals of about a hundred items; 1 for Poisson."""
    span = float(instants[-1] - instants[0])
    intervals = max(2, len(instants) // _COUNTED)
    inside = np.minimum((instants - instants[0]) / span * intervals, intervals - 1)
    counts = np.bincount(inside.astype(np.int64), minlength=intervals)
    return float(counts.var() / counts.mean())


def recorded(instants: Floats, seconds: float, why: str) -> ArrivalFit:
    """The recorded instants themselves."""
    return ArrivalFit(
        table={"process": "trace", "file": "", "time": "time_s"}, why=why,
        rate=len(instants) / seconds, instants=instants - instants[0],
    )  # fmt: skip
