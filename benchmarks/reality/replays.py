"""How well a replay meets its run, and how well a run keeps its plan, by utilisation.

Eight workers that sleep exponential times.  Each run is replayed by the model on its own
lateness, services, median hand-off and turn-round; the figure is the error of the mean response
time, median and range over the runs.  A run with other programs on more than 5 % of a core is
shown and left out.

    python benchmarks/reality/replays.py [runs] [seconds a run]
"""

from __future__ import annotations

import statistics
import sys

import numpy as np

from queuetwin.model import Scenario, Workload
from queuetwin.model.machine.measured import send_lateness
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.records.run import Run
from queuetwin.model.validity.replay import replay
from queuetwin.realrun import execute

WORKERS = 8
FOREIGN_CORES = 0.05
CASES = [(utilisation, mean) for mean in (0.020, 0.005) for utilisation in (0.8, 0.9, 0.95)]


def pool(utilisation: float, mean: float, seconds: float) -> Scenario:
    """Eight workers at this utilisation and mean service time (seconds)."""
    return Scenario.from_dict(
        {
            "duration": f"{seconds}s",
            "arrivals": {"process": "poisson", "rate": f"{utilisation * WORKERS / mean}/s"},
            "workers": {"count": WORKERS},
            "service": {"distribution": "exponential", "mean": f"{mean}s"},
        }
    )


def mean_response(run: Run) -> float:
    """Mean response time in seconds."""
    return statistic_of(run, MEASURES["response_time"], "mean")


def plan_error(run: Run, scenario: Scenario) -> tuple[float, float]:
    """How far the rate from first to last send is off, and the median lateness in seconds."""
    offered, planned = run.items["offered"], run.items["planned"]
    rate = (planned[-1] - planned[0]) / (offered[-1] - offered[0]) - 1
    return float(rate), float(np.median(send_lateness(run, scenario.arrivals)))


def spread(values: list[float], scale: float, unit: str) -> str:
    """Median and range."""
    middle, low, high = (
        figure * scale for figure in (statistics.median(values), min(values), max(values))
    )
    return f"{middle:+.3g} {unit} ({low:+.3g} to {high:+.3g})"


def main(runs: int, seconds: float) -> None:
    """Measure and print."""
    for utilisation, mean in CASES:
        scenario = pool(utilisation, mean, seconds)
        off, rates, late, disturbed = [], [], [], 0
        for replication in range(runs):
            workload = Workload.draw(scenario, replication=replication)
            run = execute(scenario, workload)
            if run.header.facts.get("foreign_cores", 0.0) > FOREIGN_CORES:
                disturbed += 1
                continue
            off.append(mean_response(replay(run, scenario, workload)) / mean_response(run) - 1)
            rate, lateness = plan_error(run, scenario)
            rates.append(rate)
            late.append(lateness / mean)
        print(f"load {utilisation}, {mean * 1000:g} ms, {len(off)} runs of {seconds:g} s "
              f"({disturbed} disturbed)", flush=True)  # fmt: skip
        if off:
            print(f"   replay off by {spread(off, 100, '%')}")
            print(f"   rate off by {spread(rates, 100, '%')}, lateness p50 "
                  f"{spread(late, 100, '% of a service')}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 10, float(sys.argv[2]) if sys.argv[2:] else 10.0)
