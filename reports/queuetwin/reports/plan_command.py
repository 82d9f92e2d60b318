"""`plan`: how many workers to buy, as text, document or page, perhaps checked on threads."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from queuetwin.model.errors import Problem, RunError, ScenarioError
from queuetwin.model.planning import Plan, plan
from queuetwin.model.resampled_logs import Logged
from queuetwin.model.scenario import Scenario
from queuetwin.model.settings import Prices, Setting
from queuetwin.reports.documents import interval_document, judgement_document, number
from queuetwin.reports.machine_commands import overheads_for
from queuetwin.reports.outputs import check_suffix
from queuetwin.reports.plan_tables import plan_rows, setting_rows, what_if_rows
from queuetwin.reports.plan_wording import plan_assumptions, plan_findings
from queuetwin.reports.progress import progress_of
from queuetwin.reports.real_runs import budget_of
from queuetwin.reports.sweep_command import values_by_key
from queuetwin.reports.terminal import table
from queuetwin.reports.thread_checks import (
    TAIL,
    ThreadCheck,
    checks_document,
    checks_rows,
    numbers_to_check,
    on_threads,
    refuse_unreal,
)
from queuetwin.reports.wording import scenario_text

__all__ = ["Asked", "plan_document", "plan_text", "planned", "with_slos"]

_SAME_RATE = 0.1
_WIDTH = 84


def with_slos(scenario: Scenario, texts: Sequence[str]) -> Scenario:
    """The scenario with limits written like "response_time.p99 < 200ms" in place of its own."""
    if not texts:
        return scenario
    limits = []
    for text in texts:
        measure, sign, below = text.partition("<")
        if not sign:
            message = 'a limit is written like "response_time.p99 < 200ms"'
            if ">" in text:
                message = f"a figure has an upper limit, never a lower one: {message}"
            raise ScenarioError([Problem(key="slo", value=text, message=message)])
        limits.append({"measure": measure.strip(), "below": below.strip()})
    return scenario.changed({"slo": limits})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of a plan, as it was written.

    `over` and `cost` are texts such as ``queue.capacity=10,100`` and ``workers.count=30``;
    `logs` are those that the scenario was fitted to; `budget` is for real threads.
    """

    slos: Sequence[str] = ()
    over: Sequence[str] = ()
    cost: str | None = None
    logs: Sequence[str] = ()
    log_arrivals: str | None = None
    log_window: str | None = None
    budget: str | None = None


def planned(
    scenario: Scenario, asked: Asked, output: str | None, as_json: bool, command: str
) -> int:
    """Plan, check on threads within a budget where one is given, say, write; the exit code."""
    check_suffix(output, (".html", ".json"))
    scenario = with_slos(scenario, asked.slos)
    if scenario.fitted is not None:
        click.echo(f"{scenario.name}: {scenario.fitted.log}", err=True)
    click.echo(scenario_text(scenario), err=True)
    if asked.budget is not None:
        refuse_unreal(scenario)
    seconds = None if asked.budget is None else budget_of(asked.budget)
    with progress_of("plan"):
        found = plan(
            scenario,
            over=values_by_key(asked.over),
            prices=None if asked.cost is None else Prices.parse(asked.cost),
            logged=_logged(scenario, asked) if asked.logs else None,
        )
    if not as_json:
        click.echo(plan_text(found))
    checks, code = ((), 0) if seconds is None else _checks(found, seconds)
    if checks and not as_json:
        click.echo(checks_text(checks))
    document = plan_document(found, checks)
    if as_json:
        click.echo(json.dumps(document, indent=2))
    elif found.winner is not None and seconds is None:
        click.echo(" Next: --check-on-threads 2m")
    if output is not None:
        text = json.dumps(document, indent=2) + "\n"
        if output.endswith(".html"):
            from queuetwin.reports.plan_page import plan_page

            text = plan_page(found, command, checks)
        Path(output).write_text(text, encoding="utf-8")
        click.echo(f" wrote {output}   seed {scenario.seed}", err=True)
    return code


def _logged(scenario: Scenario, asked: Asked) -> Logged:
    """What the logs show, if that is what the scenario is of."""
    from queuetwin.model.fitting import fit

    found = fit(list(asked.logs), arrivals=asked.log_arrivals, window=asked.log_window)
    if found.stop or found.seen is None:
        raise _fault(asked, f"{found.stop}  Write --log-arrivals FILE")
    logged = Logged.of(found.seen.arrivals, found.seen.services)
    rate = scenario.arrivals.mean_rate
    if rate is None or abs(logged.rate / rate - 1) > _SAME_RATE:
        said = "has no rate" if rate is None else f"has {rate:.3g}/s"
        raise _fault(
            asked, f"{found.when} has {logged.rate:.3g}/s, and the scenario {said}: plan what was "
            "fitted to this log, or write its hour, such as --log-window 09:00-10:00",
        )  # fmt: skip
    return logged


def _fault(asked: Asked, message: str) -> ScenarioError:
    return ScenarioError([Problem(key="--log", value=" ".join(asked.logs), message=message)])


def _checks(found: Plan, seconds: float) -> tuple[tuple[ThreadCheck, ...], int]:
    """What was done of the checks, and the exit code."""
    from queuetwin.realrun.execution import execute

    checks = []
    try:
        for one in on_threads(found, seconds, overheads_for(None, "threads"), execute):
            checks.append(one)  # noqa: PERF402 - what was done before a fault is kept
    except RunError as fault:
        click.echo(f"{fault}: what was done before is kept", err=True)
        return tuple(checks), 4
    return tuple(checks), 0 if len(checks) == len(numbers_to_check(found)) else 130


def checks_text(checks: Sequence[ThreadCheck]) -> str:
    """What the threads said, and what they cannot say."""
    lines = [f"   {number:>5}  {word:<10} {text}" for number, word, text in checks_rows(checks)]
    return "\n".join(["", " On real threads", *lines, f"   {TAIL}"])


def plan_text(found: Plan) -> str:
    """Answer, how sure, what breaks it, the table, what if."""
    parts = [*_told(list(plan_findings(found))), "", table(plan_rows(found))]
    if settings := setting_rows(found):
        parts += ["", " The fewest that would be cheaper, by setting", table(settings)]
    if worlds := what_if_rows(found):
        longest = max(len(name) for name, _ in worlds)
        parts += ["", " What if", *(f"   {name:<{longest}}  {text}" for name, text in worlds)]
    if assumes := plan_assumptions(found):
        parts += ["", *_told(assumes)]
    return "\n".join(parts)


def _told(findings: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Lines of a word and its sentences, side by side."""
    width = max(len(word) for word, _ in findings) + 3
    for word, text in findings:
        yield textwrap.fill(
            text, _WIDTH, initial_indent=f" {word:<{width - 1}}", subsequent_indent=" " * width,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


def plan_document(found: Plan, checks: Sequence[ThreadCheck] = ()) -> dict[str, Any]:
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
        "over": {axis.key: list(axis.values) for axis in found.axes},
        "prices": dict(found.prices.each),
        "settings": [_setting(found, one) for one in found.settings],
        "of_100_logs": [
            {"changes": {found.key: one}, "logs": count} for one, count in found.of_logs.items()
        ],
        "bad_windows": [
            {"changes": {found.key: one}, "share": interval_document(share)}
            for one, share in found.bad_windows.items()
        ],
        "breaks_at": {
            "load_factor": number(found.load_factor),
            "service_factor": number(found.service_factor),
        },
        "what_if": [
            {
                "name": one.name,
                "needs": one.needs,
                "bad_windows": None if one.bad is None else interval_document(one.bad),
                **judgement_document(one.judgement),
            }
            for one in found.what_ifs
        ],
        "rules_of_thumb": dict(found.rules),
        "items": found.items,
        "on_threads": checks_document(found, checks),
    }


def _candidate(
    found: Plan, one: int | None, tried: dict[int, dict[str, Any]]
) -> dict[str, Any] | None:
    return None if one is None else {"changes": {**found.changes, found.key: one}, **tried[one]}


def _setting(found: Plan, one: Setting) -> dict[str, Any]:
    changes = dict(one.changes)
    if one.number is not None:
        changes[found.key] = one.number
    judgement = {} if one.judgement is None else judgement_document(one.judgement)
    return {"changes": changes, "cost": number(one.cost), **judgement, "verdict": one.fate.value}
