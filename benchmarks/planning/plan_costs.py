"""What a plan costs on a scenario with thousands of measured times.

Service times of 8,819 measured items and an hour's profile of 42 points, as a log of an hour
gives them (here from fixed seeds: lognormal times, a rate that rises and falls).  Printed is the
processor time of one whole plan, what-ifs and bad windows included, with how many items it
simulated.

    python benchmarks/planning/plan_costs.py
"""

from __future__ import annotations

import math
import time

import numpy as np

from queuetwin.model import Scenario, plan

ITEMS, POINTS, HOUR_S = 8_819, 42, 3_600.0


def scenario() -> Scenario:
    """A busy hour of long tasks."""
    generator = np.random.default_rng(1)
    times = np.sort(generator.lognormal(1.5, 0.9, ITEMS)).round(6)
    rates = [
        ITEMS / HOUR_S * (1 + 0.5 * math.sin(2 * math.pi * point / POINTS))
        for point in range(POINTS)
    ]
    return Scenario.from_dict(
        {
            "seed": 1,
            "duration": f"{HOUR_S:g}s",
            "arrivals": {
                "process": "profile",
                "points": [
                    [f"{point * HOUR_S / POINTS:.3f}s", f"{rate:.6f}/s"]
                    for point, rate in enumerate(rates)
                ],
            },
            "workers": {"count": 20},
            "service": {
                "distribution": "empirical",
                "samples": [f"{seconds!r}s" for seconds in times.tolist()],
            },
            "slo": [{"measure": "response_time.p99", "below": "60s"}],
        }
    )


def main() -> None:
    """Measure and print."""
    asked = scenario()
    began = time.process_time()
    answer = plan(asked)
    spent = time.process_time() - began
    print(
        f"{spent:.1f} s of processor time for {answer.items:,} items to the answer "
        f"({answer.winner} workers, {answer.decision.value}), {len(answer.tried)} numbers tried"
    )


if __name__ == "__main__":
    main()
