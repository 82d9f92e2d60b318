"""Stalls found in runs whose stalls are known: the model stands in for the machine."""

from typing import Any

import numpy as np
import pytest

from builders import overheads
from queuetwin.model import Overheads, Run, Scenario, Workload, simulate
from queuetwin.model.machine.measured import Steps
from queuetwin.model.validity.certificate import Certificate
from queuetwin.model.validity.checks import Check, Trust
from queuetwin.realrun import calibrate
from queuetwin.realrun.calibration import calibrate_machine as calibration
from queuetwin.realrun.calibration.noise import Noise
from queuetwin.realrun.calibration.stall_detection import StallTimes, stalls_in


def sleeps(*rows: tuple[int, float, float]) -> Steps:
    """Rows of who, due, done."""
    who, due, done = zip(*rows, strict=True)
    return Steps(who=np.array(who), due=np.array(due), done=np.array(done))


def found_in(*rows: tuple[int, float, float]) -> StallTimes:
    return stalls_in([sleeps((9, 0.0, 0.0), *rows)], ordinary=0.5)


def test_two_that_are_late_in_one_silence_were_held_up_together() -> None:
    """From the middle between the last sign of life and the first that was due, to the end."""
    found = found_in((0, 2.0, 4.0), (1, 3.0, 4.25))
    assert (found.begins.tolist(), found.ends.tolist()) == ([1.0], [4.0])
    assert found.per_second(10.0) == pytest.approx(1 / 7)


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 2.0, 4.0)],
        [(0, 2.0, 4.0), (0, 3.0, 4.0)],
        [(0, 2.0, 4.0), (1, 3.6, 4.0)],
        [(0, 2.0, 4.0), (1, 3.0, 4.0), *((2, n / 4, n / 4) for n in range(16))],
        [(0, 2.0, 2.4), (1, 2.0, 2.4)],
    ],
    ids=["one", "one and the same", "hardly late", "others go on meanwhile", "a coarse timer"],
)
def test_who_is_late_by_itself_was_not(rows: list[tuple[int, float, float]]) -> None:
    """One alone, or while somebody else goes on."""
    assert not len(found_in(*rows).ends)


def test_what_a_stall_held_up_leaves_the_sample() -> None:
    """Also who is late by itself until after its end; who came later or earlier stays."""
    found = found_in((0, 2.0, 4.0), (1, 3.0, 4.0))
    sample = sleeps((0, 0.9, 0.95), (0, 0.5, 4.5), (1, 2.0, 4.0), (2, 3.9, 4.5), (3, 4.0, 4.1))
    assert found.outside(sample).due.tolist() == [0.9, 4.0]
    none = stalls_in([sample], ordinary=9.0)
    assert none.outside(sample).due.tolist() == sample.due.tolist()


def calibrated(monkeypatch: pytest.MonkeyPatch, machine: Overheads, seconds: int) -> Overheads:
    """What `calibrate` makes of a machine that is known."""

    def run(scenario: Scenario, workload: Workload | None = None, **_: Any) -> Run:
        return simulate(scenario, workload, overheads=machine)

    valid = Certificate(checks=(Check(name="load", trust=Trust.VALID, figure="none"),))
    longer = calibration._OPEN.changed({"duration": f"{seconds}s"})
    noise = Noise(sleep_late=3e-5, foreign_cores=0.0)
    for name, value in {
        "execute": run,
        "certify": lambda *_: valid,
        "_OPEN": longer,
        "present_noise": lambda: noise,
        "_processor_share": lambda _: 1.0,
    }.items():
        monkeypatch.setattr(calibration, name, value)
    return calibrate()


@pytest.mark.slow
def test_a_calibration_finds_the_stalls_of_its_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """40 in 20 s, of 10 ms; and the steps are as on the same machine without stalls.

    The number is Poisson's: its seed is fixed, and 5 sigma are allowed.
    """
    machine = overheads(stalls_per_second=2.0, stall_lengths=(0.01,))
    found = calibrated(monkeypatch, machine, 20)
    assert found.stalls_per_second == pytest.approx(2.0, abs=5 * 2**0.5 / 20**0.5)
    assert np.mean(found.stall_lengths) == pytest.approx(0.01, rel=0.1)
    plain = calibrated(monkeypatch, overheads(), 20)
    for name in ("hand_off", "turn_round", "overshoot"):
        mean, without = np.mean(getattr(found, name)), np.mean(getattr(plain, name))
        assert mean == pytest.approx(without, rel=0.1), name
    assert Overheads.from_dict(found.to_dict()) == found


def test_a_machine_without_stalls_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """However late its steps are, one by one."""
    found = calibrated(monkeypatch, overheads(overshoot=(*(5e-5,) * 99, 4e-3)), 5)
    assert found.stalls_per_second == 0.0 and found.stall_lengths == ()
    assert max(found.overshoot) == pytest.approx(4e-3, rel=0.2)
