"""The tables of a plan: what each number gives, each setting, each other world."""

from __future__ import annotations

import math

from queuetwin.model.base.units import format_share
from queuetwin.model.estimation.slo_judgement import Decision, Judgement
from queuetwin.model.language.traffic import offered_load
from queuetwin.model.planning.planner import Plan
from queuetwin.model.planning.what_ifs import WhatIf
from queuetwin.reports.plan.phrases import count_text, many_text, one_lost, things
from queuetwin.reports.presentation.phrases import (
    figures_text,
    growth_text,
    growth_word,
    judged_text,
    limit_heading,
)
from queuetwin.reports.presentation.wording import figure_text

# A share of bad windows that somebody would be called for.
_OFTEN = 0.01


def plan_rows(plan: Plan) -> list[list[str]]:
    """The table: a row for each number that was tried, and why it was."""
    limits = [f"{limit_heading(slo)} < {slo.limit_text()}" for slo in plan.slos]
    bad = ["bad 5-min windows"] if plan.bad_windows else []
    rows = [["", *_headings(plan), "busy", "mean", *limits, *bad, "SLO", ""]]
    marks: dict[int, str] = {}
    for name, number in plan.rules.items():
        marks[number] = f"{marks[number]}, {name}" if number in marks else name
    for number, one in plan.tried.items():
        busy = offered_load(one.scenario)
        figures = [judged_text(limit) for limit in one.limits] or [growth_word(one)] * len(
            plan.slos
        )
        note = marks.get(number, "")
        if not one.keeps_up:
            note = f"{growth_text(one)}{'; ' + note if note else ''}"
        rows.append(
            [
                "->" if number == plan.winner else "",
                *_numbers(plan, number),
                "-" if busy is None else format_share(min(busy, 1.0)),
                _mean(one),
                *figures,
                *([_bad_text(plan, number)] if bad else []),
                one.decision.value,
                note,
            ]
        )
    return rows


def setting_rows(plan: Plan) -> list[list[str]]:
    """A row for each setting of the keys that vary beside the number; none where none does."""
    if not plan.changes:
        return []
    cost = ["cost"] if plan.prices.each else []
    limits = [f"{limit_heading(slo)} < {slo.limit_text()}" for slo in plan.slos]
    rows = [["", *plan.changes, things(plan), *cost, *limits, "SLO"]]
    for place, one in enumerate(plan.settings):
        judgement = one.judgement
        grows = judgement is not None and not judgement.keeps_up
        figures = [growth_word(judgement) if judgement and grows else "-"] * len(limits)
        if judgement is not None and judgement.limits:
            figures = [judged_text(limit) for limit in judgement.limits]
        rows.append(
            [
                "->" if place == plan.place and plan.winner is not None else "",
                *("none" if value is None else str(value) for value in one.changes.values()),
                "-" if one.number is None else str(one.number),
                *([f"{one.cost:,.6g}"] if cost else []),
                *figures,
                one.decision.value if one.number is not None else "cannot be cheaper",
            ]
        )
    return rows


def what_if_rows(plan: Plan) -> list[list[str]]:
    """Each other world: what the winner does in it, what would do."""
    if plan.winner is None:
        return []
    rows = []
    if plan.winner > 1:
        less = plan.tried.get(plan.winner - 1)
        what = ": does not keep up" if less is None else _decision_text(less)
        left, more = (count_text(plan, plan.winner + step) for step in (-1, 1))
        rows.append([one_lost(plan), f"{left} left{what}.  To survive it buy {more}"])
    return rows + [
        [what_if.name, _what_if(what_if, plan, plan.winner)] for what_if in plan.what_ifs
    ]


def _what_if(one: WhatIf, plan: Plan, winner: int) -> str:
    decision = _decision_text(one.judgement)
    if one.needs is None:
        often = one.bad is not None and one.bad.estimate >= _OFTEN
        but = f", but {format_share(one.bad.estimate)} of windows bad" if one.bad and often else ""
        return f"{count_text(plan, winner)}{decision}{but}"
    if one.judgement.decision is Decision.MISSED:
        return f"{many_text(plan, one.needs)}.  With {winner}{decision}"
    saved = winner - one.needs
    cost = f": uneven arrivals cost you {many_text(plan, saved)}" if saved else ""
    return f"{count_text(plan, one.needs)} would do{cost}"


def _decision_text(one: Judgement) -> str:
    """What becomes of the limits, to be put behind a number."""
    if not one.keeps_up:
        return f" {growth_text(one)}"
    return f": {one.decision.value}, {figures_text(one)}"


def _mean(one: Judgement) -> str:
    """The mean response time, which people know."""
    if one.summary is None or "response_time" not in one.summary.measures:
        return "-"
    return figure_text("response_time", one.summary.measures["response_time"]["mean"].estimate)


def _bad_text(plan: Plan, number: int) -> str:
    if number not in plan.bad_windows:
        return format_share(1.0)
    share = plan.bad_windows[number].estimate
    return "-" if math.isnan(share) else format_share(share)


def _headings(plan: Plan) -> list[str]:
    """Of the columns of numbers: machines, and the workers that they have."""
    return ["workers"] if plan.key != "workers.machines" else ["machines", "workers"]


def _numbers(plan: Plan, number: int) -> list[str]:
    workers = plan.tried[number].scenario.stage.workers.number
    return [f"{number}"] if plan.key != "workers.machines" else [f"{number}", f"{workers:,}"]
