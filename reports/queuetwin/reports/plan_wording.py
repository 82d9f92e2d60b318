"""A plan in the words of who has to buy: the answer, how sure, what breaks it, the table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from queuetwin.model.judging import Fate, Judged, Judgement
from queuetwin.model.load import offered_load
from queuetwin.model.planning import Plan
from queuetwin.model.searching import nobody_waits
from queuetwin.model.settings import Setting, places_matter
from queuetwin.model.slo import Slo
from queuetwin.model.units import format_share
from queuetwin.model.what_ifs import WhatIf
from queuetwin.reports.wording import figure_text, measure_title

__all__ = [
    "growth_text",
    "judged_text",
    "plan_findings",
    "plan_rows",
    "setting_rows",
    "what_if_rows",
]

_BORNE_WITHOUT_END, _LEAST_TOLD = 3.0, 1.01
_TOLD = 3


def plan_findings(found: Plan) -> Iterator[tuple[str, str]]:
    """A word and its sentence."""
    if found.winner is None:
        yield from _no_answer(found)
        return
    best = found.tried[found.winner]
    what = f"{_machines(found)}{_changes_text(found)}: {_figures(best)}.  {_neighbour(found)}"
    yield f"BUY {found.winner}", what
    if found.prices.each:
        yield "COSTS", f"{found.settings[found.place].cost:,.6g}"
    told = f"{format_share(found.level)} for this load, from {found.items:,} simulated items"
    if found.fate is Fate.UNDECIDED:
        told = f"UNDECIDED within the budget: {_what_is_open(found)}; {told}"
    yield "HOW SURE", f"{told}{_of_logs(found)}"
    if breaks := _breaks(found):
        yield "BREAKS AT", breaks
    if "queue.capacity" in found.changes and not places_matter(found.scenario, found.slos):
        yield (
            "NOTE",
            "the capacity changes nothing here: whoever finds no place waits before it",
        )


def plan_rows(found: Plan) -> list[list[str]]:
    """The table: a row for each number that was tried, and why it was."""
    limits = [_heading(one) for one in found.slos]
    bad = ["bad 5-min windows"] if found.bad_windows else []
    rows = [["", _things(found), "busy", "mean", *limits, *bad, "SLO", ""]]
    marks: dict[int, str] = {}
    for name, number in found.rules.items():
        marks[number] = f"{marks[number]}, {name}" if number in marks else name
    for number, one in found.tried.items():
        busy = offered_load(one.scenario)
        figures = [judged_text(limit) for limit in one.limits] or ["grows"] * len(found.slos)
        note = marks.get(number, "")
        if one.growth:
            note = f"{growth_text(one)}{'; ' + note if note else ''}"
        rows.append([
            "->" if number == found.winner else "",
            str(number),
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
    limits = [_heading(one) for one in found.slos]
    rows = [["", *found.changes, _things(found), *cost, *limits, "SLO"]]
    for place, one in enumerate(found.settings):
        judgement = one.judgement
        figures = ["grows" if judgement and judgement.growth else "-"] * len(limits)
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


def _no_answer(found: Plan) -> Iterator[tuple[str, str]]:
    """Which limit, the best that was reached, and what it would take."""
    setting = found.settings[found.place]
    near = setting.judgement
    assert near is not None, "whoever finds none has looked"
    missed = [one for one in near.limits if one.fate is Fate.MISSED]
    if not missed:
        yield "NO ANSWER", f"{_none_of(found)} keeps up: {growth_text(near)}"
        yield "DO", "let there be more of them, or make the task itself shorter"
        return
    one = max(missed, key=lambda limit: limit.figure.estimate / limit.slo.below)
    name = measure_title(one.slo.measure)
    limit = figure_text(one.slo.measure, one.slo.below)
    reached = figure_text(one.slo.measure, one.figure.estimate)
    allow = figure_text(one.slo.measure, _allowable(one))
    alone = one.slo.parts()[0].unit == "seconds" and nobody_waits(near)
    if alone:
        yield "NO ANSWER", f"{name} of the task alone is {reached}: {_none_of(found)} gives {limit}"
        share = "" if math.isnan(one.allowed) else f" ({format_share(one.allowed)} above {reached})"
        yield "DO", f"split the slow tasks off{share}, or allow {allow}"
        return
    best = f"{name} is {reached} at best, with {_with(found, setting)}"
    yield "NO ANSWER", f"{best}: {_none_of(found)} gives {limit}"
    yield "DO", f"allow {allow}, or let more vary: --over KEY=VALUES"


def _allowable(one: Judged) -> float:
    """A limit that would be kept, on two figures that people would write."""
    most = one.figure.estimate if math.isnan(one.figure.high) else one.figure.high
    scale = 10.0 ** (math.floor(math.log10(most)) - 1) if most > 0 else 1.0
    return math.ceil(most / scale) * scale


def _with(found: Plan, one: Setting) -> str:
    return ", ".join([f"{one.number} {_things(found)}", *_each_change(one.changes)])


def _none_of(found: Plan) -> str:
    return "nothing that was asked for" if found.axes else f"no number of {_things(found)}"


def _what_is_open(found: Plan) -> str:
    assert found.winner is not None
    if found.tried[found.winner].fate is not Fate.MET:
        return f"{found.winner} is on the limit"
    cheaper = [
        _with(found, one)
        for place, one in enumerate(found.settings)
        if one.fate is Fate.UNDECIDED and place != found.place
    ]
    return f"{' or '.join(cheaper) or found.winner - 1} may do too"


def _of_logs(found: Plan) -> str:
    """What a hundred such logs say, the most frequent answers first."""
    if not found.of_logs:
        return ""
    by_count = sorted(found.of_logs.items(), key=lambda one: (-one[1], one[0]))
    told, rest = by_count[:_TOLD], by_count[_TOLD:]
    parts = [f"{count} say {number}" for number, count in told]
    if rest:
        numbers = sorted(number for number, _ in rest)
        between = f"{numbers[0]} to {numbers[-1]}" if numbers[1:] else f"{numbers[0]}"
        parts.append(f"{sum(count for _, count in rest)} say {between}")
    return f".  Of 100 such logs {', '.join(parts)}"


def _changes_text(found: Plan) -> str:
    return "".join(f", {one}" for one in _each_change(found.changes))


def _each_change(changes: Mapping[str, Any]) -> list[str]:
    return [f"{key} {'none' if value is None else value}" for key, value in changes.items()]


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
    text, low, high = (
        figure_text(one.slo.measure, value)
        for value in (one.figure.estimate, one.figure.low, one.figure.high)
    )
    if math.isnan(one.figure.low):
        return text
    unit = text.rpartition(" ")[2]
    return f"{text} ({low.removesuffix(f' {unit}')} to {high.removesuffix(f' {unit}')})"


def _neighbour(found: Plan) -> str:
    less = found.less
    if less is None:
        return "It is the least that there is"
    one = found.tried.get(less)
    if one is None:
        return f"{less} cannot keep up"
    if one.growth:
        return f"With {less} {growth_text(one)}"
    word = "miss" if one.fate is Fate.MISSED else "may miss" if one.fate is Fate.UNDECIDED else "do"
    return f"{less} {word} it: {_figures(one)}"


def _breaks(found: Plan) -> str:
    return ", ".join(
        f"{what} {_more(factor)}"
        for what, factor in (("load", found.load_factor), ("longer tasks", found.service_factor))
        if not math.isnan(factor)
    )


def _more(factor: float) -> str:
    if factor < _LEAST_TOLD:
        return f"less than +{100 * (_LEAST_TOLD - 1):.0f} %"
    more = "more than " if factor >= _BORNE_WITHOUT_END else ""
    return f"{more}+{100 * (factor - 1):.0f} %"


def _machines(found: Plan) -> str:
    each = found.scenario.stage.workers.per_machine
    return f"machines of {each}" if found.key == "workers.machines" and each else "workers"


def _things(found: Plan) -> str:
    return "machines" if found.key == "workers.machines" else "workers"
