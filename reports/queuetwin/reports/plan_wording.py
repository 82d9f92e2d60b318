"""A plan in the words of who has to buy: the answer, how sure, what breaks it, the table."""

from __future__ import annotations

import math
from collections.abc import Iterator

from queuetwin.model.judging import Fate, Judged, Judgement
from queuetwin.model.load import offered_load
from queuetwin.model.planning import Plan
from queuetwin.model.slo import Slo
from queuetwin.model.units import format_share
from queuetwin.model.what_ifs import WhatIf
from queuetwin.reports.wording import figure_text, measure_title

__all__ = ["growth_text", "judged_text", "plan_findings", "plan_rows", "what_if_rows"]

_BORNE_WITHOUT_END = 3.0


def plan_findings(found: Plan) -> Iterator[tuple[str, str]]:
    """A word and its sentence."""
    if found.winner is None:
        yield "NO ANSWER", f"{_why_none(found)}: no number of {_things(found)} keeps it"
        yield "DO", "allow more, or make the task itself shorter"
        return
    best = found.tried[found.winner]
    yield f"BUY {found.winner}", f"{_machines(found)}{_figures(best)}.  {_neighbour(found)}"
    told = f"{format_share(found.level)} for this load, from {found.items:,} simulated items"
    if found.fate is Fate.UNDECIDED:
        told = f"UNDECIDED within the budget: {found.winner} is on the limit; {told}"
    yield "HOW SURE", told
    if breaks := _breaks(found):
        yield "BREAKS AT", breaks


def plan_rows(found: Plan) -> list[list[str]]:
    """The table: a row for each number that was tried, and why it was."""
    rows = [[_things(found), "busy", *(_heading(one) for one in found.slos), "SLO", ""]]
    marks: dict[int, str] = {}
    for name, number in found.rules.items():
        marks[number] = f"{marks[number]}, {name}" if number in marks else name
    for number, one in found.tried.items():
        busy = offered_load(one.scenario)
        figures = [judged_text(limit) for limit in one.limits] or ["grows"] * len(found.slos)
        note = "<- buy" if number == found.winner else marks.get(number, "")
        if one.growth:
            note = f"{growth_text(one)}{'; ' + note if note else ''}"
        rows.append([
            str(number),
            "-" if busy is None else format_share(min(busy, 1.0)),
            *figures,
            one.fate.value,
            note,
        ])  # fmt: skip
    return rows


def what_if_rows(found: Plan) -> list[list[str]]:
    """Each other world: what the winner does in it, what would do."""
    if found.winner is None:
        return []
    thing = "machine" if found.key == "workers.machines" else "worker"
    rows = []
    if found.winner > 1:
        less = found.tried.get(found.winner - 1)
        what = "does not keep up" if less is None else _fate_text(less)
        text = f"{found.winner - 1} left: {what}.  To survive it buy {found.winner + 1}"
        rows.append([f"one {thing} lost", text])
    return rows + [[one.name, _what_if(one, found)] for one in found.what_ifs]


def _what_if(one: WhatIf, found: Plan) -> str:
    if one.needs is None:
        return f"{found.winner}: {_fate_text(one.judgement)}"
    if one.judgement.fate is Fate.MISSED:
        return f"needs {one.needs}.  With {found.winner}: {_fate_text(one.judgement)}"
    saved = (found.winner or one.needs) - one.needs
    return f"{one.needs} would do" + (f": your arrivals cost {saved} more" if saved else "")


def _fate_text(one: Judgement) -> str:
    return growth_text(one) if one.growth else f"{one.fate.value}, {_figures(one)}"


def growth_text(one: Judgement) -> str:
    """What becomes of a queue whose workers do not keep up."""
    return f"the queue grows by {one.growth * 60:,.0f} a minute"


def _figures(one: Judgement) -> str:
    return ", ".join(f"{_heading(limit.slo)} {judged_text(limit)}" for limit in one.limits)


def _heading(slo: Slo) -> str:
    measure, statistic = slo.parts()
    short = "" if measure.name == "response_time" else f"{measure.title} "
    return f"{short}{statistic}" if measure.unit == "seconds" else measure_title(measure.name)


def judged_text(one: Judged) -> str:
    """The figure that a limit is on, with the range in which it lies."""
    name = one.slo.measure
    text = figure_text(name, one.figure.estimate)
    if math.isnan(one.figure.low):
        return text
    return f"{text} ({figure_text(name, one.figure.low)} to {figure_text(name, one.figure.high)})"


def _neighbour(found: Plan) -> str:
    assert found.winner is not None
    less = found.winner - 1
    if less == 0:
        return "It is the least there is"
    one = found.tried.get(less)
    if one is None:
        return f"{less} cannot keep up"
    if one.growth:
        return f"With {less} {growth_text(one)}"
    word = "miss" if one.fate is Fate.MISSED else "may miss"
    return f"{less} {word} it: {_figures(one)}"


def _breaks(found: Plan) -> str:
    parts = [
        f"{what} {'more than ' if factor >= _BORNE_WITHOUT_END else ''}+{100 * (factor - 1):.0f} %"
        for what, factor in (("load", found.load_factor), ("longer tasks", found.service_factor))
        if not math.isnan(factor)
    ]
    return ", ".join(parts)


def _why_none(found: Plan) -> str:
    last = list(found.tried.values())[-1]
    missed = [one for one in last.limits if one.fate is Fate.MISSED]
    if not missed:
        return "the workers never keep up"
    one = missed[0]
    return (
        f"{measure_title(one.slo.measure)} is {figure_text(one.slo.measure, one.figure.estimate)} "
        "when nobody waits"
    )


def _machines(found: Plan) -> str:
    each = found.scenario.stage.workers.per_machine
    return f"machines of {each}: " if found.key == "workers.machines" and each else "workers: "


def _things(found: Plan) -> str:
    return "machines" if found.key == "workers.machines" else "workers"
