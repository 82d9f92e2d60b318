"""Many pools at once, in one go or in parts, and reports made again."""

from __future__ import annotations

import sys
from typing import Any

import click

from queuetwin.reports.cli.options import output_options, scenario_of, scenario_options, typed


@click.command()
@click.argument("files", nargs=-1, required=True)
@output_options
def merge(files: tuple[str, ...], output: str | None, as_json: bool) -> None:
    """Put the parts of a sweep together: the .cells.jsonl of each.

    Exit code 130 where some are missing.
    """
    from queuetwin.reports.commands.sweep import merged

    sys.exit(merged(files, output, as_json, typed()))


@click.command()
@click.argument("folder")
@click.option("-o", "--output", required=True, help="write to a file, by suffix")
def report(folder: str, output: str) -> None:
    """Make the page again from a folder of saved runs."""
    from queuetwin.reports.commands.compare import reported

    reported(folder, output)


@click.command()
@scenario_options
@output_options
@click.option(
    "--over",
    multiple=True,
    required=True,
    metavar="KEY=VALUES",
    help="what varies: workers.count=2..16, queue.capacity=10,100 or arrivals.rate=x0.5..x3",
)
@click.option("--jobs", type=click.IntRange(1, 1000), help="how many threads; one a processor")
@click.option("--executor", metavar="ADDRESS", help="a Dask cluster, such as dask://host:8786")
@click.option("--shard", metavar="K/N", help="only one part of so many, such as 3/8; see merge")
@click.option("--execute", is_flag=True, help="measure each on real threads too (one key)")
@click.option("--budget", default="60s", show_default=True, help="time for all real runs")
def sweep(
    file: str | None,
    *,
    output: str | None,
    as_json: bool,
    over: tuple[str, ...],
    jobs: int | None,
    executor: str | None,
    shard: str | None,
    execute: bool,
    budget: str,
    **flags: Any,
) -> None:
    """Every combination of some values, as curves or a map.

    --items counts for each combination.
    """
    from queuetwin.reports.commands.sweep import swept

    if executor and jobs:
        raise click.UsageError("--jobs are threads of this machine: leave it out with --executor")
    items = flags.pop("items")
    scenario = scenario_of(file, {**flags, "items": None})
    code = swept(
        scenario,
        over,
        items=items,
        jobs=jobs,
        output=output,
        as_json=as_json,
        command=typed(),
        budget=budget if execute else None,
        cluster=executor,
        shard=shard,
    )
    sys.exit(code)
