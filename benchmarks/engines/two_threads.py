"""Replications in one thread and in two: the kernels hold no GIL.

Wall time, pairs in turn, on a machine of at least two cores that has nothing else to do.  Two
processes against one stand beside it: more than they reach the machine does not give.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from measuring import row, spread, table
from our_engines import RETRIES, scenario_of, streamed_summary
from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.estimation.steady_state import SteadyState
from textbook_systems import SYSTEMS, System

__all__ = ["measure"]

_REPLICATIONS, _PAIRS = 8, 5
_STREAMED_ITEMS, _CALENDAR_ITEMS = 1 << 19, 200_000


def measure(share: float) -> None:
    """Print the table."""
    streamed, calendar = round(_STREAMED_ITEMS * share), round(_CALENDAR_ITEMS * share)
    system = SYSTEMS[-1]
    retries = scenario_of(replace(system, load=1.0), calendar).changed({"failures": RETRIES})
    table(f"{_REPLICATIONS} replications", "items each", "two threads against one, wall time",
          "two processes against one")  # fmt: skip
    _pairs(f"{system.name}, streamed, no figures", streamed, partial(_stream, system, streamed))
    _pairs(f"{system.name}, streamed, all figures", streamed, partial(_summary, system, streamed))
    _pairs("retries, 10 % fail, whole Run", calendar, partial(_whole_run, retries))


def _stream(system: System, items: int, seed: int) -> None:
    SteadyState(scenario_of(system, items, seed), level=0.95).extend(items)


def _summary(system: System, items: int, seed: int) -> None:
    streamed_summary(scenario_of(system, items, seed))


def _whole_run(scenario: Scenario, replication: int) -> None:
    simulate(scenario, Workload.draw(scenario, replication=replication), engine="fast")


def _pairs(name: str, items: int, replicate: Callable[[int], None]) -> None:
    columns = []
    for kind in (ThreadPoolExecutor, ProcessPoolExecutor):
        with kind(1) as alone, kind(2) as both:
            for executor in (alone, both):
                _wall(executor, replicate)
            ratios = [_wall(alone, replicate) / _wall(both, replicate) for _ in range(_PAIRS)]
        columns.append(spread(ratios, ".2f"))
    row(name, f"{items:,}", *columns)


def _wall(executor: Executor, replicate: Callable[[int], None]) -> float:
    start = time.perf_counter()
    list(executor.map(replicate, range(_REPLICATIONS)))
    return time.perf_counter() - start
