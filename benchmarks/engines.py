"""The two engines against a plain SimPy Resource model, processor nanoseconds an item.

M/M/1 (load .8), M/M/4 (.9), M/M/4/20 (1.1).  Pairs in turn; a ratio is within its pair.  The
compiled engine's time is also split into draws, recursion and all figures of a summary, and its
answer is checked against theory before it is timed.

    python benchmarks/engines.py [items] [pairs]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from against_theory import plain, pool
from queuetwin.model import Scenario, Workload, simulate, summarise
from queuetwin.model.fast_engine import simulate_fast
from queuetwin.model.theory import solve

SYSTEMS = {"M/M/1": (1, 0.8, None), "M/M/4": (4, 0.9, None), "M/M/4/20": (4, 1.1, 16)}
PLAIN_ITEMS = 50_000
REFERENCE_ITEMS = 200_000


def spent(what: Callable[[], Any]) -> float:
    """Processor seconds."""
    start = time.process_time()
    what()
    return time.process_time() - start


def checked(scenario: Scenario) -> None:
    """The compiled engine's answer lies near the formula's, or nothing is timed."""
    found = summarise(simulate(scenario, engine="fast")).measures["queue_depth"]["mean"].estimate
    expected = solve(scenario).measures["queue_depth"]["mean"]
    assert abs(found / expected - 1) < 0.1, (found, expected)


def main(items: int, pairs: int) -> None:
    """Measure and print."""
    for name, (workers, load, places) in SYSTEMS.items():
        many = pool(items, workers, load, places)
        fewer = pool(REFERENCE_ITEMS, workers, load, places)
        checked(many)
        rows = []
        for _ in range(pairs):
            base = spent(lambda: plain(PLAIN_ITEMS, workers, load, places)) / PLAIN_ITEMS  # noqa: B023
            ours = spent(lambda: simulate(fewer, engine="simpy")) / REFERENCE_ITEMS  # noqa: B023
            draws: list[Any] = []
            drawing = spent(lambda: draws.append(Workload.draw(many).all())) / items  # noqa: B023
            recursion = spent(lambda: simulate_fast(many, draws[0], [])) / items  # noqa: B023
            whole = spent(lambda: summarise(simulate(many, engine="fast"))) / items  # noqa: B023
            rows.append((base, ours, drawing, recursion, whole))
        medians = [statistics.median(column) * 1e9 for column in zip(*rows, strict=True)]
        ratios = sorted(row[0] / row[4] for row in rows)
        print(f"{name}: plain SimPy {medians[0]:,.0f} ns, ours on SimPy {medians[1]:,.0f}, "
              f"compiled {medians[4]:,.0f} with all figures (draws {medians[2]:,.0f}, tables "
              f"{medians[3]:,.0f}); {statistics.median(ratios):,.0f} x plain SimPy "
              f"({ratios[0]:,.0f} to {ratios[-1]:,.0f})", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, int(sys.argv[2]) if sys.argv[2:] else 5)
