"""What the machine did besides: read where it can be read, left out where it cannot."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from queuetwin.realrun import machine
from queuetwin.realrun.machine import (
    Reading,
    facts_between,
    gil_enabled,
    provenance,
    read_machine,
)

BEFORE = Reading(wall=100.0, own=1.0, busy=50.0, stolen=2.0, switch_interval=0.005)


def test_foreign_cores_are_what_others_had() -> None:
    """Over ten seconds 15 were busy, 5 of them own: one core was taken; half a core was stolen."""
    after = replace(BEFORE, wall=110.0, own=6.0, busy=65.0, stolen=7.0)
    facts = facts_between(BEFORE, after)
    assert facts["own_cores"] == pytest.approx(0.5)
    assert facts["foreign_cores"] == pytest.approx(1.0)
    assert facts["stolen_cores"] == pytest.approx(0.5)


def test_foreign_cores_are_never_below_none() -> None:
    """The system counts in ticks, and may know less than the process has used."""
    after = replace(BEFORE, wall=110.0, own=2.0, busy=50.9)
    assert facts_between(BEFORE, after)["foreign_cores"] == 0.0


def test_what_is_not_told_is_left_out() -> None:
    """A platform without these counters gives no figure for them."""
    silent = replace(BEFORE, busy=None, stolen=None)
    facts = facts_between(silent, replace(silent, wall=101.0))
    assert not facts.keys() & {"foreign_cores", "stolen_cores"}


def test_a_change_of_the_switch_interval_shows() -> None:
    """Both ends are facts."""
    facts = facts_between(BEFORE, replace(BEFORE, wall=101.0, switch_interval=0.001))
    assert (facts["switch_interval_start"], facts["switch_interval_end"]) == (0.005, 0.001)


def test_the_counters_of_all_processors_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Idle and waiting for disks is not busy; stolen stands apart."""
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 20 30 4000 500 6 7 80 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n")
    monkeypatch.setattr(machine, "_STAT", stat)
    monkeypatch.setattr(machine.os, "sysconf", lambda _: 100, raising=False)
    reading = read_machine()
    assert reading.busy == pytest.approx((100 + 20 + 30 + 6 + 7) / 100)
    assert reading.stolen == pytest.approx(0.8)


def test_a_platform_without_these_counters_is_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The process's own clocks are always there."""
    monkeypatch.setattr(machine, "_STAT", tmp_path / "missing")
    reading = read_machine()
    assert reading.busy is None and reading.stolen is None
    assert reading.own > 0


def test_readings_go_forward() -> None:
    """A second reading is no earlier than the first, on any of the clocks."""
    first, second = read_machine(), read_machine()
    assert first.wall <= second.wall and first.own <= second.own
    assert first.busy is None or first.busy <= second.busy


def test_facts_and_provenance_can_be_written_as_json() -> None:
    """They are part of a saved run's header."""
    facts = facts_between(BEFORE, replace(BEFORE, wall=101.0))
    assert json.loads(json.dumps(facts)) == facts
    assert json.loads(json.dumps(provenance())) == provenance()
    assert facts["gil"] is provenance()["gil"] is gil_enabled()
