"""What the same draws are worth: the variance of a difference, apart and on the same draws.

M/M/1 at load .8 and .9 against 3 % less arrivals, mean response time, 100,000 items a side.

    python benchmarks/statistics/common_random_numbers.py [runs] [load ...]
"""

from __future__ import annotations

import sys

import numpy as np

from queuetwin.model import Scenario
from queuetwin.model.estimation.paired_difference import difference
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.records.measures import MEASURES

ITEMS = 100_000
LEVEL = 0.9
RESPONSE = MEASURES["response_time"]


def pool(load: float, seed: int) -> Scenario:
    """M/M/1 with services of a second."""
    return Scenario.from_dict({
        "seed": seed, "items": ITEMS,
        "arrivals": {"process": "poisson", "rate": f"{load!r}/s"}, "workers": {"count": 1},
        "service": {"distribution": "exponential", "mean": "1s"},
    })  # fmt: skip


def alone(scenario: Scenario) -> float:
    """The mean response time of a run of its own."""
    run = SteadyState(scenario, level=LEVEL, measures=())
    run.extend(ITEMS)
    sums = run.ratio(RESPONSE)
    assert sums is not None, "some were completed"
    return float(sums[0].sum() / sums[1].sum())


def measured(load: float, runs: int) -> None:
    """Both variances, their ratio, and how often the paired interval holds."""
    truth = 1 / (1 - 0.97 * load) - 1 / (1 - load)
    paired, apart, held = [], [], 0
    for seed in range(runs):
        less = {"arrivals.rate": f"{0.97 * load!r}/s"}
        estimate = difference(pool(load, seed), less, items=ITEMS, level=LEVEL)[RESPONSE.name]
        paired.append(estimate.estimate)
        held += estimate.low <= truth <= estimate.high
        apart.append(alone(pool(load, runs + seed).changed(less)) - alone(pool(load, seed)))
    ratio = np.var(apart, ddof=1) / np.var(paired, ddof=1)
    spread = 1.96 * 2 / np.sqrt(runs - 1)
    print(f"load {load:g}: variance {ratio:.1f} times smaller on the same draws "
          f"({ratio * (1 - spread):.1f} to {ratio * (1 + spread):.1f}); the interval at {LEVEL:g} "
          f"covers {held / runs:.3f} of {runs}", flush=True)  # fmt: skip


if __name__ == "__main__":
    for load in [float(text) for text in sys.argv[2:]] or [0.8, 0.9]:
        measured(load, int(sys.argv[1]) if sys.argv[1:] else 400)
