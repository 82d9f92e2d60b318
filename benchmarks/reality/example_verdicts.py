"""Ten comparisons of an example, and what the same runs say of two planted faults.

Each comparison is five real runs.  The runs are then held against a model whose service is
10 % longer, and against one with a worker fewer: both must come out DIFFERENT.

    python benchmarks/reality/example_verdicts.py [comparisons] [seconds a run]
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from queuetwin.model import Scenario, Workload
from queuetwin.realrun import execute
from queuetwin.reports import compare
from queuetwin.reports.comparison.comparer import Comparison

RUNS = 5
EXAMPLE = Path(__file__).parents[2] / "examples" / "thumbnails.toml"
FAULTS: dict[str, dict[str, Any]] = {
    "service 10 % longer": {"service.mean": "22ms"},
    "one worker fewer": {"workers.count": 7},
}


def main(comparisons: int, seconds: float) -> None:
    """Measure and print."""
    scenario = Scenario.load(EXAMPLE).changed({"duration": f"{seconds}s"})
    verdicts: dict[str, Counter[str]] = {name: Counter() for name in ("as it is", *FAULTS)}
    off, unexplained, foreign = [], [], []
    for number in range(comparisons):
        runs = [
            execute(scenario, Workload.draw(scenario, replication=number * RUNS + run))
            for run in range(RUNS)
        ]
        comparison = compare(scenario, runs=runs)
        verdicts["as it is"][comparison.verdict] += 1
        off.append(comparison.headline.off.estimate)
        unexplained.append(_replay_error(comparison))
        foreign += [run.header.facts.get("foreign_cores", 0.0) for run in runs]
        for fault, changes in FAULTS.items():
            verdicts[fault][compare(scenario.changed(changes), runs=runs).verdict] += 1
        apart = [row.measure for row in comparison.differences if row.verdict != "SAME"]
        print(f"{number + 1}: {comparison.verdict} {', '.join(apart)}, mean off {off[-1]:+.2%}, "
              f"replay off {unexplained[-1]:+.2%}", flush=True)  # fmt: skip
    for name, counted in verdicts.items():
        print(f"{name}: {', '.join(f'{count} {what}' for what, count in counted.items())}")
    print(f"model off by {statistics.median(off):+.2%} ({min(off):+.2%} to {max(off):+.2%})")
    print(f"replay off by {statistics.median(unexplained):+.2%} "
          f"({min(unexplained):+.2%} to {max(unexplained):+.2%})")  # fmt: skip
    print(f"foreign load: median {statistics.median(foreign):.2f} cores, most {max(foreign):.2f}")


def _replay_error(comparison: Comparison) -> float:
    return comparison.headline.replay / comparison.headline.real - 1


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10, float(sys.argv[2]) if sys.argv[2:] else 10.0)
