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

_BORNE_WITHOUT_END, _LEAST_TOLD = 3.0, 1.01
_TOLD = 3


def plan_findings(plan: Plan) -> Iterator[tuple[str, str]]:
    """A word and its sentence."""
    if plan.winner is None:
        yield from _no_answer(plan)
        return
    best = plan.tried[plan.winner]
    what = f"{_bought(plan)}{_changes_text(plan)}: {figures_text(best)}.  {_neighbour(plan)}"
    yield f"BUY {best.scenario.stage.workers.number:,}", what
    if plan.prices.each:
        yield "COSTS", f"{plan.settings[plan.place].cost:,.6g}"
    told = f"{format_share(plan.level)} for this load, from {plan.items:,} simulated items"
    if plan.decision is Decision.UNDECIDED:
        told = f"UNDECIDED within the budget: {_what_is_open(plan)}; {told}"
    yield "HOW SURE", ".  ".join([told, *_of_logs(plan), *_second_half(plan)])
    if breaks := _breaks(plan):
        yield "BREAKS AT", breaks
    if "queue.capacity" in plan.changes and not places_matter(plan.scenario, plan.slos):
        yield (
            "NOTE",
            "the capacity changes nothing here: whoever finds no place waits before it",
        )


def plan_assumptions(plan: Plan) -> list[tuple[str, str]]:
    """What the log that the scenario was fitted to does not show, and the plan relies on."""
    fitted = plan.scenario.fitted
    assumes = () if fitted is None or plan.winner is None else fitted.assumes
    return [("ASSUMES" if not place else "", text) for place, text in enumerate(assumes)]


def _no_answer(plan: Plan) -> Iterator[tuple[str, str]]:
    """Which limit, the best that was reached, and what it would take."""
    setting = plan.settings[plan.place]
    near = setting.judgement
    assert near is not None, "whoever finds none has looked"
    missed = [limit for limit in near.limits if limit.decision is Decision.MISSED]
    if not missed:
        yield "NO ANSWER", f"{_none_of(plan)} keeps up: {growth_text(near)}"
        yield "DO", "let there be more of them, or make the task itself shorter"
        return
    one = max(missed, key=lambda limit: limit.figure.estimate / limit.slo.below)
    name = measure_title(one.slo.measure)
    limit = figure_text(one.slo.measure, one.slo.below)
    reached = figure_text(one.slo.measure, one.figure.estimate)
    allow = figure_text(one.slo.measure, _allowable(one))
    alone = one.slo.parts()[0].unit == "seconds" and nobody_waits(near)
    if alone:
        yield "NO ANSWER", f"{name} of the task alone is {reached}: {_none_of(plan)} gives {limit}"
        shorten = "make the task itself shorter"
        if not math.isnan(one.allowed):
            shorten = f"split the slow tasks off ({format_share(one.allowed)} above {reached})"
        yield "DO", f"{shorten}, or allow {allow}"
        return
    best = f"{name} is {reached} at best, with {_with(plan, setting)}"
    yield "NO ANSWER", f"{best}: {_none_of(plan)} gives {limit}"
    yield "DO", f"allow {allow}, or let more vary: --over KEY=VALUES"


def _allowable(one: Judged) -> float:
    """A limit that would be kept, on two figures that people would write."""
    most = one.figure.estimate if math.isnan(one.figure.high) else one.figure.high
    scale = 10.0 ** (math.floor(math.log10(most)) - 1) if most > 0 else 1.0
    return math.ceil(most / scale) * scale


def _with(plan: Plan, one: Configuration) -> str:
    return ", ".join([f"{one.number} {things(plan)}", *change_texts(one.changes)])


def _none_of(plan: Plan) -> str:
    return "nothing that was asked for" if plan.axes else f"no number of {things(plan)}"


def _what_is_open(plan: Plan) -> str:
    assert plan.winner is not None
    if plan.tried[plan.winner].decision is not Decision.MET:
        return f"{plan.winner} is on the limit"
    cheaper = [
        _with(plan, one)
        for place, one in enumerate(plan.settings)
        if one.decision is Decision.UNDECIDED and place != plan.place
    ]
    return f"{' or '.join(cheaper) or plan.winner - 1} may do too"


def _second_half(plan: Plan) -> list[str]:
    """How well the log that the scenario was fitted to foretold itself."""
    fitted = plan.scenario.fitted
    if fitted is None or fitted.foretold is None:
        return []
    return [f"Second half of your log, predicted: {100 * fitted.foretold:+.0f} %"]


def _of_logs(plan: Plan) -> list[str]:
    """What a hundred such logs say, the most frequent answers first."""
    if not plan.of_logs:
        return []
    by_count = sorted(plan.of_logs.items(), key=lambda one: (-one[1], one[0]))
    told, rest = by_count[:_TOLD], by_count[_TOLD:]
    parts = [f"{count} say {number}" for number, count in told]
    if rest:
        numbers = sorted(number for number, _ in rest)
        between = f"{numbers[0]} to {numbers[-1]}" if numbers[1:] else f"{numbers[0]}"
        parts.append(f"{sum(count for _, count in rest)} say {between}")
    return [f"Of 100 such logs {', '.join(parts)}"]


def _changes_text(plan: Plan) -> str:
    return "".join(f", {one}" for one in change_texts(plan.changes))


def _neighbour(plan: Plan) -> str:
    less = plan.less
    if less is None:
        return "It is the least that there is"
    one = plan.tried.get(less)
    if one is None:
        return f"{count_text(plan, less)} cannot keep up"
    if not one.keeps_up:
        return f"With {less} {growth_text(one)}"
    miss, does = ("misses", "does") if less == 1 else ("miss", "do")
    word = {Decision.MISSED: miss, Decision.UNDECIDED: "may miss", Decision.MET: does}[one.decision]
    return f"{count_text(plan, less)} {word} it: {figures_text(one)}"


def _breaks(plan: Plan) -> str:
    breaks = []
    if not math.isnan(plan.load_factor):
        breaks.append(f"load {_more(plan.load_factor, '+')}")
    if not math.isnan(plan.service_factor):
        breaks.append(f"tasks {_more(plan.service_factor, '')} slower")
    less = None if plan.winner is None else plan.tried.get(plan.winner - 1)
    if breaks and less is not None and less.decision is Decision.MISSED:
        breaks.append(f"or {one_lost(plan)}")
    return ", ".join(breaks)


def _more(factor: float, sign: str) -> str:
    if factor < _LEAST_TOLD:
        return f"less than {sign}{100 * (_LEAST_TOLD - 1):.0f} %"
    more = "more than " if factor >= _BORNE_WITHOUT_END else ""
    return f"{more}{sign}{100 * (factor - 1):.0f} %"


def _bought(plan: Plan) -> str:
    """What the number of workers stands for, where whole machines are bought."""
    each = plan.scenario.stage.workers.per_machine
    if plan.key != "workers.machines" or plan.winner is None:
        return "workers"
    return f"{count_text(plan, plan.winner)} of {each}"
