"""How long this process had to wait for a processor, as far as Linux tells it.

Its control group counts how often a CPU quota stopped it (`cpu.stat`, in version 1 and 2 of
control groups) and for how long some thread in it waited (`cpu.pressure`); where the group does
not tell the latter, /proc/pressure/cpu does, for all of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Waits", "read_waits"]

_GROUPS = Path("/proc/self/cgroup")
_MOUNT = Path("/sys/fs/cgroup")
_PRESSURE = Path("/proc/pressure/cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Counters since some beginning; None where nobody counts.

    `times` a quota stopped the group, for so many `stopped` seconds; some thread was `waiting`
    for so many seconds.
    """

    times: int | None = None
    stopped: float | None = None
    waiting: float | None = None

    def since(self, before: Waits, wall: float) -> dict[str, Any]:
        """The facts of so many seconds between two readings."""
        facts: dict[str, Any] = {}
        if self.times is not None and before.times is not None:
            facts["throttled_times"] = self.times - before.times
        if self.stopped is not None and before.stopped is not None:
            facts["throttled_share"] = (self.stopped - before.stopped) / wall
        if self.waiting is not None and before.waiting is not None:
            facts["waiting_share"] = (self.waiting - before.waiting) / wall
        return facts


def read_waits() -> Waits:
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
    return Waits(times=times, stopped=stopped, waiting=int(some[0]) / 1e6 if some else None)


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
