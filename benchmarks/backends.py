"""How far the calibrated model is off for each backend, out of sample.

Each comparison: the backend is calibrated, then the real runs are made, then both models are given
the items of these runs.  Median over the comparisons and range; for loss in points.  What other
programs took meanwhile is printed.

    python benchmarks/backends.py [comparisons] [runs] [seconds a run] [words of cases]
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

import numpy as np

from calibrated import STATISTICS, figures, off, pool, spread
from queuetwin.model import Workload, simulate
from queuetwin.model.measures import MEASURES, parse_statistic
from queuetwin.realrun import calibrate, execute
from queuetwin.realrun.backends import BACKENDS

LOAD = 0.8
MEAN_MS = 10
CASES: dict[str, dict[str, Any]] = {
    "sleep 10 ms": {"queue": {"capacity": 20, "when_full": "reject"}},
    "burn 100% of 10 ms": {"service.cpu_share": 1.0},
}
# How many workers' worth of work arrives: all sleep at once, but only so many burn at once.
PLACES = {"sleep 10 ms": 4, "burn 100% of 10 ms": 1}


def main(comparisons: int, count: int, seconds: float, words: list[str]) -> None:
    """Measure and print."""
    for backend in BACKENDS:
        for title, changes in CASES.items():
            if not all(word in f"{backend}, {title}" for word in words):
                continue
            rate = LOAD * PLACES[title] / MEAN_MS * 1000
            timed = pool(rate, MEAN_MS, changes).changed({"duration": f"{seconds}s"})
            nominal, calibrated, foreign, real = [], [], [], []
            for number in range(comparisons):
                overheads = calibrate(backend=backend)
                loads = [
                    Workload.draw(timed, replication=number * count + run) for run in range(count)
                ]
                runs = [execute(timed, load, backend=backend) for load in loads]
                nominal.append(off([simulate(timed, load) for load in loads], runs))
                models = [simulate(timed, load, overheads=overheads) for load in loads]
                calibrated.append(off(models, runs))
                foreign += [run.header.facts.get("foreign_cores", 0.0) for run in runs]
                real += [figures(run) for run in runs]
            noise = f"{statistics.median(foreign):.2f} cores, most {max(foreign):.2f}"
            print(f"{backend}, {title}: {comparisons} x {count} runs of {seconds:g} s; "
                  f"foreign {noise}")  # fmt: skip
            for column, statistic in enumerate(STATISTICS):
                middle = float(np.mean([one[column] for one in real]))
                scale = 1000 if parse_statistic(statistic)[0] is MEASURES["response_time"] else 100
                print(f"   {statistic:20} real {middle * scale:8.3f}   nominal "
                      f"{spread([one[column] for one in nominal])}   calibrated "
                      f"{spread([one[column] for one in calibrated])}", flush=True)  # fmt: skip


if __name__ == "__main__":
    first, second, third = sys.argv[1:4] or ("3", "5", "6")
    main(int(first), int(second), float(third), sys.argv[4:])
