"""Where people begin: a file to write in, what to buy, and whether the model holds."""

from __future__ import annotations

import sys
from typing import Any

import click

from queuetwin.reports.cli.options import (
    backend_option,
    output_options,
    scenario_of,
    scenario_options,
    time_scale_option,
    typed,
)

_COMPARE = (
    "output",
    "as_json",
    "budget",
    "calibration",
    "backend",
    "time_scale",
    "observed",
    "columns",
    "plant",
)


@click.command()
@scenario_options
@output_options
@click.option("--budget", default="60s", show_default=True, help="time for all real runs")
@click.option("--calibration", help="of this machine, in place of the one that is kept")
@time_scale_option
@click.option("--observed", metavar="FILE", help="a saved run or a log of your own, beside them")
@click.option("--columns", help="of that log, such as arrival=ts,end=t1,unit=ms")
@click.option("--plant", metavar="FAULT", help="run it with a fault, to see whether it is caught")
@backend_option
def compare(file: str | None, **asked: Any) -> None:
    """Predict, execute, and say whether the two are the same.

    Faults to plant: service, worker, capacity, order, lost-item, relative-sleep, spinning.
    """
    from queuetwin.reports.commands.compare import CompareOptions, compared

    own = {name: asked.pop(name) for name in _COMPARE}
    scenario = scenario_of(file, asked)
    sys.exit(compared(scenario, CompareOptions(file=file, **own)))


@click.command()
@click.argument("file", default="scenario.toml")
@click.option("--like", help="an example to start from, such as checkout")
def init(file: str, like: str | None) -> None:
    """Write a commented scenario to start from."""
    from queuetwin.reports.commands.run_once import write_starter

    write_starter(file, like)


@click.command()
@scenario_options
@output_options
@click.option("--slo", "slos", multiple=True, help='a limit, such as "response_time.p99 < 200ms"')
@click.option(
    "--over",
    multiple=True,
    metavar="KEY=VALUES",
    help="what may vary too: queue.capacity=10,100; workers.count=1..64 bounds the workers",
)
@click.option("--cost", help="workers.count=30,queue.capacity=0.01; else workers, then places")
@click.option("--log", "logs", multiple=True, metavar="FILE", help="how sure it makes the plan")
@click.option("--log-arrivals", metavar="FILE", help="another log that shows when items came")
@click.option("--log-window", metavar="WINDOW", help="as of fit; else the busiest hour")
@click.option("--check-on-threads", "budget", help="real runs of the answer, such as 2m in all")
def plan(
    file: str | None,
    output: str | None,
    as_json: bool,
    *,
    slos: tuple[str, ...],
    over: tuple[str, ...],
    cost: str | None,
    logs: tuple[str, ...],
    log_arrivals: str | None,
    log_window: str | None,
    budget: str | None,
    **flags: Any,
) -> None:
    """How many workers to buy, and what breaks that first."""
    from queuetwin.reports.commands.plan import PlanOptions, planned

    asked = PlanOptions(
        slos=slos,
        over=over,
        cost=cost,
        logs=logs,
        log_arrivals=log_arrivals,
        log_window=log_window,
        budget=budget,
    )
    sys.exit(planned(scenario_of(file, flags), asked, output, as_json, typed()))
