"""How a limit fares in a scenario: MET, MISSED or UNDECIDED, from as little as decides it.

A limit on a quantile is decided on the share above it (p99 < 200 ms is: fewer than 1 % above),
which is known long before the quantile itself is.  A run grows until every limit is decided, or
is so near to its limit that it does not matter which side it is on, or the budget is used up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.estimation.replications import Replications
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.estimation.summary import Summary
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.slo import Slo
from queuetwin.model.language.traffic import backlog_growth, long_run
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.statistic import MAXIMUM

__all__ = [
    "BUDGET",
    "Decision",
    "Judged",
    "Judgement",
    "evaluate_slo",
    "judge",
    "kept_by_estimate",
    "worst",
]

# Nearer to a limit than this share of it, a figure is on the limit.
_INDIFFERENCE = 0.01
_FIRST_ITEMS, _FIRST_RUNS = 65_536, 10
_GROWTH = 2
# The first items doubled seven times: what lies between two doublings would not be used.
BUDGET = _FIRST_ITEMS * _GROWTH**7


class Decision(Enum):
    """What became of a limit."""

    MET = "MET"
    MISSED = "MISSED"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One limit: its figure, and for a quantile the share above it beside the share allowed."""

    slo: Slo
    fate: Decision
    figure: Estimate
    share_above: Estimate | None = None
    allowed: float = math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All limits of one scenario.

    `fate` is the worst of theirs; `summary` is None where the backlog grows without end, which
    then does so by `growth` items per second.  `items` is what it cost.
    """

    scenario: Scenario
    fate: Decision
    limits: tuple[Judged, ...]
    summary: Summary | None
    growth: float
    items: int


def judge(
    scenario: Scenario,
    slos: Sequence[Slo],
    *,
    level: float = 0.95,
    budget: int = BUDGET,
    each: bool = False,
    measures: Iterable[str] = tuple(MEASURES),
    first: int | None = None,
    ranges: bool = False,
) -> Judgement:
    """Simulate a scenario until its limits are decided at `level`, with at most `budget` items.

    The first look, in the long run, comes after `first` items, or 65,536.  One that is missed
    decides; with `each` every other one is still told, with `ranges` a run that has decided goes
    on until each figure has its bounds, within the same budget.  In the long run the
    summary tells of the `measures` and of those that have a limit.  Raises ScenarioError for a
    limit on a greatest number in the long run, which has none.
    """
    _refuse_greatest(scenario, slos)
    growth = backlog_growth(scenario)
    if growth is not None:
        return Judgement(
            scenario=scenario,
            fate=Decision.MISSED,
            limits=(),
            summary=None,
            growth=growth,
            items=0,
        )
    asked = dict.fromkeys((*measures, *(one.parts()[0].name for one in slos)))
    course = (
        SteadyState(scenario, level=level, measures=asked)
        if long_run(scenario)
        else Replications(scenario, level=level, engine="fast")
    )
    course.extend((first or _FIRST_ITEMS) if isinstance(course, SteadyState) else _FIRST_RUNS)
    while True:
        limits = tuple(evaluate_slo(course, slo) for slo in slos)
        fate = worst(limits)
        undecided = any(one.fate is Decision.UNDECIDED for one in limits)
        told = not undecided and not (ranges and any(math.isnan(one.figure.low) for one in limits))
        if (fate is Decision.MISSED and not each) or told or course.ends_at(budget):
            break
        course.extend(course.size * _GROWTH)
    return Judgement(
        scenario=scenario,
        fate=fate,
        limits=limits,
        summary=course.summary(),
        growth=0.0,
        items=course.items,
    )


def _refuse_greatest(scenario: Scenario, slos: Sequence[Slo]) -> None:
    """In the long run every number is exceeded some day, so no limit on the greatest is kept."""
    problems = []
    for place, one in enumerate(slos):
        if one.parts()[1] == MAXIMUM and long_run(scenario):
            key = f"slo.{place}.measure"
            file, line = scenario.source.place(key)
            message = (
                "has no greatest value in the long run, which goes on for ever: limit its mean, "
                "or a quantile such as waiting_time.p99.9"
            )
            problems.append(
                Problem(message=message, key=key, value=one.measure, file=file, line=line)
            )
    if problems:
        raise ScenarioError(problems)


def worst(limits: Sequence[Judged]) -> Decision:
    """A miss is the worst, then what is undecided; MET where there are no limits."""
    fates = {one.fate for one in limits}
    return next(
        (one for one in (Decision.MISSED, Decision.UNDECIDED) if one in fates), Decision.MET
    )


def kept_by_estimate(found: Judgement) -> bool:
    """Whether every limit is kept by the estimates alone, however sure they are."""
    return bool(found.limits) and all(
        one.share_above.estimate <= one.allowed
        if one.share_above is not None
        else one.figure.estimate <= one.slo.below
        for one in found.limits
    )


def evaluate_slo(course: SteadyState | Replications, slo: Slo) -> Judged:
    """How a limit fares by what a course has seen so far."""
    measure, statistic = slo.parts()
    figure = course.figure(measure, statistic)
    near = _INDIFFERENCE * slo.below
    on_the_limit = slo.below - near <= figure.low and figure.high <= slo.below + near
    by_figure = Decision.MET if figure.estimate <= slo.below else Decision.MISSED
    allowed = statistic.share_beyond
    if allowed is None:
        fate = by_figure if on_the_limit else _fate(figure, slo.below)
        return Judged(slo=slo, fate=fate, figure=figure)
    above = course.share_above(measure, slo.below)
    return Judged(
        slo=slo,
        fate=by_figure if on_the_limit else _fate(above, allowed),
        figure=figure,
        share_above=above,
        allowed=allowed,
    )


def _fate(figure: Estimate, limit: float) -> Decision:
    if figure.high <= limit:
        return Decision.MET
    return Decision.MISSED if figure.low > limit else Decision.UNDECIDED
