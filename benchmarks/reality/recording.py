"""What recording costs: `execute` on empty items against a bare `queue.Queue` loop.

Four workers, a queue of 100, all items there at the start.  Pairs in turn; the figure is the
difference of time per item, its median and range over the pairs.

    python benchmarks/reality/recording.py
"""

from __future__ import annotations

import queue
import statistics
import threading
import time

from queuetwin.model import Scenario
from queuetwin.realrun.execution import execute

ITEMS, WORKERS, CAPACITY, PAIRS = 100_000, 4, 100, 7


def bare() -> None:
    """Producer and workers on a plain queue; nothing is stamped, nothing written down."""
    line: queue.Queue[int | None] = queue.Queue(CAPACITY)

    def consume() -> None:
        while line.get() is not None:
            pass

    def produce() -> None:
        for item in range(ITEMS):
            line.put(item)
        for _ in range(WORKERS):
            line.put(None)

    threads = [threading.Thread(target=consume) for _ in range(WORKERS)]
    threads.append(threading.Thread(target=produce))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def bare_time() -> float:
    """Wall seconds of one bare loop."""
    start = time.perf_counter()
    bare()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    scenario = Scenario.from_dict(
        {
            "items": ITEMS,
            "arrivals": {"process": "backlog"},
            "queue": {"capacity": CAPACITY},
            "workers": {"count": WORKERS},
            "service": {"distribution": "deterministic", "mean": "1ns"},
            "failures": {"probability": 1.0, "cost": "none"},
        }
    )
    rows = []
    for _ in range(PAIRS):
        bare_wall = bare_time()
        run = execute(scenario)
        rows.append((run.header.window - bare_wall) / ITEMS * 1e6)
        print(f"bare {bare_wall / ITEMS * 1e6:.2f} us an item, recorded "
              f"{run.header.window / ITEMS * 1e6:.2f}")  # fmt: skip
    low, high = min(rows), max(rows)
    print(f"recording adds {statistics.median(rows):.2f} us an item ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
