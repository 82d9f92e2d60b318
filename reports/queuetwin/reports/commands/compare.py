"""`compare`: real runs within a budget, the model of the same items, and the report.

The verdict is looked at after 5, 8, 12 and 20 runs, as far as the budget goes, and the runs end
with the first look that decides.  The first Ctrl-C ends the run in hand, and what was done is
shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click

from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.time_scale import slowed
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.records.run import Run
from queuetwin.reports.commands.calibrate import overheads_for, with_pilot
from queuetwin.reports.commands.console import check_suffix, show_lints, show_run
from queuetwin.reports.commands.parsing import budget_of, check_backend
from queuetwin.reports.comparison.advice import advice_on
from queuetwin.reports.comparison.comparer import Comparison, compare
from queuetwin.reports.comparison.injected_faults import InjectedFault, fault_named, injected_text
from queuetwin.reports.comparison.observed import Observed, columns_of, observed
from queuetwin.reports.comparison.real_runs import (
    Pace,
    length_of,
    no_longer,
    pace_of,
    real_runs,
)
from queuetwin.reports.comparison.store import compared_again, keep_runs, write_comparison
from queuetwin.reports.comparison.text import comparison_text
from queuetwin.reports.comparison.verdicts import Verdict
from queuetwin.reports.presentation.wording import scenario_text

_STOPPED = 130
_MACHINE = 4
_SUFFIXES = (".html", ".md", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """What `compare` was asked for beside the scenario, as it was typed."""

    file: str | None
    output: str | None
    as_json: bool
    budget: str
    calibration: str | None
    backend: str
    time_scale: float | None
    observed: str | None
    columns: str | None
    plant: str | None

    def command(self, seed: int) -> str:
        """What repeats it."""
        text = f"queuetwin compare {self.file or 'FILE'} --budget {self.budget} --seed {seed}"
        if self.backend != "threads":
            text += f" --backend {self.backend}"
        for flag in ("time_scale", "observed", "columns", "plant"):
            if (value := getattr(self, flag)) is not None:
                text += f" --{flag.replace('_', '-')} {value}"
        return text


def compared(scenario: Scenario, asked: CompareOptions) -> int:
    """Run, compare, show and keep; the exit code."""
    check_backend(asked.backend)
    check_suffix(asked.output, _SUFFIXES)
    budget = budget_of(asked.budget)
    if asked.time_scale is not None:
        if asked.observed is not None:
            raise click.UsageError("what was observed was not slowed: leave --time-scale out")
        scenario = slowed(scenario, asked.time_scale)
    plant = None if asked.plant is None else fault_named(asked.plant)
    execute = _executing(plant, scenario, asked.backend)
    seen = (
        None
        if asked.observed is None
        else observed(asked.observed, scenario, columns_of(asked.columns))
    )
    scenario = with_pilot(scenario, asked.backend)
    length = length_of(scenario)
    pace = pace_of(budget, length)
    shorter = no_longer(scenario, pace.each)
    click.echo(scenario_text(shorter), err=True)
    show_lints(shorter)
    overheads = overheads_for(asked.calibration, asked.backend)
    _announce(pace, asked.backend, plant)
    comparison, ended = _looked(shorter, pace, execute, overheads, seen)
    if ended not in ("complete", "stopped"):
        click.echo(f"ended early: {ended}", err=True)
        return _MACHINE
    if comparison is None:
        click.echo("interrupted before two runs were done: nothing to compare", err=True)
        return _STOPPED
    if plant is None or comparison.verdict is Verdict.UNDECIDED:
        comparison = replace(comparison, advice=advice_on(comparison, pace, length))
    if plant is not None:
        comparison = replace(
            comparison, notes=(injected_text(comparison, plant), *comparison.notes)
        )
    _tell(comparison, asked, asked.output or f"{scenario.name}.html")
    return _STOPPED if ended == "stopped" else 0


def reported(folder: str, output: str) -> None:
    """Write the report of runs that were kept."""
    check_suffix(output, _SUFFIXES)
    write_comparison(compared_again(Path(folder)), output, f"queuetwin report {folder} -o {output}")


def _executing(plant: InjectedFault | None, scenario: Scenario, backend: str) -> Callable[..., Run]:
    """What runs it; refuses at once what cannot run here."""
    from queuetwin.realrun.backends.backend import refuse_unable
    from queuetwin.realrun.backends.registry import backend_named
    from queuetwin.realrun.execution import execute

    refuse_unable(backend_named(backend), scenario)
    if plant is None:
        return partial(execute, backend=backend)
    plant.ran(scenario)
    return partial(plant.execute, backend=backend)


def _announce(pace: Pace, backend: str, plant: InjectedFault | None) -> None:
    first, last = pace.looks[0], pace.looks[-1]
    runs = f"{first} runs" if first == last else f"{first} to {last} runs"
    seconds = f"{first * pace.each:.0f} s"
    if first != last:
        seconds += f", at most {last * pace.each:.0f} s"
    if plant is not None:
        click.echo(f"planted: {plant.says}", err=True)
    click.echo(
        f"{runs} of {pace.each:.3g} s on real {backend}, about {seconds}.  "
        "Ctrl-C keeps what is done.",
        err=True,
    )


def _looked(
    scenario: Scenario,
    pace: Pace,
    execute: Callable[..., Run],
    overheads: Overheads | None,
    seen: Observed | None,
) -> tuple[Comparison | None, str]:
    """The first look that decides, or the last; None where two runs were not done."""
    runs: list[Run] = []
    comparison: Comparison | None = None
    for look in pace.looks:
        runs, ended = real_runs(scenario, execute, before=runs, upto=look, observer=show_run)
        enough = len(runs) > 1 and ended in ("complete", "stopped")
        if enough and (comparison is None or len(runs) == look):
            comparison = compare(
                scenario, runs=runs, overheads=overheads, observed=seen, level=pace.level
            )
        if comparison is None or ended != "complete" or comparison.verdict is not Verdict.UNDECIDED:
            break
    return comparison, ended


def _tell(comparison: Comparison, asked: CompareOptions, target: str) -> None:
    """On the terminal and in files."""
    seed = comparison.scenario.seed
    folder = keep_runs(comparison, Path(target).with_suffix(".runs"))
    write_comparison(comparison, target, asked.command(seed))
    click.echo(
        json.dumps(comparison.to_dict(), indent=2)
        if asked.as_json
        else comparison_text(comparison.sections)
    )
    python = comparison.real[0].header.provenance
    click.echo(
        f" wrote {target}, {folder}/   seed {seed}   Python {python['python']}, "
        f"{python['cores']} cores",
        err=True,
    )
