"""Replications in one thread and in two: the kernels hold no GIL.

Wall time, pairs in turn, on a machine of at least two cores that has nothing else to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from against_theory import pool
from events import RETRIES
from queuetwin.model import Scenario, Workload, simulate
from speed.measuring import row, spread, table
from speed.our_engines import scenario_of, streamed_summary
from speed.systems import SYSTEMS

__all__ = ["measure"]

_REPLICATIONS, _PAIRS = 8, 5
_STREAMED_ITEMS, _CALENDAR_ITEMS = 1 << 19, 200_000


def measure(share: float) -> None:
    """Print the table."""
    streamed, calendar = round(_STREAMED_ITEMS * share), round(_CALENDAR_ITEMS * share)
    retries = pool(calendar, 4, 1.0, 16).changed({"failures": RETRIES})
    system = SYSTEMS[-1]
    table(f"{_REPLICATIONS} replications", "items each", "two threads against one, wall time")
    name = f"{system.name}, streamed, all figures"
    _pairs(name, streamed, lambda seed: streamed_summary(scenario_of(system, streamed, seed)))
    _pairs("retries, 10 % fail, whole Run", calendar, partial(_one_run, retries))


def _one_run(scenario: Scenario, replication: int) -> None:
    simulate(scenario, Workload.draw(scenario, replication=replication), engine="fast")


def _pairs(name: str, items: int, one: Callable[[int], Any]) -> None:
    one(0)
    ratios = []
    for _ in range(_PAIRS):
        single, double = (_wall(threads, one) for threads in (1, 2))
        ratios.append(single / double)
    row(name, f"{items:,}", spread(ratios, ".2f"))


def _wall(threads: int, one: Callable[[int], Any]) -> float:
    with ThreadPoolExecutor(threads) as executor:
        start = time.perf_counter()
        list(executor.map(one, range(_REPLICATIONS)))
        return time.perf_counter() - start
