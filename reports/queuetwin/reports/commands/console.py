"""What several commands say on standard error, and refuse as wrong usage."""

from __future__ import annotations

import click

from queuetwin.model.language.lints import lints
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import parse_statistic
from queuetwin.model.records.run import Run


def check_suffix(output: str | None, suffixes: tuple[str, ...]) -> None:
    """Refuse, as wrong usage, a file that the command does not know how to write."""
    if output is not None and not output.endswith(suffixes):
        raise click.UsageError(f"--output writes {' '.join(suffixes)}, not {output}")


def show_lints(scenario: Scenario) -> None:
    """Say what is unwise in a scenario."""
    for note in lints(scenario):
        click.echo(f" NOTE {note.key}: {note.message}", err=True)


def show_run(number: int, planned: int, run: Run) -> None:
    """Say that one of the real runs is done, with its mean response time."""
    mean = statistic_of(run, *parse_statistic("response_time.mean")) * 1000
    click.echo(f"run {number} of {planned}: mean response {mean:.2f} ms", err=True)
