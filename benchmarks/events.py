"""What the compiled calendar costs: processor nanoseconds an item, the kernel alone.

The clock stands while draws are laid in and rows are taken out; runs in turn, medians.  The
reference model is timed beside it on fewer items, all its work included.

    python benchmarks/events.py [items] [runs]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from against_theory import pool
from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.engines.compiled.event_driven import EventDrivenStation

REFERENCE_ITEMS = 20_000
CLASSES = [{"name": "urgent", "share": 0.6}, {"name": "patient", "share": 0.4, "priority": 1}]
RETRIES = {"probability": 0.1, "attempts": 4, "backoff": "5s"}
EXPONENTIAL = {"distribution": "exponential", "mean": "20s"}
BURSTS = {"process": "bursty", "rates": ["9/s", "1/s"], "stays": ["30s", "90s"]}
ALL = {
    "queue": {"capacity": 16, "when_full": "drop-oldest", "order": "priority"},
    "queue.patience": EXPONENTIAL,
    "class": CLASSES,
    "failures": {**RETRIES, "growth": "exponential", "jitter": True, "cost": "uniform"},
    "failures.time_limit": "5s",
    "service.slowdown": [[4, "5%"]],
    "workers.speeds": [1.5, 1, 1, 0.8],
    "workers.idle_timeout": "1h",
    "workers.schedule": [["1000s", 3], ["2000s", 4]],
    "workers.breakdown": {"every": {**EXPONENTIAL, "mean": "1h"}, "repair": EXPONENTIAL},
}
# name -> (workers, load, places, changes)
POOLS: dict[str, tuple[int, float, int | None, Mapping[str, Any]]] = {
    "retries, 10 % fail": (4, 1.0, 16, {"failures": RETRIES}),
    "last come first served": (4, 0.9, None, {"queue.order": "lifo"}),
    "priorities": (4, 0.9, None, {"queue.order": "priority", "class": CLASSES}),
    "patience": (4, 1.1, None, {"queue.patience": EXPONENTIAL}),
    "bursts": (4, 0.9, 16, {"arrivals": BURSTS, "failures": RETRIES}),
    "64 workers": (64, 0.9, 200, {"failures": RETRIES}),
    "1,000 workers": (1000, 0.9, 200, {"failures": RETRIES}),
    "all features": (4, 0.9, 16, ALL),
}


def spent(what: Callable[[], Any]) -> float:
    """Processor seconds."""
    start = time.process_time()
    what()
    return time.process_time() - start


def kernel(scenario: Scenario) -> float:
    """Processor seconds of one run of the kernel."""
    workload = Workload.draw(scenario)
    running = EventDrivenStation(scenario, workload.outages())
    seconds = 0.0
    for draws in list(workload.chunks()):
        running.add_items(draws)
        seconds += spent(running.run)
        running.remove_ended()
    return seconds + spent(running.finish)


def main(items: int, runs: int) -> None:
    """Measure and print."""
    pools = {
        name: pool(items, workers, load, places).changed(changes)
        for name, (workers, load, places, changes) in POOLS.items()
    }
    kernel(pools["all features"].changed({"items": 1000}))
    found: dict[str, list[float]] = {name: [] for name in pools}
    for _ in range(runs):
        for name, scenario in pools.items():
            found[name].append(kernel(scenario) / items * 1e9)
    for name, scenario in pools.items():
        fewer = scenario.changed({"items": REFERENCE_ITEMS})
        base = spent(lambda: simulate(fewer, engine="simpy")) / REFERENCE_ITEMS * 1e9  # noqa: B023
        each = sorted(found[name])
        print(f"{name}: {statistics.median(each):,.0f} ns ({each[0]:,.0f} to {each[-1]:,.0f}); "
              f"the reference model {base:,.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, int(sys.argv[2]) if sys.argv[2:] else 5)
