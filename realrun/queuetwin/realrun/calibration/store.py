"""Stored calibrations, in the user's cache: one for each machine, Python and backend.

A calibration older than thirty days is measured again, and so is one that cannot be read, or that
was made while the machine was disturbed more or less than it is now.
"""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.machine.overheads import Overheads
from queuetwin.realrun.calibration.noise import noise_apart, present_noise
from queuetwin.realrun.machine import this_machine

BEST_BEFORE = timedelta(days=30)


def kept(backend: str) -> tuple[Overheads | None, str]:
    """The calibration of this machine, Python and backend, if it is there and holds now.

    Else None, and why the one that is there does not hold; nothing to say where there is none.
    """
    path = _path(backend)
    if not path.exists():
        return None, ""
    try:
        found = Overheads.load(path)
    except ScenarioError:
        return None, "it cannot be read"
    why = _why_stale(found, backend)
    return (None, why) if why else (found, "")


def _why_stale(found: Overheads, backend: str) -> str:
    """Why a calibration does not hold here and now; empty where it does."""
    if apart := _apart(found, backend):
        return f"it is of another machine ({'; '.join(apart)})"
    age = datetime.now(UTC) - found.measured_at
    if age >= BEST_BEFORE:
        return f"it is {age.days} days old"
    if age < timedelta(0):
        return "its date lies ahead"
    return noise_apart(found, present_noise())


def keep(overheads: Overheads) -> Path:
    """Keep it for the next time, and say where."""
    path = _path(overheads.backend)
    path.parent.mkdir(parents=True, exist_ok=True)
    overheads.save(path)
    return path


def refuse_foreign(overheads: Overheads, file: str, backend: str = "threads") -> None:
    """Raise ScenarioError when the calibration speaks of another machine, Python or backend."""
    if apart := _apart(overheads, backend):
        again = "queuetwin calibrate" + f" --backend {backend}" * (backend != "threads")
        message = f"does not hold here: it is of {'; '.join(apart)}; measure anew: {again}"
        raise ScenarioError([Problem(message=message, file=file)])


def _apart(overheads: Overheads, backend: str) -> tuple[str, ...]:
    """What a calibration is of that is not so here, in words."""
    apart = overheads.machine.differences(this_machine().model_dump())
    if overheads.backend != backend:
        apart = (*apart, f"backend {overheads.backend}, here {backend}")
    return apart


def cache_folder() -> Path:
    """Where this user's caches belong on this platform."""
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "queuetwin"


def _path(backend: str) -> Path:
    machine = this_machine()
    which = hashlib.sha256(machine.model_dump_json().encode()).hexdigest()[:12]
    return cache_folder() / f"calibration-{backend}-{machine.python}-{which}.json"
