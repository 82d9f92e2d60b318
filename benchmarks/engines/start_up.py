"""What a fresh process costs: the first compiled call, and `simulate` from start to end.

The compiled code is in its cache by then, as in all but the first process after an installation.
"""

from __future__ import annotations

import os
import subprocess
import sys

from measuring import children_seconds, row, spread, table

__all__ = ["measure"]

_SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
_ENGINES = ("auto", "simpy", "fast")
_ROUNDS = 3
_POOL = {
    "items": 1_000,
    "arrivals": {"process": "poisson", "rate": "4.4/s"},
    "queue": {"capacity": 16, "when_full": "reject"},
    "workers": {"count": 4},
    "service": {"distribution": "exponential", "mean": "1s"},
}
_RETRIES = {**_POOL, "failures": {"probability": 0.1, "attempts": 3, "backoff": "5s"}}
_STREAMED = """
from queuetwin.model.estimation.steady_state import SteadyState
run = SteadyState(pool, level=0.95)
run.extend(pool.items)
run.summary()
"""
# name -> (scenario, the first call)
_FIRST_CALLS = {
    "`simulate`, first come first served": (_POOL, 'simulate(pool, engine="fast")'),
    "`simulate`, retries": (_RETRIES, 'simulate(pool, engine="fast")'),
    "streamed, all figures": (_POOL, _STREAMED),
}
_PROGRAM = """
import time
from queuetwin.model import Scenario, simulate
pool = Scenario.from_dict({scenario!r})
start = time.perf_counter()
{call}
print(time.perf_counter() - start)
"""


def measure(share: float) -> None:
    """Print both tables."""
    table("first call of 1,000 items in a fresh process", "wall seconds, loading of numba included")
    for name, (scenario, call) in _FIRST_CALLS.items():
        _run(scenario, call)
        row(name, spread([_run(scenario, call) for _ in range(_ROUNDS)], ".2f"))
    _whole_processes(share)


def _whole_processes(share: float) -> None:
    table(
        "whole process, `simulate`: items", *(f"{engine}, CPU seconds" for engine in _ENGINES),
        "auto over the faster",
    )  # fmt: skip
    for size in _SIZES:
        items = max(1, round(size * share))
        seconds: dict[str, list[float]] = {engine: [] for engine in _ENGINES}
        for _ in range(_ROUNDS):
            for engine in _ENGINES:
                seconds[engine].append(_whole_process(engine, items))
        faster = min(("simpy", "fast"), key=lambda engine: sum(seconds[engine]))
        ratios = [mine / best for mine, best in zip(seconds["auto"], seconds[faster], strict=True)]
        columns = (*seconds.values(), ratios)
        row(f"{items:,}", *(spread(column, ".2f") for column in columns))


def _whole_process(engine: str, items: int) -> float:
    """Processor seconds of a process that does this and nothing else."""
    before = children_seconds()
    _run({**_POOL, "items": items}, f"simulate(pool, engine={engine!r})")
    return children_seconds() - before


def _run(scenario: dict[str, object], call: str) -> float:
    """Wall seconds of the call."""
    printed = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(scenario=scenario, call=call)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return float(printed.stdout)
