"""What this machine can be used for, and whether a pipeline may go on."""

from __future__ import annotations

import sys
from typing import Any

import click

from queuetwin.reports.cli.options import backend_option, scenario_of, scenario_options


@click.command()
@click.option("-o", "--output", help="write to a file instead of keeping it for compare")
@click.option("--task", "file", metavar="FILE", help="measure this scenario's task instead, as CSV")
@backend_option
def calibrate(output: str | None, file: str | None, backend: str) -> None:
    """Measure what this machine adds to each step, for compare."""
    from queuetwin.reports.commands.calibrate import calibrated, measured_task

    if file is not None:
        measured_task(file, output, backend)
    else:
        calibrated(output, backend)


@click.command()
@scenario_options
@click.option("--slo", "slos", multiple=True, help='a limit, such as "response_time.p99 < 200ms"')
@click.option("--junit", metavar="FILE", help="write JUnit XML, a case for each limit")
@click.option("--json", "as_json", is_flag=True, help="one document on stdout")
def check(
    file: str | None, slos: tuple[str, ...], junit: str | None, as_json: bool, **flags: Any
) -> None:
    """Whether every limit is kept, for a pipeline.

    Exit code 0: all are met; 99: one is missed; 98: undecided.
    """
    from queuetwin.reports.commands.check import checked

    sys.exit(checked(scenario_of(file, flags), slos, junit, as_json))


@click.command()
@click.option("--calibration", help="of this machine, in place of the one that is kept")
def selftest(calibration: str | None) -> None:
    """What this machine can tell apart, from planted faults; a minute."""
    from queuetwin.reports.commands.selftest import self_tested

    sys.exit(self_tested(calibration))
