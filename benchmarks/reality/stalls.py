"""What it is worth to tell stalls from steps that are late alone; the model is the machine.

A machine with known stalls is calibrated by the runs of `calibrate`, simulated and long, so that
chance is small: once with its stalls apart, once with them left in the samples of the steps, to
be drawn one by one.  Both models are laid beside that machine on the same items: four workers, 5
ms, twenty places.  Off by, in per cent.

    python benchmarks/reality/stalls.py [items]
"""

from __future__ import annotations

import sys
from typing import Any
from unittest.mock import patch

import numpy as np

from calibrated import pool
from queuetwin.model import Overheads, Run, Scenario, Workload, simulate
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import parse_statistic
from queuetwin.model.validity.certificate import Certificate
from queuetwin.model.validity.checks import Check, Trust
from queuetwin.realrun.calibration import calibrate_machine as calibration
from queuetwin.realrun.calibration.stall_detection import StallTimes

VALID = Check(name="load", trust=Trust.VALID, figure="a model is not disturbed")
STATISTICS = ("response_time.mean", "response_time.p95", "response_time.p99")
NONE = StallTimes(begins=np.array([]), ends=np.array([]))
STEPS: dict[str, Any] = {
    "lateness": (1e-5, 3e-5),
    "put": (5e-6,),
    "hand_off": (2e-5, 4e-5),
    "turn_round": (5e-6, 1e-5),
    "overshoot": (3e-5, 5e-5),
}
# Stalls of a second, and how long they are (seconds).
MACHINES = {
    "one a second, 1 to 16 ms": (1.0, (1e-3, 2e-3, 4e-3, 8e-3, 16e-3)),
    "ten a second, 1 to 4 ms": (10.0, (1e-3, 2e-3, 4e-3)),
}


def as_calibrated(machine: Overheads, *, apart: bool) -> Overheads:
    """What a calibration makes of such a machine, its stalls apart or in the steps."""

    def run(scenario: Scenario, workload: Workload | None = None, **_: Any) -> Run:
        return simulate(scenario, workload, overheads=machine)

    changes: dict[str, Any] = {
        "execute": run,
        "certify": lambda *_: Certificate(checks=(VALID,)),
        "_OPEN": pool(480, 5, {"duration": "300s"}),
    }
    if not apart:
        changes["stalls_in"] = lambda *_: NONE
    with patch.multiple(calibration, **changes):
        return calibration.calibrate()


def main(items: int) -> None:
    """Measure and print."""
    limit = {"queue": {"capacity": 20, "when_full": "reject"}, "duration": None, "items": items}
    base = calibration.calibrate()
    for name, (rate, lengths) in MACHINES.items():
        stalls = {"stalls_per_second": rate, "stall_lengths": lengths}
        machine = base.model_copy(update={**STEPS, **stalls})
        models = {
            "all at once": as_calibrated(machine, apart=True),
            "one by one": as_calibrated(machine, apart=False),
            "left out": base.model_copy(update=STEPS),
        }
        overheads = models["all at once"]
        print(f"{name}: found {overheads.stalls_per_second:.2f} a second "
              f"of {np.mean(overheads.stall_lengths) * 1e3:.2f} ms")  # fmt: skip
        for load in (0.5, 0.8, 0.95):
            scenario = pool(load * 800, 5, limit)
            runs = {
                which: simulate(scenario, engine="fast", overheads=overheads)
                for which, overheads in {"machine": machine, **models}.items()
            }
            figures = {
                which: np.array([statistic_of(run, *parse_statistic(name)) for name in STATISTICS])
                for which, run in runs.items()
            }
            for which in models:
                off = (figures[which] / figures["machine"] - 1) * 100
                print(
                    f"   load {load:g}, {which:11}  mean, p95, p99 {np.round(off, 2)}", flush=True
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 300_000)
