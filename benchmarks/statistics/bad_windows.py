"""The share of five-minute windows in which a limit is broken, and how often its interval holds.

Shares of bad windows at level .95, of a thousand windows a run.  No formula knows the truth: it is
the mean share of all runs, whose own error is told beside it.

    python benchmarks/statistics/bad_windows.py [runs] [part of a name]
"""

from __future__ import annotations

import math
import sys
import time
from typing import Any

import numpy as np
from scipy.stats import binom  # type: ignore[import-untyped]

from queuetwin.model import Scenario, bad_windows

LEVEL = 0.95
POINT_99 = 2.576
ONE_QUEUE: dict[str, Any] = {"count": 4}
MACHINES: dict[str, Any] = {"machines": 4, "per_machine": 1, "own_queue": True}
# pool -> workers, load, limits on the mean and on p99 of the response time, in seconds
POOLS = {
    "one queue, load .8": (ONE_QUEUE, 0.8, {"mean": 8, "p99": 25}),
    "one queue, load .9": (ONE_QUEUE, 0.9, {"mean": 20, "p99": 45}),
    "own queues, at random, load .8": (
        {**MACHINES, "routing": "random"}, 0.8, {"mean": 22, "p99": 90},
    ),
    "own queues, in turn, load .8": (
        {**MACHINES, "routing": "round-robin"}, 0.8, {"mean": 14, "p99": 55},
    ),
}  # fmt: skip


def pool(workers: dict[str, Any], load: float, limit: tuple[str, float], seed: int) -> Scenario:
    """Services of three seconds, so that some three to four hundred items come in a window."""
    return Scenario.from_dict({
        "items": 1, "seed": seed, "workers": workers,
        "arrivals": {"process": "poisson", "rate": f"{load * 4 / 3!r}/s"},
        "service": {"distribution": "exponential", "mean": "3s"},
        "slo": [{"measure": f"response_time.{limit[0]}", "below": f"{limit[1]}s"}],
    })  # fmt: skip


def measured(name: str, limit: tuple[str, float], runs: int) -> str:
    """Coverage with its 99 % band, misses either way, width, of one pool and limit."""
    workers, load, _ = POOLS[name]
    before = time.perf_counter()
    estimates = []
    for seed in range(runs):
        scenario = pool(workers, load, limit, seed)
        estimates.append(bad_windows(scenario, scenario.slo[0], level=LEVEL))
    took = (time.perf_counter() - before) / runs
    shares = np.array([estimate.estimate for estimate in estimates])
    truth, error = float(shares.mean()), float(shares.std(ddof=1)) / math.sqrt(runs)
    low = sum(estimate.high < truth for estimate in estimates)
    high = sum(estimate.low > truth for estimate in estimates)
    covered = (runs - low - high) / runs
    band = binom.interval(0.99, runs, covered)
    width = float(np.mean([(estimate.high - estimate.low) / 2 for estimate in estimates]))
    return (
        f"bad {truth:.2%} (+-{POINT_99 * error:.2%}), covered {covered:.3f} ({band[0] / runs:.3f} "
        f"to {band[1] / runs:.3f}), low {low / runs:.3f} high {high / runs:.3f}, half-width "
        f"{width / truth:.0%} of the share, {took:.2f} s a run"
    )


def main(runs: int = 500, part: str = "") -> None:
    """A line for each pool and limit."""
    for name, (_, _, limits) in POOLS.items():
        if part in name:
            for statistic, below in limits.items():
                told = measured(name, (statistic, below), runs)
                print(f"{name:31} {statistic:4} < {below} s: {told}", flush=True)


if __name__ == "__main__":
    main(*(int(word) if word.isdecimal() else word for word in sys.argv[1:]))  # type: ignore[arg-type]
