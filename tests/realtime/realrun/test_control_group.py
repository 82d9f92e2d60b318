"""Waits for a processor: read from control groups of either version, left out where none tells."""

from pathlib import Path

import pytest

from queuetwin.realrun import machine as control_group
from queuetwin.realrun.machine import ProcessorWaits, read_waits

SOME = "some avg10=0.00 avg60=0.00 avg300=0.00 total={}\nfull avg10=0.00 total=7\n"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system of which nothing is known yet."""
    monkeypatch.setattr(control_group, "_GROUPS", tmp_path / "groups")
    monkeypatch.setattr(control_group, "_MOUNT", tmp_path / "mount")
    monkeypatch.setattr(control_group, "_PRESSURE", tmp_path / "pressure")
    return tmp_path


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_version_2_is_read_in_the_group_of_this_process(system: Path) -> None:
    """Microseconds; its own pressure goes before that of the machine."""
    put(system / "groups", "0::/pool/one\n")
    group = system / "mount/pool/one"
    put(group / "cpu.stat", "usage_usec 5\nnr_throttled 37\nthrottled_usec 1500000\n")
    put(group / "cpu.pressure", SOME.format(250_000))
    put(system / "pressure", SOME.format(9_000_000))
    assert read_waits() == ProcessorWaits(times=37, stopped=1.5, waiting=0.25)


def test_version_1_is_read_in_the_folder_of_its_controller(system: Path) -> None:
    """Nanoseconds; in a container the group's own folder may be the root of the mount."""
    put(system / "groups", "9:name=systemd:/x\n1:cpu,cpuacct:/docker/abc\n0::/\n")
    put(system / "mount/cpu/cpu.stat", "nr_periods 9\nnr_throttled 2\nthrottled_time 3000000\n")
    put(system / "pressure", SOME.format(4_000_000))
    assert read_waits() == ProcessorWaits(times=2, stopped=0.003, waiting=4.0)


def test_who_has_no_such_files_is_told_nothing(system: Path) -> None:
    """A platform without control groups, and a group without a quota."""
    assert read_waits() == ProcessorWaits()
    put(system / "groups", "0::/\n")
    put(system / "mount/cpu.stat", "usage_usec 5\n")
    assert read_waits() == ProcessorWaits()


def test_facts_are_what_happened_between_two_readings() -> None:
    """Shares of the seconds between them; what one reading lacks is left out."""
    before = ProcessorWaits(times=5, stopped=1.0, waiting=2.0)
    after = ProcessorWaits(times=8, stopped=1.5, waiting=4.0)
    assert after.since(before, 10.0) == {
        "throttled_times": 3,
        "throttled_share": 0.05,
        "waiting_share": 0.2,
    }
    assert after.since(ProcessorWaits(), 10.0) == ProcessorWaits().since(before, 10.0) == {}
