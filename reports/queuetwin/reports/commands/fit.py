"""`fit`: from logs to a scenario file, a document, a page, and what was found on the way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from queuetwin.model import fit
from queuetwin.model.fitting.fitter import Fit
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.reports.commands.console import check_suffix
from queuetwin.reports.fit.document import fit_document
from queuetwin.reports.fit.wording import fit_text
from queuetwin.reports.presentation.console import progress_of

INVALID = 3
_COLUMNS = (
    "arrival",
    "start",
    "end",
    "duration",
    "duration_is",
    "task",
    "worker",
    "status",
    "unit",
)
_KINDS = ("service", "response")
_SUFFIXES = (".toml", ".html", ".json")


def fitted(
    logs: Sequence[str], outputs: Sequence[str], as_json: bool, command: str, asked: dict[str, Any]
) -> int:
    """Fit, write, say; the exit code.  Nothing is written where the log shows too little."""
    _check(outputs, as_json, asked["duration_is"])
    columns = LogColumns(**{name: asked.pop(name) for name in _COLUMNS})
    name = Path(outputs[0]).stem if outputs else "scenario"
    with progress_of("fit"):
        found = fit(logs, columns=columns, name=name, **asked)
    wrote = "wrote nothing"
    if not found.stop and outputs:
        wrote = f"wrote {', '.join(_write(found, outputs, command))}   seed {asked['seed']}"
    if as_json:
        click.echo(json.dumps(fit_document(found), indent=2))
    click.echo(fit_text(found, wrote), err=as_json)
    return INVALID if found.stop else 0


def _check(outputs: Sequence[str], as_json: bool, duration_is: str | None) -> None:
    for output in outputs:
        check_suffix(output, _SUFFIXES)
    if not outputs and not as_json:
        raise click.UsageError("say where the scenario goes: -o FILE.toml, or --json")
    if duration_is not in (None, *_KINDS):
        raise click.UsageError(f"--duration-is says service or response, not {duration_is}")


def _write(found: Fit, outputs: Sequence[str], command: str) -> list[str]:
    """Write each file by its suffix; the paths of all that were written."""
    written: list[str] = []
    for output in outputs:
        if output.endswith(".toml"):
            written += map(str, found.save(output))
            continue
        if output.endswith(".json"):
            text = json.dumps(fit_document(found), indent=2) + "\n"
        else:
            from queuetwin.reports.fit.page import fit_page

            text = fit_page(found, command)
        Path(output).write_text(text, encoding="utf-8")
        written.append(output)
    return written
