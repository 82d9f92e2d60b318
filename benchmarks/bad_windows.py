"""The share of five-minute windows in which a limit is broken, and how often its interval holds.

`python benchmarks/bad_windows.py [RUNS]`: shares of bad windows at level .95, of a thousand
windows a run.  No formula knows the truth: it is the mean share of as many other runs, whose own
error is told beside it.
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
LIMITS = {"mean": "mean", "p99": "p99"}
# pool -> workers, load, limit on the mean and on p99 of the response time, in seconds
POOLS = {
    "one queue, load .8": (ONE_QUEUE, 0.8, 8.0, 25.0),
    "one queue, load .9": (ONE_QUEUE, 0.9, 20.0, 45.0),
    "own queues, at random, load .8": ({**MACHINES, "routing": "random"}, 0.8, 22.0, 90.0),
    "own queues, in turn, load .8": ({**MACHINES, "routing": "round-robin"}, 0.8, 14.0, 55.0),
}


def pool(workers: dict[str, Any], load: float, limit: tuple[str, float], seed: int) -> Scenario:
    """Services of three seconds, so that some three to four hundred items come in a window."""
    return Scenario.from_dict({
        "items": 1, "seed": seed, "workers": workers,
        "arrivals": {"process": "poisson", "rate": f"{load * 4 / 3!r}/s"},
        "service": {"distribution": "exponential", "mean": "3s"},
        "slo": [{"measure": f"response_time.{limit[0]}", "below": f"{limit[1]}s"}],
    })  # fmt: skip


def main(runs: int) -> None:
    """A line for each pool and limit."""
    for name, (workers, load, *below) in POOLS.items():
        for limit in zip(LIMITS, below, strict=True):
            before = time.perf_counter()
            found = []
            for seed in range(2 * runs):
                scenario = pool(workers, load, limit, seed)
                found.append(bad_windows(scenario, scenario.slo[0], level=LEVEL))
            took = (time.perf_counter() - before) / len(found)
            others = np.array([one.estimate for one in found[runs:]])
            truth, error = float(others.mean()), float(others.std(ddof=1)) / math.sqrt(runs)
            low = sum(one.high < truth for one in found[:runs])
            high = sum(one.low > truth for one in found[:runs])
            covered = runs - low - high
            band = binom.interval(0.99, runs, covered / runs) if covered < runs else (runs, runs)
            width = np.mean([(one.high - one.low) / 2 for one in found[:runs]])
            print(
                f"{name:31} {limit[0]:4} < {limit[1]:g} s: bad {truth:.2%} (+-"
                f"{POINT_99 * error:.2%}), covered {covered / runs:.3f} ({band[0] / runs:.3f} to "
                f"{band[1] / runs:.3f}), low {low / runs:.3f} high {high / runs:.3f}, half-width "
                f"{width / truth:.0%} of the share, {took:.2f} s a run",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
