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

__all__ = ["plan_rows", "setting_rows", "what_if_rows"]

# A share of bad windows that somebody would be called for.
_OFTEN = 0.01


def plan_rows(found: Plan) -> list[list[str]]:
    """The table: a row for each number that was tried, and why it was."""
    limits = [f"{limit_heading(one)} < {one.limit_text()}" for one in found.slos]
    bad = ["bad 5-min windows"] if found.bad_windows else []
    rows = [["", *_headings(found), "busy", "mean", *limits, *bad, "SLO", ""]]
    marks: dict[int, str] = {}
    for name, number in found.rules.items():
        marks[number] = f"{marks[number]}, {name}" if number in marks else name
    for number, one in found.tried.items():
        busy = offered_load(one.scenario)
        figures = [judged_text(limit) for limit in one.limits] or [growth_word(one)] * len(
            found.slos
        )
        note = marks.get(number, "")
        if not one.keeps_up:
            note = f"{growth_text(one)}{'; ' + note if note else ''}"
        rows.append([
            "->" if number == found.winner else "",
            *_numbers(found, number),
            "-" if busy is None else format_share(min(busy, 1.0)),
            _mean(one),
            *figures,
            *([_bad_text(found, number)] if bad else []),
            one.fate.value,
            note,
        ])  # fmt: skip
    return rows


def setting_rows(found: Plan) -> list[list[str]]:
    """A row for each setting of the keys that vary beside the number; none where none does."""
    if not found.changes:
        return []
    cost = ["cost"] if found.prices.each else []
    limits = [f"{limit_heading(one)} < {one.limit_text()}" for one in found.slos]
    rows = [["", *found.changes, things(found), *cost, *limits, "SLO"]]
    for place, one in enumerate(found.settings):
        judgement = one.judgement
        grows = judgement is not None and not judgement.keeps_up
        figures = [growth_word(judgement) if judgement and grows else "-"] * len(limits)
        if judgement is not None and judgement.limits:
            figures = [judged_text(limit) for limit in judgement.limits]
        rows.append([
            "->" if place == found.place and found.winner is not None else "",
            *("none" if value is None else str(value) for value in one.changes.values()),
            "-" if one.number is None else str(one.number),
            *([f"{one.cost:,.6g}"] if cost else []),
            *figures,
            one.fate.value if one.number is not None else "cannot be cheaper",
        ])  # fmt: skip
    return rows


def what_if_rows(found: Plan) -> list[list[str]]:
    """Each other world: what the winner does in it, what would do."""
    if found.winner is None:
        return []
    rows = []
    if found.winner > 1:
        less = found.tried.get(found.winner - 1)
        what = ": does not keep up" if less is None else _fate_text(less)
        left, more = (count_text(found, found.winner + step) for step in (-1, 1))
        rows.append([one_lost(found), f"{left} left{what}.  To survive it buy {more}"])
    return rows + [[one.name, _what_if(one, found, found.winner)] for one in found.what_ifs]


def _what_if(one: WhatIf, found: Plan, winner: int) -> str:
    fate = _fate_text(one.judgement)
    if one.needs is None:
        often = one.bad is not None and one.bad.estimate >= _OFTEN
        but = f", but {format_share(one.bad.estimate)} of windows bad" if one.bad and often else ""
        return f"{count_text(found, winner)}{fate}{but}"
    if one.judgement.fate is Decision.MISSED:
        return f"{many_text(found, one.needs)}.  With {winner}{fate}"
    saved = winner - one.needs
    cost = f": uneven arrivals cost you {many_text(found, saved)}" if saved else ""
    return f"{count_text(found, one.needs)} would do{cost}"


def _fate_text(one: Judgement) -> str:
    """What becomes of the limits, to be put behind a number."""
    if not one.keeps_up:
        return f" {growth_text(one)}"
    return f": {one.fate.value}, {figures_text(one)}"


def _mean(one: Judgement) -> str:
    """The mean response time, which people know."""
    if one.summary is None or "response_time" not in one.summary.measures:
        return "-"
    return figure_text("response_time", one.summary.measures["response_time"]["mean"].estimate)


def _bad_text(found: Plan, number: int) -> str:
    if number not in found.bad_windows:
        return format_share(1.0)
    share = found.bad_windows[number].estimate
    return "-" if math.isnan(share) else format_share(share)


def _headings(found: Plan) -> list[str]:
    """Of the columns of numbers: machines, and the workers that they have."""
    return ["workers"] if found.key != "workers.machines" else ["machines", "workers"]


def _numbers(found: Plan, number: int) -> list[str]:
    workers = found.tried[number].scenario.stage.workers.number
    return [f"{number}"] if found.key != "workers.machines" else [f"{number}", f"{workers:,}"]
