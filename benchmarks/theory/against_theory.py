"""The SimPy model against the closed forms.

M/M/1 and M/M/4, loads .5 and .8, and with 20 in the system also 1.1; the mean of four seeds
fixed beforehand, each with so many items (a million by default).

    python benchmarks/theory/against_theory.py [items]
"""

from __future__ import annotations

import statistics
import sys

from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.theory import solve

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


def main(items: int) -> None:
    """Measure and print."""
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
            depth_error = depths / exact.measures["queue_depth"]["mean"] - 1
            loss_error = losses - exact.measures["loss_ratio"]["mean"]
            print(f"{exact.system:10} load {load}: depth off {depth_error:+.2%}, "
                  f"loss off {loss_error * 100:+.3f} points", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000)
