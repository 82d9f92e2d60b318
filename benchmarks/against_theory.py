"""The SimPy model against the closed forms, and its time against a plain SimPy Resource model.

M/M/1 and M/M/4, loads .5 and .8, and with 20 in the system also 1.1; the mean of four seeds
fixed beforehand, each with so many items (a million by default).

    python benchmarks/against_theory.py [items]
"""

from __future__ import annotations

import statistics
import sys
import time

from peers.simpy_resource import run as plain
from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.theory import solve
from speed.systems import System

SEEDS = (11, 22, 33, 44)


def pool(items: int, workers: int, load: float, places: int | None) -> Scenario:
    """Poisson arrivals, exponential service of one second's mean."""
    queue = {} if places is None else {"capacity": places, "when_full": "reject"}
    return Scenario.from_dict(
        {
            "items": items,
            "arrivals": {"process": "poisson", "rate": f"{load * workers}/s"},
            "queue": queue,
            "workers": {"count": workers},
            "service": {"distribution": "exponential", "mean": "1s"},
        }
    )


def time_ratio(items: int = 100_000, pairs: int = 7) -> None:
    """Processor time of this model over the plain one's, pairs in turn."""
    scenario = pool(items, 8, 0.8, None)
    system = System(name="M/M/8", workers=8, load=0.8, places=None)
    ratios = []
    for _ in range(pairs):
        start = time.process_time()
        plain(system, items, 0)
        middle = time.process_time()
        simulate(scenario, engine="simpy")
        ratios.append((time.process_time() - middle) / (middle - start))
    print(f"time over plain SimPy: {statistics.median(ratios):.2f} "
          f"({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


def main(items: int) -> None:
    """Measure and print."""
    time_ratio()
    depth, loss = MEASURES["queue_depth"], MEASURES["loss_ratio"]
    for workers in (1, 4):
        limited = [(load, 20 - workers) for load in (0.5, 0.8, 1.1)]
        for load, places in ((0.5, None), (0.8, None), *limited):
            scenario = pool(items, workers, load, places)
            exact = solve(scenario)
            runs = [
                simulate(scenario, Workload.draw(scenario, seed=seed), engine="simpy")
                for seed in SEEDS
            ]
            depths = statistics.mean(statistic_of(run, depth, "mean") for run in runs)
            losses = statistics.mean(statistic_of(run, loss, "mean") for run in runs)
            off = depths / exact.measures["queue_depth"]["mean"] - 1
            lost = losses - exact.measures["loss_ratio"]["mean"]
            print(f"{exact.system:10} load {load}: depth off {off:+.2%}, "
                  f"loss off {lost * 100:+.3f} points", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
