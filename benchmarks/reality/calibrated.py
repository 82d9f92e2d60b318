"""How far the model is off that knows the machine, beside the one that does not.

Each comparison: the machine is calibrated, then the real runs are made, then both models are given
the items of these runs.  Nothing of the runs enters the models: out of sample.  Median over the
comparisons and range; for loss in points.  What other programs took meanwhile is printed.  With
the word `busy` a program that only counts keeps each processor busy until all is measured.
Other words choose the cases that have them all in their names.

    python benchmarks/reality/calibrated.py [comparisons] [runs] [seconds a run] [busy] [words]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES, parse_statistic
from queuetwin.model.records.run import Run
from queuetwin.realrun import calibrate, execute

WORKERS = 4
STATISTICS = ("response_time.mean", "response_time.p95", "response_time.p99", "loss_ratio.mean")


def pool(rate: float, mean_ms: float, changes: Mapping[str, Any]) -> Scenario:
    """Four workers with exponential services of this mean."""
    return Scenario.from_dict(
        {
            "duration": "1s",
            "arrivals": {"process": "poisson", "rate": f"{rate}/s"},
            "workers": {"count": WORKERS},
            "service": {"distribution": "exponential", "mean": f"{mean_ms}ms"},
        }
    ).changed(changes)


def cases() -> Iterator[tuple[str, Scenario]]:
    """Name and scenario of each row."""
    for load in (0.5, 0.8, 0.95, 1.2):
        limit = {"queue": {"capacity": 20, "when_full": "reject"}}
        yield f"sleep 5 ms, load {load}, 20 places", pool(load * WORKERS / 0.005, 5, limit)
    one_place = {"queue": {"capacity": 1, "when_full": "reject"}}
    for mean_ms in (2, 5):
        name = f"sleep {mean_ms} ms, load 0.5, one place"
        yield name, pool(0.5 * WORKERS / mean_ms * 1000, mean_ms, one_place)
    for share in (1.0, 0.3):
        for load in (0.3, 0.6, 0.8):
            name = f"burn {share:.0%} of 5 ms, GIL load {load}"
            yield name, pool(load / share / 0.005, 5, {"service.cpu_share": share})


def figures(run: Run) -> list[float]:
    """The statistics of a run."""
    return [statistic_of(run, *parse_statistic(name)) for name in STATISTICS]


def off(models: list[Run], runs: list[Run]) -> list[float]:
    """(model - real) / real of each statistic, means over the runs; the loss in points."""
    model, real = (np.mean([figures(run) for run in side], axis=0) for side in (models, runs))
    return [*(model[:-1] / real[:-1] - 1), model[-1] - real[-1]]


def spread(values: list[float]) -> str:
    """Median and range, in per cent or points."""
    middle = statistics.median(values)
    return f"{middle * 100:+.2f} ({min(values) * 100:+.2f} to {max(values) * 100:+.2f})"


def measured(
    title: str, timed: Scenario, comparisons: int, count: int, *, backend: str = "threads"
) -> None:
    """Compare so often, by so many runs each, and print what both models are off by."""
    nominal, calibrated, foreign, real = [], [], [], []
    for number in range(comparisons):
        overheads = calibrate(backend=backend)
        loads = [Workload.draw(timed, replication=number * count + run) for run in range(count)]
        runs = [execute(timed, load, backend=backend) for load in loads]
        nominal.append(off([simulate(timed, load) for load in loads], runs))
        models = [simulate(timed, load, overheads=overheads) for load in loads]
        calibrated.append(off(models, runs))
        foreign += [run.header.facts.get("foreign_cores", 0.0) for run in runs]
        real += [figures(run) for run in runs]
    noise = f"{statistics.median(foreign):.2f} cores, most {max(foreign):.2f}"
    print(f"{title}: {comparisons} x {count} runs of {timed.duration:g} s; foreign {noise}")
    for column, statistic in enumerate(STATISTICS):
        middle = float(np.mean([values[column] for values in real]))
        scale = 1000 if parse_statistic(statistic)[0] is MEASURES["response_time"] else 100
        print(f"   {statistic:20} real {middle * scale:8.3f}   nominal "
              f"{spread([values[column] for values in nominal])}   calibrated "
              f"{spread([values[column] for values in calibrated])}", flush=True)  # fmt: skip


@contextmanager
def busy_processors() -> Iterator[None]:
    """A program on each processor that counts, and ends by itself should this one be killed."""
    counting = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: sum(range(10**5))"
    programs = [
        subprocess.Popen([sys.executable, "-c", counting]) for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


def main(comparisons: int, count: int, seconds: float, words: list[str]) -> None:
    """Measure the cases that have all the words."""
    load = busy_processors() if "busy" in words else nullcontext()
    chosen = [word for word in words if word != "busy"]
    with load:
        for name, scenario in cases():
            if all(word in name for word in chosen):
                measured(name, scenario.changed({"duration": f"{seconds}s"}), comparisons, count)


if __name__ == "__main__":
    first, second, third = sys.argv[1:4] or ("3", "5", "6")
    main(int(first), int(second), float(third), sys.argv[4:])
