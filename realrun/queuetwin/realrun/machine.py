"""What the machine did besides: facts for the certificate, and what the run ran on.

Read once before and once after a run, never in between; what a platform does not tell is left
out, not guessed.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from queuetwin.model.machine.overheads import Machine

_GROUPS = Path("/proc/self/cgroup")
_MOUNT = Path("/sys/fs/cgroup")
_PRESSURE = Path("/proc/pressure/cpu")

_STAT = Path("/proc/stat")
_PROCESSORS = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorWaits:
    """Counters since some beginning; None where nobody counts.

    `times` a quota stopped the group, for so many `stopped` seconds; some thread was `waiting`
    for so many seconds.
    """

    times: int | None = None
    stopped: float | None = None
    waiting: float | None = None

    def since(self, before: ProcessorWaits, wall: float) -> dict[str, Any]:
        """The facts of so many seconds between two readings."""
        facts: dict[str, Any] = {}
        if self.times is not None and before.times is not None:
            facts["throttled_times"] = self.times - before.times
        if self.stopped is not None and before.stopped is not None:
            facts["throttled_share"] = (self.stopped - before.stopped) / wall
        if self.waiting is not None and before.waiting is not None:
            facts["waiting_share"] = (self.waiting - before.waiting) / wall
        return facts


def read_waits() -> ProcessorWaits:
    """Read the counters of the group that this process is in."""
    folders = list(_folders())
    counts = dict(line.split() for line in _first(folders, "cpu.stat"))
    stopped = None
    if "throttled_usec" in counts:
        stopped = int(counts["throttled_usec"]) / 1e6
    elif "throttled_time" in counts:
        stopped = int(counts["throttled_time"]) / 1e9
    times = int(counts["nr_throttled"]) if "nr_throttled" in counts else None
    pressure = _first(folders, "cpu.pressure") or _lines(_PRESSURE)
    some = [line.rpartition("total=")[2] for line in pressure if line.startswith("some ")]
    return ProcessorWaits(
        times=times, stopped=stopped, waiting=int(some[0]) / 1e6 if some else None
    )


def _folders() -> Iterator[Path]:
    """Where the group may be mounted: seen from outside a container, or as the root of one."""
    for line in _lines(_GROUPS):
        _, controllers, path = line.split(":", 2)
        names = controllers.split(",")
        if names == [""]:
            mounts = [_MOUNT, _MOUNT / "unified"]
        elif "cpu" in names:
            mounts = [_MOUNT / controllers, _MOUNT / "cpu"]
        else:
            continue
        for mount in mounts:
            yield mount / path.lstrip("/")
            yield mount


def _first(folders: list[Path], name: str) -> list[str]:
    """The lines of the first such file."""
    return next((lines for folder in folders if (lines := _lines(folder / name))), [])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The state of the machine at one moment; processor times in seconds."""

    wall: float
    own: float
    busy: float | None
    stolen: float | None
    switch_interval: float
    waits: ProcessorWaits = field(default_factory=ProcessorWaits)

    def with_own(self, seconds: float) -> Reading:
        """With processor time of this run that other processes of it have spent."""
        return replace(self, own=self.own + seconds)


def read_machine() -> Reading:
    """Read the clocks of this process and, on Linux, of all processors together."""
    busy = stolen = None
    if _STAT.exists():
        ticks = [int(field) for field in _STAT.read_text().split("\n", 1)[0].split()[1:9]]
        user, nice, system, _idle, _iowait, irq, softirq, steal = ticks
        tick = os.sysconf("SC_CLK_TCK")
        busy, stolen = (user + nice + system + irq + softirq) / tick, steal / tick
    return Reading(
        wall=time.monotonic(),
        own=time.process_time(),
        busy=busy,
        stolen=stolen,
        switch_interval=sys.getswitchinterval(),
        waits=read_waits(),
    )


def facts_between(before: Reading, after: Reading) -> dict[str, Any]:
    """The facts of a run between two readings, for its header."""
    wall = after.wall - before.wall
    facts: dict[str, Any] = {
        "cores": os.cpu_count(),
        "own_cores": (after.own - before.own) / wall,
        "switch_interval_start": before.switch_interval,
        "switch_interval_end": after.switch_interval,
        "gil": gil_enabled(),
        "clock_resolution": time.get_clock_info("monotonic").resolution,
    }
    if before.busy is not None and after.busy is not None:
        foreign = (after.busy - before.busy) - (after.own - before.own)
        facts["foreign_cores"] = max(foreign / wall, 0.0)
    if before.stolen is not None and after.stolen is not None:
        facts["stolen_cores"] = (after.stolen - before.stolen) / wall
    return facts | after.waits.since(before.waits, wall)


def gil_enabled() -> bool:
    """Whether one lock serialises the threads of this Python."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def this_machine() -> Machine:
    """What a calibration made here holds for."""
    told = provenance()
    return Machine(**{**told, "cores": told["cores"] or 1}, processor=_processor())


def _processor() -> str:
    """What the first processor calls itself."""
    lines = _PROCESSORS.read_text().splitlines() if _PROCESSORS.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def provenance() -> dict[str, Any]:
    """What ran this: Python, platform, processors."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "gil": gil_enabled(),
        "platform": platform.platform(terse=True),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }
