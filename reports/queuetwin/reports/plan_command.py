"""`plan`: how many workers to buy, as text, document or page, perhaps checked on threads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from queuetwin.model.errors import Problem, ScenarioError
from queuetwin.model.planning import Plan, plan
from queuetwin.model.scenario import Scenario
from queuetwin.reports.documents import judgement_document, number
from queuetwin.reports.plan_wording import plan_findings, plan_rows, what_if_rows
from queuetwin.reports.progress import progress_of
from queuetwin.reports.terminal import table
from queuetwin.reports.wording import scenario_text

__all__ = ["plan_document", "plan_text", "planned", "with_slos"]

_SUFFIXES = (".html", ".json")


def with_slos(scenario: Scenario, texts: Sequence[str]) -> Scenario:
    """The scenario with limits written like "response_time.p99 < 200ms" in place of its own."""
    if not texts:
        return scenario
    limits = []
    for text in texts:
        measure, sign, below = text.partition("<")
        if not sign:
            message = 'a limit is written like "response_time.p99 < 200ms"'
            raise ScenarioError([Problem(key="slo", value=text, message=message)])
        limits.append({"measure": measure.strip(), "below": below.strip()})
    return scenario.changed({"slo": limits})


def planned(
    scenario: Scenario, slos: Sequence[str], output: str | None, as_json: bool, command: str
) -> int:
    """Plan, say, write; the exit code."""
    if output is not None and not output.endswith(_SUFFIXES):
        raise click.UsageError(f"--output writes {' '.join(_SUFFIXES)}, not {output}")
    scenario = with_slos(scenario, slos)
    click.echo(scenario_text(scenario), err=True)
    with progress_of("plan"):
        found = plan(scenario)
    document = plan_document(found)
    click.echo(json.dumps(document, indent=2) if as_json else plan_text(found))
    if output is not None:
        text = json.dumps(document, indent=2) + "\n"
        if output.endswith(".html"):
            from queuetwin.reports.plan_page import plan_page

            text = plan_page(found, command)
        Path(output).write_text(text, encoding="utf-8")
        click.echo(f" wrote {output}   seed {scenario.seed}", err=True)
    return 0


def plan_text(found: Plan) -> str:
    """Answer, how sure, what breaks it, the table, what if."""
    findings = list(plan_findings(found))
    width = max(len(word) for word, _ in findings)
    parts = [f" {word:<{width}}  {text}" for word, text in findings]
    parts += ["", table(plan_rows(found))]
    if worlds := what_if_rows(found):
        longest = max(len(name) for name, _ in worlds)
        parts += ["", " What if", *(f"   {name:<{longest}}  {text}" for name, text in worlds)]
    return "\n".join(parts)


def plan_document(found: Plan) -> dict[str, Any]:
    """The plan as a document of schema ``queuetwin/plan/1``."""
    tried = {one: judgement_document(judgement) for one, judgement in found.tried.items()}
    return {
        "schema": "queuetwin/plan/1",
        "scenario": found.scenario.to_dict(),
        "seed": found.scenario.seed,
        "level": found.level,
        "verdict": found.fate.value,
        "winner": _candidate(found, found.winner, tried),
        "neighbour": _candidate(found, found.neighbour, tried),
        "candidates": [_candidate(found, one, tried) for one in tried],
        "breaks_at": {
            "load_factor": number(found.load_factor),
            "service_factor": number(found.service_factor),
        },
        "what_if": [
            {"name": one.name, "needs": one.needs, **judgement_document(one.judgement)}
            for one in found.what_ifs
        ],
        "rules_of_thumb": dict(found.rules),
        "items": found.items,
    }


def _candidate(
    found: Plan, one: int | None, tried: dict[int, dict[str, Any]]
) -> dict[str, Any] | None:
    return None if one is None else {"changes": {found.key: one}, **tried[one]}
