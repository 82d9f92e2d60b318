"""Calibrations that were made before, in the user's cache: one a machine, Python and backend.

One that is older than thirty days is as good as none, and so is one that cannot be read.
"""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from queuetwin.model.errors import Problem, ScenarioError
from queuetwin.model.overheads import Overheads
from queuetwin.realrun.machine import this_machine

__all__ = ["BEST_BEFORE", "cache_folder", "keep", "kept", "refuse_foreign"]

BEST_BEFORE = timedelta(days=30)


def kept(backend: str) -> Overheads | None:
    """The calibration of this machine, Python and backend, if it is there and fresh."""
    path = _path(backend)
    try:
        found = Overheads.load(path)
    except ScenarioError:
        return None
    fits = found.backend == backend and not found.machine.differences(this_machine().model_dump())
    is_fresh = timedelta(0) <= datetime.now(UTC) - found.measured_at < BEST_BEFORE
    return found if fits and is_fresh else None


def keep(overheads: Overheads) -> Path:
    """Keep it for the next time, and say where."""
    path = _path(overheads.backend)
    path.parent.mkdir(parents=True, exist_ok=True)
    overheads.save(path)
    return path


def refuse_foreign(overheads: Overheads, file: str, backend: str = "threads") -> None:
    """Raise ScenarioError when the calibration speaks of another machine, Python or backend."""
    apart = overheads.machine.differences(this_machine().model_dump())
    if overheads.backend != backend:
        apart = (*apart, f"backend {overheads.backend}, here {backend}")
    if apart:
        message = f"was measured elsewhere: {'; '.join(apart)}; run queuetwin calibrate"
        raise ScenarioError([Problem(message=message, file=file)])


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
