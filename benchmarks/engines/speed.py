"""How quick the engines are: processor nanoseconds an item, memory, growth, start-up.

One run measures everything, in turn, and prints it as tables: both engines beside plain SimPy
and, where they are installed (`pip install 'queuetwin[peers]'`), Ciw, LINE's native engine and
cimba; what features cost; growth with items and workers; two threads; start-up.  It takes about
five minutes of a machine that has nothing else to do; a share below 1 shortens the runs, to see
whether everything works.

    python benchmarks/engines/speed.py [share] [section ...]
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time

SECTIONS = ("against_peers", "feature_costs", "growth", "two_threads", "start_up")


def main(share: float, sections: list[str]) -> None:
    """Measure and print."""
    start = time.perf_counter()
    print(f"{platform.system()}, {os.cpu_count()} cores ({platform.machine()}), CPython "
          f"{platform.python_version()}; load average {os.getloadavg()[0]:.1f} at the start; "
          "median (least to greatest)")  # fmt: skip
    for section in sections or SECTIONS:
        # Only here: the processes that are started import this file, and must stay small.
        importlib.import_module(section).measure(share)
    took = time.perf_counter() - start
    print(f"\n{took:.0f} s; load average {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 1.0, sys.argv[2:])
