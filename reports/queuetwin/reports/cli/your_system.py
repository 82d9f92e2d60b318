"""What the user's own system did and does: its logs, and its tasks on real workers."""

from __future__ import annotations

import sys
from typing import Any

import click

from queuetwin.reports.cli.options import (
    backend_option,
    column_options,
    output_options,
    scenario_of,
    scenario_options,
    time_scale_option,
    typed,
)


@click.command()
@click.argument("logs", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    help="the scenario .toml to write, and as often as you like .html, .json",
)
@click.option("--json", "as_json", is_flag=True, help="one document on stdout")
@column_options
@click.option("--only", metavar="NAME", help="only this task")
@click.option("--window", help="all, a length such as 30m, or 09:00-10:00; else the busiest hour")
@click.option("--workers", type=click.IntRange(1, 100_000), help="how many served")
@click.option("--arrivals", metavar="FILE", help="another log that shows when items came")
@click.option("--seed", type=click.IntRange(0), default=1, help="seed of all chance")
def fit(logs: tuple[str, ...], outputs: tuple[str, ...], as_json: bool, **asked: Any) -> None:
    """Make a scenario from logs.

    CSV, JSON Lines, Celery workers, web access with request times, saved runs.
    """
    from queuetwin.reports.commands.fit import fitted

    sys.exit(fitted(logs, outputs, as_json, typed(), asked))


@click.command()
@scenario_options
@output_options
@time_scale_option
@backend_option
def run(
    file: str | None,
    output: str | None,
    as_json: bool,
    time_scale: float | None,
    backend: str,
    **flags: Any,
) -> None:
    """Execute on real workers."""
    from queuetwin.model.language.time_scale import slowed
    from queuetwin.reports.commands.run_once import one_run

    scenario = scenario_of(file, flags)
    if time_scale is not None:
        scenario = slowed(scenario, time_scale)
    sys.exit(one_run(scenario, flags, output, as_json, backend=backend))
