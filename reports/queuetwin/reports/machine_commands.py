"""What the commands about this machine do: measure what it adds, keep it, and find it again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, quantiles

import click

from queuetwin.model.errors import RunError
from queuetwin.model.overheads import Overheads
from queuetwin.model.scenario import Scenario
from queuetwin.reports.outputs import check_suffix
from queuetwin.reports.terminal import table

__all__ = ["calibrated", "measured_task", "overheads_for", "with_pilot"]

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


def measured_task(file: str, output: str | None, backend: str) -> None:
    """Measure the task of a scenario, payload by payload, into a file that it can name."""
    from queuetwin.realrun.pilot import PILOT_S, task_times

    scenario = Scenario.load(file)
    if scenario.stage.service.task is None:
        message = 'names no task to measure: write "module:function"'
        raise scenario.source.error("service.task", "", message)
    check_suffix(output, (".csv",))
    target = output or "service_times.csv"
    click.echo(f"measuring the task alone, about {PILOT_S:g} s", err=True)
    times = task_times(scenario, backend=backend)
    rows = [f"{payload},{seconds * 1e3:.6f}" for payload, seconds in enumerate(times.tolist())]
    Path(target).write_text("\n".join(["payload,service_ms", *rows]) + "\n", encoding="utf-8")
    click.echo(f" TASK       {_told(times.tolist())}")
    click.echo(f' wrote {target}; in {file} write distribution = "empirical", samples = "{target}"',
               err=True)  # fmt: skip


def with_pilot(scenario: Scenario, backend: str) -> Scenario:
    """The scenario with its task's times measured now, where it only guesses them."""
    from queuetwin.realrun.pilot import PILOT_S, is_guessed, task_times, with_task_times

    if not is_guessed(scenario):
        return scenario
    click.echo(f"measuring the task alone, about {PILOT_S:g} s", err=True)
    times = task_times(scenario, backend=backend)
    click.echo(f"task: {_told(times.tolist())}; the file's guess is not used", err=True)
    return with_task_times(scenario, times)


def _told(times: list[float]) -> str:
    return f"{len(times):,} payloads, {fmean(times) * 1e3:.3g} ms on average"


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
            f" STALLS     {_stalls_text(found)}",
            f" PROCESSOR  {machine.processor}, {machine.cores} cores, "
            f"{found.work_rate / 1e6:,.0f} million turns of an empty loop a second",
            f" SHARING    {lock}, changing hands every {found.switch_interval * 1e3:g} ms: workers "
            f"in competition get {found.processor_share:.1%} of it",
            f" PYTHON     {machine.implementation} {machine.python}, {found.backend}",
            f" NOISE      {quiet}",
        ]
    )


def _stalls_text(found: Overheads) -> str:
    if not found.stalls_per_second:
        return "none seen"
    mean, longest = fmean(found.stall_lengths) * 1e3, max(found.stall_lengths) * 1e3
    return (
        f"{found.stalls_per_second:.2g} a second, of {mean:.2g} ms, the longest of {longest:.2g}: "
        "nobody moves meanwhile"
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
