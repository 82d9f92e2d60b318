"""`sweep`: every combination of some values, as text, table, document or page."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from queuetwin.model.errors import Problem, ScenarioError
from queuetwin.model.scenario import Scenario
from queuetwin.model.sweeping import CELL_ITEMS, Sweep, sweep
from queuetwin.reports.interruption import interruptible
from queuetwin.reports.progress import progress_of
from queuetwin.reports.sweep_documents import sweep_csv, sweep_document, sweep_markdown
from queuetwin.reports.sweep_wording import map_rows, map_title, sweep_findings, sweep_rows
from queuetwin.reports.terminal import table
from queuetwin.reports.wording import scenario_text

__all__ = ["sweep_text", "swept"]

INTERRUPTED = 130
_SUFFIXES = (".html", ".md", ".csv", ".json")
_MAP_AXES = 2


def swept(
    scenario: Scenario,
    over: Sequence[str],
    items: int | None,
    jobs: int | None,
    output: str | None,
    as_json: bool,
    command: str,
) -> int:
    """Sweep, say, write; the exit code."""
    if output is not None and not output.endswith(_SUFFIXES):
        raise click.UsageError(f"--output writes {' '.join(_SUFFIXES)}, not {output}")
    if items is not None and items < 1:
        message = "must be at least 1: how many items are simulated for each combination"
        raise ScenarioError([Problem(key="--items", value=str(items), message=message)])
    values = _over(over)
    target = Path(output or f"{scenario.name}-sweep.html")
    keep = target.with_suffix(".cells.jsonl")
    with (
        interruptible() as stop,
        progress_of("sweep") as shown,
        ThreadPoolExecutor(jobs or os.cpu_count()) as threads,
    ):

        def observer(done: int, planned: int) -> None:
            if not done:
                click.echo(scenario_text(scenario), err=True)
                what = f"{planned:,} combinations.  Ctrl-C keeps what is done, in {keep}"
                click.echo(what, err=True)
            if shown is not None:
                shown(done, planned)

        found = sweep(scenario, values, items=items or CELL_ITEMS, executor=threads, keep=keep,
                      observer=observer, stop=stop)  # fmt: skip
    document = sweep_document(found)
    click.echo(json.dumps(document, indent=2) if as_json else sweep_text(found))
    target.write_text(_written(found, target.suffix, command), encoding="utf-8")
    click.echo(f" wrote {target}, {keep}   seed {scenario.seed}", err=True)
    return 0 if found.complete else INTERRUPTED


def sweep_text(found: Sweep) -> str:
    """What was found, and a table: of one figure over two keys, else a row for each cell."""
    findings = list(sweep_findings(found))
    width = max((len(word) for word, _ in findings), default=0)
    lines = [f" {word:<{width}}  {text}" for word, text in findings]
    if len(found.axes) == _MAP_AXES:
        marks = "; ! misses a limit, ? undecided" if found.scenario.slo else ""
        return "\n".join([*lines, "", f" {map_title(found)}{marks}", table(map_rows(found))])
    return "\n".join([*lines, "", table(sweep_rows(found))])


def _over(texts: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    problems = []
    for text in texts:
        key, sign, given = text.partition("=")
        if not sign or not key.strip():
            message = "is written KEY=VALUES, such as workers.count=2..16"
            problems.append(Problem(key="--over", value=text, message=message))
        elif key.strip() in values:
            message = "is there twice: write all its values in one --over"
            problems.append(Problem(key="--over", value=key.strip(), message=message))
        values[key.strip()] = given.strip()
    if problems:
        raise ScenarioError(problems)
    return values


def _written(found: Sweep, suffix: str, command: str) -> str:
    if suffix == ".json":
        return json.dumps(sweep_document(found), indent=2) + "\n"
    if suffix == ".csv":
        return sweep_csv(found)
    if suffix == ".md":
        return sweep_markdown(found)
    from queuetwin.reports.sweep_page import sweep_page

    return sweep_page(found, command)
