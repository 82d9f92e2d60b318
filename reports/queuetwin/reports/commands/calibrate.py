"""What the commands about this machine do: measure what it adds, keep it, and find it again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, quantiles
from typing import TYPE_CHECKING

import click

from queuetwin.model.base.errors import Problem, RunError, ScenarioError
from queuetwin.model.base.units import format_share
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.overheads import Overheads
from queuetwin.reports.commands.console import check_suffix
from queuetwin.reports.commands.parsing import check_backend
from queuetwin.reports.comparison.sharing import with_place
from queuetwin.reports.presentation.text import table
from queuetwin.reports.presentation.wording import counted

if TYPE_CHECKING:
    from queuetwin.realrun.calibration.pilot import TaskTimes

_TITLES = {
    "lateness": "sent late",
    "put": "put",
    "hand_off": "wake-up",
    "turn_round": "turn-round",
    "overshoot": "sleeps too long",
}


def calibrated(output: str | None, backend: str) -> None:
    """Measure this machine, show it, and keep it for `compare` or in a file."""
    from queuetwin.realrun.backends.registry import backend_named

    check_backend(backend)
    backend_named(backend).look()
    found = _measured(backend)
    if output is not None:
        found.save(output)
    click.echo(calibration_text(found))
    click.echo(f" wrote {output or _keep(found)}", err=True)


def measured_task(file: str, output: str | None, backend: str) -> None:
    """Measure the task of a scenario, payload by payload, into a file that it can name."""
    from queuetwin.realrun.calibration.pilot import PILOT_S, measure_task

    check_backend(backend)
    scenario = Scenario.load(file)
    if scenario.stage.service.task is None:
        message = 'names no task to measure: write "module:function"'
        raise scenario.source.error("service.task", "", message)
    check_suffix(output, (".csv",))
    target = output or "service_times.csv"
    click.echo(f"measuring the task alone, about {PILOT_S:g} s", err=True)
    found = measure_task(scenario, backend=backend)
    times = found.seconds.tolist()
    rows = [f"{payload},{seconds * 1e3:.6f}" for payload, seconds in enumerate(times)]
    Path(target).write_text("\n".join(["payload,service_ms", *rows]) + "\n", encoding="utf-8")
    click.echo(f" TASK       {task_text(found, backend)}")
    share = "" if found.cpu_share is None else f", cpu_share = {found.cpu_share:g}"
    click.echo(
        f' wrote {target}; in {file} write distribution = "empirical", samples = "{target}"{share}',
        err=True,
    )


def with_pilot(scenario: Scenario, backend: str) -> Scenario:
    """The scenario with its task measured now, where it only guesses its times."""
    from queuetwin.realrun.calibration.pilot import (
        PILOT_S,
        is_guessed,
        measure_task,
        with_task_times,
    )

    if not is_guessed(scenario):
        return scenario
    click.echo(f"measuring the task alone, about {PILOT_S:g} s", err=True)
    found = measure_task(scenario, backend=backend)
    click.echo(f"task: {task_text(found, backend)}; the file's guess is not used", err=True)
    return with_task_times(scenario, found)


def task_text(found: TaskTimes, backend: str) -> str:
    """What a pilot found."""
    from queuetwin.realrun.backends.registry import backend_named
    from queuetwin.realrun.machine import gil_enabled

    times = found.seconds.tolist()
    text = f"{counted(len(times), 'payload')}, {fmean(times) * 1e3:.3g} ms on average"
    if found.cpu_share is None:
        return f"{text}, how much of it on the processor is not known of a coroutine"
    place = with_place(backend_named(backend).shares, gil=gil_enabled())
    return f"{text}, {format_share(found.cpu_share)} of it {place}"


def overheads_for(file: str | None, backend: str) -> Overheads | None:
    """From the file, if one is named; else what was kept and holds now, or measured.

    None where the machine is too disturbed to be measured.  Raises ScenarioError for a file
    that is none, or of another machine, Python or backend.
    """
    from queuetwin.realrun.calibration.store import kept, refuse_foreign

    if file is not None:
        if not Path(file).exists():
            raise ScenarioError([Problem(message="there is no such calibration", file=file)])
        found = Overheads.load(file)
        refuse_foreign(found, file, backend)
        return found
    known, why = kept(backend)
    if known is not None:
        days = (datetime.now(UTC) - known.measured_at).days
        age = "today" if days == 0 else f"{counted(days, 'day')} ago"
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
    if found.shares == "processors":
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
    from queuetwin.realrun.calibration.calibrate_machine import CALIBRATION_S, calibrate

    again = f" again, {why}" if why else ""
    click.echo(f"calibrating this machine{again}: about {CALIBRATION_S} s", err=True)
    began = time.monotonic()
    found = calibrate(backend=backend)
    click.echo(f"calibrated in {time.monotonic() - began:.1f} s", err=True)
    return found


def _keep(found: Overheads) -> Path:
    from queuetwin.realrun.calibration.store import keep

    return keep(found)
