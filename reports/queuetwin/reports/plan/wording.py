"""A plan in the words of who has to buy: the answer, how sure, what breaks it, what is assumed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from queuetwin.model.base.units import format_share
from queuetwin.model.estimation.slo_judgement import Decision, Judged
from queuetwin.model.planning.configurations import Configuration, places_matter
from queuetwin.model.planning.planner import Plan
from queuetwin.model.planning.worker_search import nobody_waits
from queuetwin.reports.plan.phrases import change_texts, count_text, one_lost, things
from queuetwin.reports.presentation.phrases import figures_text, growth_text
from queuetwin.reports.presentation.wording import figure_text, measure_title

__all__ = ["plan_assumptions", "plan_findings"]

_BORNE_WITHOUT_END, _LEAST_TOLD = 3.0, 1.01
_TOLD = 3


def plan_findings(found: Plan) -> Iterator[tuple[str, str]]:
    """A word and its sentence."""
    if found.winner is None:
        yield from _no_answer(found)
        return
    best = found.tried[found.winner]
    what = f"{_bought(found)}{_changes_text(found)}: {figures_text(best)}.  {_neighbour(found)}"
    yield f"BUY {best.scenario.stage.workers.number:,}", what
    if found.prices.each:
        yield "COSTS", f"{found.settings[found.place].cost:,.6g}"
    told = f"{format_share(found.level)} for this load, from {found.items:,} simulated items"
    if found.fate is Decision.UNDECIDED:
        told = f"UNDECIDED within the budget: {_what_is_open(found)}; {told}"
    yield "HOW SURE", ".  ".join([told, *_of_logs(found), *_second_half(found)])
    if breaks := _breaks(found):
        yield "BREAKS AT", breaks
    if "queue.capacity" in found.changes and not places_matter(found.scenario, found.slos):
        yield (
            "NOTE",
            "the capacity changes nothing here: whoever finds no place waits before it",
        )


def plan_assumptions(found: Plan) -> list[tuple[str, str]]:
    """What the log that the scenario was fitted to does not show, and the plan relies on."""
    fitted = found.scenario.fitted
    assumes = () if fitted is None or found.winner is None else fitted.assumes
    return [("ASSUMES" if not place else "", text) for place, text in enumerate(assumes)]


def _no_answer(found: Plan) -> Iterator[tuple[str, str]]:
    """Which limit, the best that was reached, and what it would take."""
    setting = found.settings[found.place]
    near = setting.judgement
    assert near is not None, "whoever finds none has looked"
    missed = [one for one in near.limits if one.fate is Decision.MISSED]
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
        shorten = "make the task itself shorter"
        if not math.isnan(one.allowed):
            shorten = f"split the slow tasks off ({format_share(one.allowed)} above {reached})"
        yield "DO", f"{shorten}, or allow {allow}"
        return
    best = f"{name} is {reached} at best, with {_with(found, setting)}"
    yield "NO ANSWER", f"{best}: {_none_of(found)} gives {limit}"
    yield "DO", f"allow {allow}, or let more vary: --over KEY=VALUES"


def _allowable(one: Judged) -> float:
    """A limit that would be kept, on two figures that people would write."""
    most = one.figure.estimate if math.isnan(one.figure.high) else one.figure.high
    scale = 10.0 ** (math.floor(math.log10(most)) - 1) if most > 0 else 1.0
    return math.ceil(most / scale) * scale


def _with(found: Plan, one: Configuration) -> str:
    return ", ".join([f"{one.number} {things(found)}", *change_texts(one.changes)])


def _none_of(found: Plan) -> str:
    return "nothing that was asked for" if found.axes else f"no number of {things(found)}"


def _what_is_open(found: Plan) -> str:
    assert found.winner is not None
    if found.tried[found.winner].fate is not Decision.MET:
        return f"{found.winner} is on the limit"
    cheaper = [
        _with(found, one)
        for place, one in enumerate(found.settings)
        if one.fate is Decision.UNDECIDED and place != found.place
    ]
    return f"{' or '.join(cheaper) or found.winner - 1} may do too"


def _second_half(found: Plan) -> list[str]:
    """How well the log that the scenario was fitted to foretold itself."""
    fitted = found.scenario.fitted
    if fitted is None or fitted.foretold is None:
        return []
    return [f"Second half of your log, predicted: {100 * fitted.foretold:+.0f} %"]


def _of_logs(found: Plan) -> list[str]:
    """What a hundred such logs say, the most frequent answers first."""
    if not found.of_logs:
        return []
    by_count = sorted(found.of_logs.items(), key=lambda one: (-one[1], one[0]))
    told, rest = by_count[:_TOLD], by_count[_TOLD:]
    parts = [f"{count} say {number}" for number, count in told]
    if rest:
        numbers = sorted(number for number, _ in rest)
        between = f"{numbers[0]} to {numbers[-1]}" if numbers[1:] else f"{numbers[0]}"
        parts.append(f"{sum(count for _, count in rest)} say {between}")
    return [f"Of 100 such logs {', '.join(parts)}"]


def _changes_text(found: Plan) -> str:
    return "".join(f", {one}" for one in change_texts(found.changes))


def _neighbour(found: Plan) -> str:
    less = found.less
    if less is None:
        return "It is the least that there is"
    one = found.tried.get(less)
    if one is None:
        return f"{count_text(found, less)} cannot keep up"
    if not one.keeps_up:
        return f"With {less} {growth_text(one)}"
    miss, does = ("misses", "does") if less == 1 else ("miss", "do")
    word = {Decision.MISSED: miss, Decision.UNDECIDED: "may miss", Decision.MET: does}[one.fate]
    return f"{count_text(found, less)} {word} it: {figures_text(one)}"


def _breaks(found: Plan) -> str:
    breaks = []
    if not math.isnan(found.load_factor):
        breaks.append(f"load {_more(found.load_factor, '+')}")
    if not math.isnan(found.service_factor):
        breaks.append(f"tasks {_more(found.service_factor, '')} slower")
    less = None if found.winner is None else found.tried.get(found.winner - 1)
    if breaks and less is not None and less.fate is Decision.MISSED:
        breaks.append(f"or {one_lost(found)}")
    return ", ".join(breaks)


def _more(factor: float, sign: str) -> str:
    if factor < _LEAST_TOLD:
        return f"less than {sign}{100 * (_LEAST_TOLD - 1):.0f} %"
    more = "more than " if factor >= _BORNE_WITHOUT_END else ""
    return f"{more}{sign}{100 * (factor - 1):.0f} %"


def _bought(found: Plan) -> str:
    """What the number of workers stands for, where whole machines are bought."""
    each = found.scenario.stage.workers.per_machine
    if found.key != "workers.machines" or found.winner is None:
        return "workers"
    return f"{count_text(found, found.winner)} of {each}"
