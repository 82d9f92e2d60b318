"""`plan`: how many workers to buy, as text, document or page, perhaps checked on threads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from queuetwin.model.base.errors import Problem, RunError, ScenarioError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.planning.configurations import Prices
from queuetwin.model.planning.log_bootstrap import Logged
from queuetwin.model.planning.planner import Plan, plan
from queuetwin.reports.commands.calibrate import overheads_for
from queuetwin.reports.commands.console import check_suffix, show_run
from queuetwin.reports.commands.parsing import budget_of, values_by_key, with_slos
from queuetwin.reports.comparison.real_runs import RUNS
from queuetwin.reports.plan.document import plan_document
from queuetwin.reports.plan.text import checks_text, plan_text
from queuetwin.reports.plan.thread_checks import (
    ThreadCheck,
    numbers_to_check,
    on_threads,
    refuse_unreal,
)
from queuetwin.reports.presentation.console import progress_of
from queuetwin.reports.presentation.wording import scenario_text

_SAME_RATE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
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
    scenario: Scenario, asked: PlanOptions, output: str | None, as_json: bool, command: str
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
            from queuetwin.reports.plan.page import plan_page

            text = plan_page(found, command, checks)
        Path(output).write_text(text, encoding="utf-8")
        click.echo(f" wrote {output}   seed {scenario.seed}", err=True)
    return code


def _logged(scenario: Scenario, asked: PlanOptions) -> Logged:
    """What the logs show, if that is what the scenario is of."""
    from queuetwin.model.fitting.fitter import fit

    found = fit(list(asked.logs), arrivals=asked.log_arrivals, window=asked.log_window)
    if found.stop or found.observations is None:
        raise _fault(asked, f"{found.stop}  Write --log-arrivals FILE")
    logged = Logged.of(found.observations.arrivals, found.observations.services)
    rate = scenario.arrivals.mean_rate
    if rate is None or abs(logged.rate / rate - 1) > _SAME_RATE:
        said = "has no rate" if rate is None else f"has {rate:.3g}/s"
        raise _fault(
            asked,
            f"{found.when} has {logged.rate:.3g}/s, and the scenario {said}: plan what was "
            "fitted to this log, or write its hour, such as --log-window 09:00-10:00",
        )
    return logged


def _fault(asked: PlanOptions, message: str) -> ScenarioError:
    return ScenarioError([Problem(key="--log", value=" ".join(asked.logs), message=message)])


def _checks(found: Plan, seconds: float) -> tuple[tuple[ThreadCheck, ...], int]:
    """What was done of the checks, and the exit code."""
    from queuetwin.realrun.execution import execute

    checks = []
    overheads = overheads_for(None, "threads")
    running = on_threads(found, seconds, overheads, execute, announce=_announce, observer=show_run)
    try:
        for check in running:
            checks.append(check)  # noqa: PERF402 - what was done before a fault is kept
    except RunError as fault:
        click.echo(f"{fault}: what was done before is kept", err=True)
        return tuple(checks), 4
    return tuple(checks), 0 if len(checks) == len(numbers_to_check(found)) else 130


def _announce(number: int, seconds: float) -> None:
    click.echo(f"{number} on real threads: {RUNS} runs of {seconds:.3g} s", err=True)
