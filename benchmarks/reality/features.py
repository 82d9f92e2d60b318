"""Real threads against the model, feature by feature, on the measure that the feature changes.

Services of 20 ms that sleep, utilisation about .8.  A comparison is five real runs; against the
model with the feature it should come out SAME, against the model without it DIFFERENT.

    python benchmarks/reality/features.py [comparisons] [seconds a run] [feature]
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from queuetwin.model import Scenario, Workload
from queuetwin.realrun import execute
from queuetwin.reports import compare
from queuetwin.reports.comparison.verdicts import MARGINS

RUNS = 5
BASE: dict[str, Any] = {
    "duration": "6s",
    "arrivals": {"process": "poisson", "rate": "160/s"},
    "workers": {"count": 4},
    "service": {"distribution": "exponential", "mean": "20ms"},
}
CLASSES = [{"name": "urgent", "share": 0.6}, {"name": "patient", "share": 0.4, "priority": 1}]
THINK = {"distribution": "exponential", "mean": "50ms"}
BURSTS = {"process": "bursty", "rates": ["600/s", "60/s"], "stays": ["0.3s", "1.2s"]}
PROFILE = [["0s", "100/s"], ["1s", "220/s"], ["3s", "120/s"]]

# feature -> (measure, changes with the feature, changes without it)
Feature = tuple[str, Mapping[str, Any], Mapping[str, Any]]
FEATURES: dict[str, Feature] = {
    "lifo": ("response_time.p99", {"queue.order": "lifo"}, {}),
    "priority": (
        "response_time.p99",
        {"queue.order": "priority", "class": CLASSES},
        {"class": CLASSES},
    ),
    "drop-oldest": (
        "response_time.mean",
        {"queue": {"capacity": 12, "when_full": "drop-oldest"}, "arrivals": BURSTS},
        {"queue": {"capacity": 12, "when_full": "reject"}, "arrivals": BURSTS},
    ),
    "patience": (
        "loss_ratio.mean",
        {"queue.patience": {"distribution": "exponential", "mean": "40ms"}},
        {},
    ),
    "own queues": (
        "response_time.mean",
        {"workers": {"machines": 4, "per_machine": 1, "own_queue": True, "routing": "random"}},
        {},
    ),
    "a worker lost and back": (
        "response_time.mean",
        {"workers.schedule": [["2s", 3], ["3s", 4]]},
        {},
    ),
    "profile": (
        "response_time.mean",
        {"arrivals": {"process": "profile", "points": PROFILE}},
        {"arrivals": {"process": "poisson", "rate": "150/s"}},
    ),
    "bursty": (
        "response_time.mean",
        {"arrivals": {"process": "bursty", "rates": ["300/s", "100/s"], "stays": ["0.3s", "0.7s"]}},
        {},
    ),
    "closed": (
        "response_time.mean",
        {"arrivals": {"process": "closed", "users": 13, "think": THINK}},
        {"arrivals": {"process": "poisson", "rate": "160/s"}},
    ),
}


def measured(name: str, comparisons: int, seconds: float) -> None:
    """Compare a feature so many times, and print what came out."""
    measure, with_feature, without = FEATURES[name]
    base = Scenario.from_dict({**BASE, "duration": f"{seconds}s"})
    scenario, plain = base.changed(with_feature), base.changed(without)
    margins = {measure: MARGINS[measure]}
    same, different = Counter[str](), Counter[str]()
    off = []
    for number in range(comparisons):
        runs = [
            execute(scenario, Workload.draw(scenario, replication=number * RUNS + run))
            for run in range(RUNS)
        ]
        comparison = compare(scenario, runs=runs, margins=margins)
        same[comparison.verdict.value] += 1
        off.append(comparison.headline.off.estimate)
        different[compare(plain, runs=runs, margins=margins).verdict.value] += 1
    print(f"{name}, {measure}: with the feature {dict(same)}, off by "
          f"{statistics.median(off):+.2%} ({min(off):+.2%} to {max(off):+.2%}); "
          f"without it {dict(different)}", flush=True)  # fmt: skip


if __name__ == "__main__":
    chosen = sys.argv[3:] or list(FEATURES)
    for feature in chosen:
        measured(
            feature,
            int(sys.argv[1]) if sys.argv[1:] else 5,
            float(sys.argv[2]) if sys.argv[2:] else 6.0,
        )
