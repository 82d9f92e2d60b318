"""Verdicts at length: real against real, and each planted fault, from a pool of kept real runs.

For each fault thirty real runs of the scenario in which it must be found, with the fault; twenty
verdicts, each from five of the thirty (drawn by a fixed seed) against the calibrated model.
Real against real: the same thirty replications twice, as they are; sixty verdicts of five pairs.
Each fault is caught by the verdict, by the run checks, or by the accounts: told apart.  The model
against the healthy runs, sixty times too, says how often DIFFERENT is a false alarm.

Runs are kept on disk, and a second start goes on where the first one stopped; they are of one
machine, so the folder holds its calibration, too.  About twelve minutes for all.

    python benchmarks/reality/injected_faults.py [folder] [runs] [seconds a run]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from queuetwin.model import Run, Scenario, Workload
from queuetwin.model.machine.overheads import Overheads
from queuetwin.realrun import calibrate, execute
from queuetwin.reports import compare
from queuetwin.reports.comparison.injected_faults import INJECTED_FAULTS, SELFTEST_POOL, caught_by
from queuetwin.reports.comparison.selftest import real_against_real

VERDICTS, FALSE_ALARMS, AT_ONCE = 20, 60, 5
SEED = 1
Execute = Callable[[Scenario, Workload], Run]


def pool(folder: Path, name: str, scenario: Scenario, run: Execute, count: int) -> list[Run]:
    """So many real runs, those that are on disk not made again."""
    where = folder / name
    where.mkdir(parents=True, exist_ok=True)
    runs = []
    for replication in range(count):
        path = where / f"{replication:02}.npz"
        if not path.exists():
            made = run(scenario, Workload.draw(scenario, replication=replication))
            unfinished = path.with_suffix(".part")
            made.save(unfinished)
            unfinished.rename(path)
            print(f"{name}: run {replication + 1} of {count}", file=sys.stderr, flush=True)
        runs.append(Run.load(path))
    return runs


def calibration(folder: Path) -> Overheads:
    """Of this machine, made before the first run."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "calibration.json"
    if not path.exists():
        calibrate().save(path)
    return Overheads.load(path)


def choices(count: int, verdicts: int) -> list[list[int]]:
    """Which five runs each verdict is from."""
    generator = np.random.default_rng(SEED)
    return [
        sorted(generator.choice(count, min(AT_ONCE, count), replace=False).tolist())
        for _ in range(verdicts)
    ]


def of(runs: Sequence[Run], chosen: Sequence[int]) -> list[Run]:
    """The chosen ones."""
    return [runs[number] for number in chosen]


def print_verdicts(name: str, counted: Counter[str]) -> None:
    """A line of the table."""
    parts = ", ".join(f"{count} {what}" for what, count in counted.most_common())
    print(f"{name}: {parts}", flush=True)


def foreign(runs: Sequence[Run]) -> str:
    """How much other programs took."""
    cores = [run.header.facts.get("foreign_cores", 0.0) for run in runs]
    return f"foreign load: median {np.median(cores):.2f} cores, most {max(cores):.2f}"


def main(folder: Path, count: int, seconds: float) -> None:
    """Measure what is missing, and print all verdicts."""
    overheads, length = calibration(folder), {"duration": f"{seconds}s"}
    home = SELFTEST_POOL.changed(length)
    healthy, again = (pool(folder, name, home, execute, count) for name in ("healthy", "again"))
    many = choices(count, FALSE_ALARMS)
    print_verdicts("real against real", Counter(
        real_against_real(of(healthy, chosen), of(again, chosen)).verdict.value for chosen in many
    ))  # fmt: skip
    print_verdicts("model against healthy runs", Counter(
        compare(home, runs=of(healthy, chosen), overheads=overheads).verdict.value
        for chosen in many
    ))  # fmt: skip
    seen = [*healthy, *again]
    for plant in INJECTED_FAULTS.values():
        scenario = plant.scenario.changed(length)
        if plant.loses_an_item:
            runs = [plant.recorded(run) for run in healthy]
        else:
            runs = pool(folder, plant.name, scenario, plant.execute, count)
        seen += runs
        counted: Counter[str] = Counter()
        for chosen in choices(count, VERDICTS):
            comparison = compare(scenario, runs=of(runs, chosen), overheads=overheads)
            caught = caught_by(comparison)
            counted[f"caught by {caught}" if caught else comparison.verdict.value] += 1
        print_verdicts(plant.says, counted)
    print(foreign(seen))


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        Path(given[0]) if given else Path("injected_faults.runs"),
        int(given[1]) if given[1:] else 30,
        float(given[2]) if given[2:] else 2.0,
    )
