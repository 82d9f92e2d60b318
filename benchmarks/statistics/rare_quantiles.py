"""Rare quantiles by splitting against the laws they are quantiles of, where those are known.

Waiting and response times, p99.9 and p99.99 at level .90, of pools that theory knows and the
product does not: M/M/1 and M/M/4 written as renewal processes, D/M/1, M/H2/1.  What is counted
is how often the interval holds the quantile, and how wide it is.

    python benchmarks/statistics/rare_quantiles.py [runs] [part of a name]
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq  # type: ignore[import-untyped]
from scipy.stats import binom  # type: ignore[import-untyped]

from queuetwin.model import Scenario
from queuetwin.model.estimation.rare_quantiles import RareTails
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.statistics.statistic import Statistic
from queuetwin.model.theory import MMc

LEVEL = 0.90
SHARES = (0.999, 0.9999)
EXPONENTIAL = {"distribution": "exponential", "mean": "1s"}

# time -> the share above it
Law = Callable[[float], float]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A pool with services of a second, and its laws."""

    arrivals: dict[str, Any]
    service: dict[str, Any]
    workers: int
    waiting: Law
    response: Law


def markov(rate: float, workers: int) -> Case:
    """M/M/c, not said to be one."""
    law = MMc(arrival_rate=rate, service_time=1.0, servers=workers)
    gap = {"distribution": "exponential", "mean": f"{1 / rate!r}s"}
    return Case(
        arrivals={"process": "renewal", "gap": gap},
        service=EXPONENTIAL,
        workers=workers,
        waiting=law.waiting_time_above,
        response=law.response_time_above,
    )


def evenly_spaced(rate: float) -> Case:
    """D/M/1: an arrival finds n with (1 - s) s^n, s = exp(-(1 - s) / rate)."""
    root = float(brentq(lambda s: s - math.exp(-(1 - s) / rate), 0.0, 1 - 1e-6))
    return Case(
        arrivals={"process": "periodic", "rate": f"{rate!r}/s"},
        service=EXPONENTIAL,
        workers=1,
        waiting=lambda t: root * math.exp(-(1 - root) * t),
        response=lambda t: math.exp(-(1 - root) * t),
    )


def two_kinds(rate: float) -> Case:
    """M/H2/1, cv 2: Pollaczek and Khinchine's transform of the wait has two poles."""
    often = (1 + math.sqrt(3 / 5)) / 2
    kinds = ((often, 2 * often), (1 - often, 2 * (1 - often)))
    (_, quick), (_, slow) = kinds

    def excess(r: float) -> float:
        return rate * sum(share / (own - r) for share, own in kinds) - 1

    between = ((0.0, slow * (1 - 1e-12)), (slow * (1 + 1e-12), quick * (1 - 1e-12)))
    poles = [float(brentq(excess, *ends)) for ends in between]
    parts = [
        (r, (1 - rate) / (rate * sum(share / (own - r) ** 2 for share, own in kinds)))
        for r in poles
    ]

    def waiting(t: float) -> float:
        return math.fsum(part / r * math.exp(-r * t) for r, part in parts)

    def response(t: float) -> float:
        at_once = (1 - rate) * math.fsum(share * math.exp(-own * t) for share, own in kinds)
        return (
            waiting(t)
            + at_once
            + sum(
                part * share * (math.exp(-r * t) - math.exp(-own * t)) / (own - r)
                for r, part in parts
                for share, own in kinds
            )
        )

    return Case(
        arrivals={"process": "poisson", "rate": f"{rate!r}/s"},
        service={"distribution": "hyperexponential", "mean": "1s", "cv": 2},
        workers=1,
        waiting=waiting,
        response=response,
    )


CASES = {
    "M/M/1 .9": markov(0.9, 1),
    "M/M/4 .8": markov(3.2, 4),
    "D/M/1 .9": evenly_spaced(0.9),
    "M/H2/1 .8": two_kinds(0.8),
}


def measured(name: str, case: Case, runs: int) -> None:
    """Print coverage with its 99 % band, the width and the time of a case."""
    quantiles = [(measure, law, share) for measure, law in
            (("waiting_time", case.waiting), ("response_time", case.response))
            for share in SHARES]  # fmt: skip
    covered, low, width = np.zeros((3, len(quantiles)))
    begun = time.perf_counter()
    for seed in range(runs):
        tails = of(case, seed)
        for place, (measure, law, share) in enumerate(quantiles):
            figure = tails.quantile(measure, share)
            assert figure is not None, "splitting knows this pool"
            covered[place] += law(figure.high) <= 1 - share <= law(figure.low)
            low[place] += law(figure.high) > 1 - share
            width[place] += (figure.high - figure.low) / 2 / figure.estimate / runs
    seconds = (time.perf_counter() - begun) / runs
    for place, (measure, _, share) in enumerate(quantiles):
        band = binom.interval(0.99, runs, covered[place] / runs)
        print(f"{name:10} {measure:13} p{100 * share:g}: {covered[place] / runs:.3f} "
              f"({band[0] / runs:.3f} to {band[1] / runs:.3f}) of {runs}, too low "
              f"{low[place] / runs:.3f}, half-width {width[place]:.2%}; {seconds:.2f} s a run",
              flush=True)  # fmt: skip


def of(case: Case, seed: int) -> RareTails:
    """The tails of a case, looked for where a short run points."""
    scenario = Scenario.from_dict({
        "seed": seed, "items": 1, "arrivals": case.arrivals,
        "workers": {"count": case.workers}, "service": case.service,
    })  # fmt: skip
    short = SteadyState(scenario, level=LEVEL, measures=("waiting_time",))
    short.extend(100_000)
    p90, p99 = (
        short.figure(MEASURES["waiting_time"], Statistic(name)).estimate for name in ("p90", "p99")
    )
    return RareTails(scenario, (p90, p99), level=LEVEL)


def main(runs: int, part: str = "") -> None:
    """Measure and print."""
    for name, case in CASES.items():
        if part.lower() in name.lower():
            measured(name, case, runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100, *sys.argv[2:3])
