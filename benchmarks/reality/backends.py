"""How far the calibrated model is off for each backend, out of sample.

Each comparison: the backend is calibrated, then the real runs are made, then both models are given
the items of these runs.  Median over the comparisons and range; for loss in points.  What other
programs took meanwhile is printed.

    python benchmarks/reality/backends.py [comparisons] [runs] [seconds a run] [words of cases]
"""

from __future__ import annotations

import sys
from typing import Any

from calibrated import measured, pool
from queuetwin.realrun.backends.registry import BACKENDS

LOAD = 0.8
MEAN_MS = 10
CASES: dict[str, dict[str, Any]] = {
    "sleep 10 ms": {"queue": {"capacity": 20, "when_full": "reject"}},
    "burn 100% of 10 ms": {"service.cpu_share": 1.0},
}
# How many workers' worth of work arrives: all sleep at once, but only so many burn at once.
PLACES = {"sleep 10 ms": 4, "burn 100% of 10 ms": 1}


def main(comparisons: int, count: int, seconds: float, words: list[str]) -> None:
    """Measure the cases that have all the words."""
    for backend in BACKENDS:
        for name, changes in CASES.items():
            title = f"{backend}, {name}"
            if all(word in title for word in words):
                rate = LOAD * PLACES[name] / MEAN_MS * 1000
                timed = pool(rate, MEAN_MS, changes).changed({"duration": f"{seconds}s"})
                measured(title, timed, comparisons, count, backend=backend)


if __name__ == "__main__":
    first, second, third = sys.argv[1:4] or ("3", "5", "6")
    main(int(first), int(second), float(third), sys.argv[4:])
