"""What is foretold without a real run: by formula, by simulation, and the words for it."""

from __future__ import annotations

import sys
from typing import Any

import click

from queuetwin.reports.cli.options import output_options, scenario_of, scenario_options


@click.command()
def schema() -> None:
    """The JSON Schema of a scenario file, for an editor."""
    from queuetwin.reports.presentation.language_page import schema_text

    click.echo(schema_text())


@click.command()
@scenario_options
@output_options
def simulate(file: str | None, output: str | None, as_json: bool, **flags: Any) -> None:
    """Predict with the SimPy model."""
    from queuetwin.reports.commands.run_once import one_run

    sys.exit(one_run(scenario_of(file, flags), flags, output, as_json))


@click.command()
@click.argument("system")
@click.option("--rate", help="arrivals, such as 320/s")
@click.option("--service", help="mean service time, such as 10ms")
@click.option("--json", "as_json", is_flag=True, help="one document on stdout")
@click.option("--explain", is_flag=True, help="the formulas, with the numbers put in")
def theory(
    system: str, rate: str | None, service: str | None, as_json: bool, explain: bool
) -> None:
    """What the formula says of a file or of a Kendall name such as M/M/4/20."""
    from queuetwin.reports.commands.run_once import solved

    solved(system, rate, service, as_json, explain)
