"""`sweep`: every combination of some values, as text, table, document or page."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import click

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.sweeping.merging import merge
from queuetwin.model.sweeping.sweeper import CELL_ITEMS, Sweep, sweep
from queuetwin.reports.commands.console import check_suffix
from queuetwin.reports.commands.parsing import budget_of, shard_of, values_by_key
from queuetwin.reports.presentation.console import interruptible, progress_of
from queuetwin.reports.presentation.text import table
from queuetwin.reports.presentation.wording import figure_text, scenario_text
from queuetwin.reports.sweep.documents import sweep_csv, sweep_document, sweep_markdown
from queuetwin.reports.sweep.measured_runs import (
    Measured,
    check_executable,
    measured_rows,
    measured_runs,
    ran,
)
from queuetwin.reports.sweep.text import sweep_text

INTERRUPTED = 130
_SUFFIXES = (".html", ".svg", ".md", ".csv", ".json")


def swept(
    scenario: Scenario,
    over: Sequence[str],
    *,
    items: int | None,
    jobs: int | None,
    output: str | None,
    as_json: bool,
    command: str,
    budget: str | None = None,
    cluster: str | None = None,
    shard: str | None = None,
) -> int:
    """Sweep, say, write; the exit code.

    With a `budget` of time, real runs too; on the machine's own threads, or on a `cluster`.
    """
    check_suffix(output, _SUFFIXES)
    if items is not None and items < 1:
        message = "must be at least 1: how many items are simulated for each combination"
        raise ScenarioError([Problem(key="--items", value=str(items), message=message)])
    values = values_by_key(over)
    seconds = 0.0 if budget is None else budget_of(budget, "--budget")
    part = None if shard is None else shard_of(shard)
    ending = "" if part is None else f"-{part[0]}-of-{part[1]}"
    target = Path(output or f"{scenario.name}-sweep{ending}.html")
    keep = target.with_suffix(".cells.jsonl")
    with (
        interruptible() as stop,
        progress_of("sweep") as shown,
        _executor(cluster, jobs) as executor,
    ):

        def observer(done: int, planned: int) -> None:
            if not done:
                if budget is not None:
                    check_executable(planned, len(values))
                click.echo(scenario_text(scenario), err=True)
                what = f"{planned:,} combinations.  Ctrl-C keeps what is done, in {keep}"
                click.echo(what, err=True)
            if shown is not None:
                shown(done, planned)

        found = sweep(
            scenario,
            values,
            items=items or CELL_ITEMS,
            executor=executor,
            keep=keep,
            shard=part,
            observer=observer,
            stop=stop,
        )
        measured = _measured(found, seconds, target, stop) if budget is not None else []
    document = sweep_document(found, measured)
    click.echo(json.dumps(document, indent=2) if as_json else sweep_text(found))
    if measured and not as_json:
        click.echo(f"\n On real threads\n{table(measured_rows(found, measured))}")
    target.write_text(_written(found, target.suffix, command, measured), encoding="utf-8")
    click.echo(f" wrote {target}, {keep}   seed {scenario.seed}", err=True)
    return INTERRUPTED if stop.is_set() or not found.complete else 0


def merged(files: Sequence[str], output: str | None, as_json: bool, command: str) -> int:
    """Put the kept cells of several sweeps together, say, write; the exit code."""
    check_suffix(output, _SUFFIXES)
    found = merge(files)
    target = Path(output or f"{found.scenario.name}-sweep.html")
    click.echo(scenario_text(found.scenario), err=True)
    click.echo(json.dumps(sweep_document(found), indent=2) if as_json else sweep_text(found))
    target.write_text(_written(found, target.suffix, command, ()), encoding="utf-8")
    click.echo(f" wrote {target}   seed {found.scenario.seed}", err=True)
    return 0 if found.complete else INTERRUPTED


@contextmanager
def _executor(cluster: str | None, jobs: int | None) -> Iterator[Executor]:
    if cluster is not None:
        from queuetwin.reports.sweep.dask_cluster import executor_at

        with executor_at(cluster) as executor:
            yield executor
        return
    with ThreadPoolExecutor(jobs or os.cpu_count()) as threads:
        yield threads


def _measured(found: Sweep, seconds: float, target: Path, stop: threading.Event) -> list[Measured]:
    """The real runs, told one by one and kept beside the output."""
    from queuetwin.realrun import execute

    runs = sum(cell.judgement.summary is not None for cell in found.cells)
    each, measured = seconds / max(runs, 1), list[Measured]()
    click.echo(f"{runs} runs of {each:.3g} s on real threads, about {seconds:.0f} s", err=True)
    folder = target.with_suffix(".runs")
    for one in measured_runs(found, execute, seconds=each, stop=stop):
        measured.append(one)
        folder.mkdir(exist_ok=True)
        one.run.save(folder / f"run-{len(measured)}.npz")
        mean = figure_text("response_time.mean", ran(one.real, "response_time.mean"))
        click.echo(f"run {len(measured)} of {runs}: mean response {mean}", err=True)
    return measured


def _written(found: Sweep, suffix: str, command: str, measured: Sequence[Measured]) -> str:
    if suffix == ".json":
        return json.dumps(sweep_document(found, measured), indent=2) + "\n"
    if suffix == ".csv":
        return sweep_csv(found)
    if suffix == ".md":
        return sweep_markdown(found)
    if suffix == ".svg":
        from queuetwin.reports.sweep.charts import sweep_picture

        return sweep_picture(found, measured)
    from queuetwin.reports.sweep.page import sweep_page

    return sweep_page(found, command, measured)
