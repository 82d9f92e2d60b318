"""Intervals from raw series, beside those of kim-convergence (N-Skart and its spectral method).

The product's take base batches; kim-convergence asks for every single value.  So each method
gets the whole series here, at the ideal length for +-15 %, with the seeds of
`intervals.py fixed`.  Needs ``pip install kim-convergence==0.1.0``, and says so where it is
missing.

    python benchmarks/statistics/raw_series.py [runs] [process ...]
"""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from intervals import GROUP, POINT_90, Cell, generator_of
from processes import PROCESSES, Process
from queuetwin.model import interval
from queuetwin.model.base.arrays import Floats
from queuetwin.model.statistics.estimate import Estimate

Method = Callable[[Floats], Estimate]

LEVEL = 0.90


def ours(series: Floats) -> Estimate:
    """The product's."""
    return interval(series, level=LEVEL)


def methods() -> dict[str, Method]:
    """The product's, and the peer's where it is installed."""
    try:
        kim: Any = import_module("kim_convergence")
    except ImportError:
        print("kim-convergence is not installed: left out", flush=True)
        return {"queuetwin": ours}

    def theirs(name: str) -> Method:
        def bounds(series: Floats) -> Estimate:
            method = getattr(kim, name)()
            estimate = float(series.mean())
            try:
                begins = method.estimate_equilibration_length(series)[1]
                low, high = method.ci(
                    series[begins:] if name != "N_SKART" else series,
                    confidence_coefficient=LEVEL,
                    equilibration_length_estimate=begins if name == "N_SKART" else 0,
                )
            except kim.CRError:
                return Estimate(estimate=estimate)
            return Estimate(estimate=(low + high) / 2, low=low, high=high)

        return bounds

    return {"queuetwin": ours, "kim N-Skart": theirs("N_SKART"),
            "kim spectral": theirs("HeidelbergerWelch")}  # fmt: skip


def measured(name: str, process: Process, runs: int, compared: dict[str, Method]) -> None:
    """Print what each method says of a process."""
    items = process.ideal(0.15, POINT_90)
    half = POINT_90 * math.sqrt(process.spread / items)
    cells = {method: Cell(process.mean, half) for method in compared}
    for number in range(0, runs, GROUP):
        group = min(GROUP, runs - number)
        chunks = process.source(group, items, generator_of(name, 1, number))
        for series in np.hstack([values for values, _ in chunks]):
            for method, bounds in compared.items():
                begun = time.perf_counter()
                figure = bounds(series)
                cells[method].add(figure, time.perf_counter() - begun)
    for method, cell in cells.items():
        print(f"{name:13} {items:10,} {LEVEL:.2f} {method:12} {cell.line()}", flush=True)


def main(runs: int, *names: str) -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    compared = methods()
    for name in names or [name for name, process in PROCESSES.items() if not process.ratio]:
        measured(name, PROCESSES[name], runs, compared)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else GROUP, *sys.argv[2:])
