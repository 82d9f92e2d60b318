"""`check`: whether a scenario as it is written keeps its limits, for a pipeline to stop at.

What a pipeline reads is written beside the answer: JUnit XML where it is asked for, and on
GitHub an annotation at the line of each limit that is not met, and a summary of the job.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click

from queuetwin.model.estimation.slo_judgement import BUDGET, Decision, Judgement, judge
from queuetwin.model.language.scenario import Scenario
from queuetwin.reports.commands.parsing import with_slos
from queuetwin.reports.presentation.console import progress_of
from queuetwin.reports.presentation.document import judgement_document
from queuetwin.reports.presentation.phrases import growth_text, judged_text
from queuetwin.reports.presentation.wording import measure_title, scenario_text

_EXIT = {Decision.MET: 0, Decision.UNDECIDED: 98, Decision.MISSED: 99}
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One limit: where it is written, what it asks, what became of it."""

    key: str
    limit: str
    decision: Decision
    text: str


def checked(
    scenario: Scenario,
    slos: Sequence[str],
    junit: str | None,
    as_json: bool,
    *,
    budget: int = BUDGET,
) -> int:
    """Judge, say, write what the pipeline reads; the exit code."""
    scenario = with_slos(scenario, slos)
    if not scenario.slo:
        message = 'nothing to check: write an [[slo]], or --slo "response_time.p99 < 200ms"'
        raise scenario.source.error("slo", "", message)
    click.echo(f"{scenario_text(scenario)}   seed {scenario.seed}", err=True)
    with progress_of("check"):
        judgement = judge(scenario, scenario.slo, level=_LEVEL, budget=budget, each=True)
    click.echo(
        json.dumps(check_document(judgement), indent=2) if as_json else check_text(judgement)
    )
    if junit is not None:
        Path(junit).write_text(_junit(judgement), encoding="utf-8")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for annotation in _annotations(judgement):
            click.echo(annotation, err=True)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(_markdown(judgement))
    return _EXIT[judgement.decision]


def check_text(judgement: Judgement) -> str:
    """A line for each limit."""
    lines = _lines(judgement)
    width = max(len(line.decision.value) for line in lines)
    return "\n".join(
        f" {line.decision.value:<{width}}  {line.limit}: {line.text}" for line in lines
    )


def check_document(judgement: Judgement) -> dict[str, Any]:
    """The check as a document of schema ``queuetwin/check/1``."""
    return {
        "schema": "queuetwin/check/1",
        "scenario": judgement.scenario.to_dict(),
        "seed": judgement.scenario.seed,
        "level": _LEVEL,
        "items": judgement.items,
        **judgement_document(judgement),
    }


def _lines(judgement: Judgement) -> list[_Line]:
    texts = [(limit.decision, judged_text(limit)) for limit in judgement.limits]
    texts = texts or [(judgement.decision, growth_text(judgement))] * len(judgement.scenario.slo)
    return [
        _Line(
            key=f"slo.{place}",
            limit=f"{measure_title(slo.measure)} < {slo.limit_text()}",
            decision=decision,
            text=text,
        )
        for place, (slo, (decision, text)) in enumerate(
            zip(judgement.scenario.slo, texts, strict=True)
        )
    ]


def _junit(judgement: Judgement) -> str:
    """A case for each limit: a failure where it is missed, an error where it is undecided."""
    lines, name = _lines(judgement), judgement.scenario.name
    counts = {
        "tests": str(len(lines)),
        "failures": str(sum(line.decision is Decision.MISSED for line in lines)),
        "errors": str(sum(line.decision is Decision.UNDECIDED for line in lines)),
    }
    suite = ElementTree.Element("testsuite", {"name": name, **counts})
    for one in lines:
        case = ElementTree.SubElement(suite, "testcase", classname=name, name=one.limit)
        if one.decision is not Decision.MET:
            kind = "failure" if one.decision is Decision.MISSED else "error"
            ElementTree.SubElement(case, kind, type=one.decision.value, message=one.text)
    suites = ElementTree.Element("testsuites", counts)
    suites.append(suite)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _annotations(judgement: Judgement) -> list[str]:
    """GitHub's workflow commands: an error or a warning at the line of what is not met."""
    annotations = []
    for one in _lines(judgement):
        if one.decision is Decision.MET:
            continue
        file, line = judgement.scenario.source.place(one.key)
        about = {"file": file, "line": line, "title": f"{one.decision.value} {one.limit}"}
        written = ",".join(
            f"{key}={_property(str(value))}" for key, value in about.items() if value
        )
        kind = "error" if one.decision is Decision.MISSED else "warning"
        annotations.append(f"::{kind} {written}::{_escaped(f'{one.limit}: {one.text}')}")
    return annotations


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _markdown(judgement: Judgement) -> str:
    rows = [f"| {one.decision.value} | {one.limit} | {one.text} |\n" for one in _lines(judgement)]
    scenario = judgement.scenario
    heading = f"### {scenario.name}: {judgement.decision.value}\n\n{scenario_text(scenario)}\n\n"
    return f"{heading}| | limit | in the model |\n|---|---|---|\n{''.join(rows)}\n"
