"""The SimPy model's processor time over that of a plain SimPy `Resource` model, M/M/8, load .8.

Both serve 100,000 customers, pairs in turn; the median ratio, and its range.

    python benchmarks/engines/against_simpy.py [pairs]
"""

from __future__ import annotations

import sys
import time

from measuring import spread
from our_engines import scenario_of
from peers.simpy_resource import run as run_plain_simpy
from queuetwin.model import simulate
from textbook_systems import System

CUSTOMERS = 100_000
SYSTEM = System(name="M/M/8", workers=8, load=0.8, places=None)


def main(pairs: int) -> None:
    """Measure and print."""
    scenario = scenario_of(SYSTEM, CUSTOMERS)
    ratios = []
    for _ in range(pairs):
        start = time.process_time()
        run_plain_simpy(SYSTEM, CUSTOMERS, 0)
        middle = time.process_time()
        simulate(scenario, engine="simpy")
        ratios.append((time.process_time() - middle) / (middle - start))
    print(f"time over plain SimPy: {spread(ratios, '.2f')}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 7)
