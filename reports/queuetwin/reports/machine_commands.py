"""What the commands about this machine do: measure what it adds, keep it, and find it again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, quantiles

import click

from queuetwin.model.errors import RunError
from queuetwin.model.overheads import Overheads
from queuetwin.reports.terminal import table

__all__ = ["calibrated", "overheads_for"]

_TITLES = {
    "lateness": "sent late",
    "put": "put",
    "hand_off": "wake-up",
    "turn_round": "turn-round",
    "overshoot": "sleeps too long",
}


def calibrated(output: str | None, backend: str) -> None:
    """Measure this machine, show it, and keep it for `compare` or in a file."""
    found = _measured(backend)
    if output is not None:
        found.save(output)
    click.echo(calibration_text(found))
    click.echo(f" wrote {output or _keep(found)}", err=True)


def overheads_for(file: str | None, backend: str) -> Overheads | None:
    """From the file, if one is named; else what was kept and holds now, or measured.

    None where the machine is too disturbed to be measured.  Raises ScenarioError for a file
    that is none, or of another machine, Python or backend.
    """
    from queuetwin.realrun.kept import kept, refuse_foreign

    if file is not None:
        found = Overheads.load(file)
        refuse_foreign(found, file, backend)
        return found
    known, why = kept(backend)
    if known is not None:
        days = (datetime.now(UTC) - known.measured_at).days
        age = "today" if days == 0 else f"{days} day{'s' * (days != 1)} ago"
        click.echo(f"machine calibrated {age}", err=True)
        return known
    try:
        found = _measured(backend, why)
    except RunError as fault:
        click.echo(f" NOTE {fault}; the model does not know this machine", err=True)
        return None
    _keep(found)
    return found


def calibration_text(found: Overheads) -> str:
    """Each overhead in microseconds, the processor, and how quiet it was."""
    rows = [["us", "mean", "p50", "p90", "p99", "max"]]
    for name, title in _TITLES.items():
        times = getattr(found, name)
        cut = quantiles(times, n=100, method="inclusive") if len(times) > 1 else [times[0]] * 99
        figures = (fmean(times), cut[49], cut[89], cut[98], max(times))
        rows.append([title, *(f"{figure * 1e6:,.0f}" for figure in figures)])
    machine = found.machine
    lock = "one GIL" if machine.gil else "no GIL"
    if found.backend in ("processes", "redis"):
        lock = f"{machine.cores} cores"
    noise = found.foreign_cores
    quiet = "not known" if noise is None else f"{noise:.2f} cores taken by other programs"
    if found.sleep_late is not None:
        quiet += f", a sleep alone ended {found.sleep_late * 1e6:.0f} us late"
    return "\n".join(
        [
            table(rows),
            "",
            f" PROCESSOR  {machine.processor}, {machine.cores} cores, "
            f"{found.work_rate / 1e6:,.0f} million turns of an empty loop a second",
            f" SHARING    {lock}, changing hands every {found.switch_interval * 1e3:g} ms: workers "
            f"in competition get {found.processor_share:.1%} of it",
            f" PYTHON     {machine.implementation} {machine.python}, {found.backend}",
            f" NOISE      {quiet}",
        ]
    )


def _measured(backend: str, why: str = "") -> Overheads:
    """Measured now; `why` the calibration that was kept does not hold."""
    from queuetwin.realrun.calibration import CALIBRATION_S, calibrate

    again = f" again, {why}" if why else ""
    click.echo(f"calibrating this machine{again}: about {CALIBRATION_S} s", err=True)
    began = time.monotonic()
    found = calibrate(backend=backend)
    click.echo(f"calibrated in {time.monotonic() - began:.1f} s", err=True)
    return found


def _keep(found: Overheads) -> Path:
    from queuetwin.realrun.kept import keep

    return keep(found)
