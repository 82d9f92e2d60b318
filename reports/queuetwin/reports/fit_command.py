"""`fit`: from logs to a scenario file, a document, a page, and what was found on the way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from queuetwin.model import fit
from queuetwin.model.fitting import Fit, Mapping
from queuetwin.reports.documents import number
from queuetwin.reports.fit_wording import fit_text
from queuetwin.reports.outputs import check_suffix
from queuetwin.reports.progress import progress_of

__all__ = ["fit_document", "fitted"]

INVALID = 3
_COLUMNS = (
    "arrival", "start", "end", "duration", "duration_is", "task", "worker", "status", "unit",
)  # fmt: skip
_KINDS = ("service", "response")
_SUFFIXES = (".toml", ".html", ".json")


def fitted(
    logs: Sequence[str], outputs: Sequence[str], as_json: bool, command: str, asked: dict[str, Any]
) -> int:
    """Fit, write, say; the exit code.  Nothing is written where the log shows too little."""
    _check(outputs, as_json, asked["duration_is"])
    columns = Mapping(**{name: asked.pop(name) for name in _COLUMNS})
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
            from queuetwin.reports.fit_page import fit_page

            text = fit_page(found, command)
        Path(output).write_text(text, encoding="utf-8")
        written.append(output)
    return written


def fit_document(found: Fit) -> dict[str, Any]:
    """The fit as a document of schema ``queuetwin/fit/1``; no scenario where `stop` says why."""
    trial = found.trial
    return {
        "schema": "queuetwin/fit/1",
        "scenario": None if found.scenario is None else found.scenario.to_dict(),
        "seed": None if found.scenario is None else found.scenario.seed,
        "stop": found.stop or None,
        "advice": list(found.advice),
        "log": {
            "kind": found.kind, "lines": found.lines, "worker_processes": found.groups,
            "left_out": [
                {"reason": one.reason, "count": one.count, "first": one.place, "wrong": one.wrong}
                for one in found.left_out
            ],
            "notes": list(found.notes),
            "busy_time": dict(found.tasks),
            "rate": found.whole_rate,
        },
        "window": {
            "when": found.when, "why": found.window.why, "seconds": found.window.seconds,
            "items": found.items, "rate": found.rate, "late_stamps": found.late,
        },
        "reasons": dict(found.reasons),
        "assumes": list(found.assumes),
        "foretold": None if trial is None else {
            "off": number(trial.off), "response": number(trial.response),
            "response_seen": number(trial.response_seen), "waiting": number(trial.wait),
            "waiting_seen": number(trial.wait_seen), "as_logged": trial.logged,
        },
    }  # fmt: skip
