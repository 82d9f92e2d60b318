"""What the machine did besides: facts for the certificate, and what the run ran on.

Read once before and once after a run, never in between; what a platform does not tell is left
out, not guessed.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from queuetwin.model.overheads import Machine
from queuetwin.realrun.control_group import Waits, read_waits

__all__ = [
    "Reading",
    "facts_between",
    "gil_enabled",
    "provenance",
    "read_machine",
    "this_machine",
]

_STAT = Path("/proc/stat")
_PROCESSORS = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The state of the machine at one moment; processor times in seconds."""

    wall: float
    own: float
    busy: float | None
    stolen: float | None
    switch_interval: float
    waits: Waits = field(default_factory=Waits)

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
