"""How a limit fares in a scenario: MET, MISSED or UNDECIDED, from as little as decides it.

A limit on a quantile is decided on the share above it (p99 < 200 ms is: fewer than 1 % above),
which is known long before the quantile itself is.  A run grows until every limit is decided, or the
budget is used up.

Law: a limit is `<` as it is written, so a figure equal to its limit does not keep it.  `keeps`
decides on a value, `decide` on an estimate; nothing else compares a figure with its limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.estimation.estimator import Estimator
from queuetwin.model.estimation.replications import Replications
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.estimation.summary import Summary
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.slo import Slo
from queuetwin.model.language.traffic import backlog_growth, long_run
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.statistic import MAXIMUM

# A range that holds its limit and is narrower than this share of it is on the limit.
_NARROW = 0.01
_FIRST_ITEMS, _FIRST_RUNS = 65_536, 10
_GROWTH = 2
# The first items doubled seven times: what lies between two doublings would not be used.
BUDGET = _FIRST_ITEMS * _GROWTH**7


class Decision(Enum):
    """What became of a limit."""

    MET = "MET"
    MISSED = "MISSED"
    UNDECIDED = "UNDECIDED"


def keeps(values: Any, limit: Any) -> Any:
    """Whether a value keeps a limit; of arrays, which values do.

    >>> keeps(0.2, 0.2), keeps(0.1999, 0.2)
    (False, True)
    """
    return values < limit


def on_the_limit(estimate: Estimate, limit: float) -> bool:
    """Whether the range of an estimate holds the limit and is too narrow for that to matter."""
    holds = estimate.low <= limit <= estimate.high
    return holds and estimate.high - estimate.low < _NARROW * limit


def decide(estimate: Estimate, limit: float) -> Decision:
    """What becomes of a limit by an estimate and its range.

    MET where the whole range keeps the limit, MISSED where none of it does, UNDECIDED while the
    range holds the limit.  A range on the limit is decided by the estimate.

    >>> decide(Estimate(estimate=0.15, low=0.1, high=0.2), 0.2).value
    'UNDECIDED'
    >>> decide(Estimate(estimate=0.1999, low=0.1991, high=0.2005), 0.2).value
    'MET'
    """
    if on_the_limit(estimate, limit):
        return Decision.MET if keeps(estimate.estimate, limit) else Decision.MISSED
    if keeps(estimate.high, limit):
        return Decision.MET
    return Decision.MISSED if estimate.low >= limit else Decision.UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One limit: its figure, and for a quantile the share above it beside the share allowed."""

    slo: Slo
    decision: Decision
    figure: Estimate
    share_above: Estimate | None = None
    allowed: float = math.nan

    @property
    def on_the_limit(self) -> bool:
        """Whether the decision rests on an estimate whose narrow range holds the limit."""
        if on_the_limit(self.figure, self.slo.below):
            return True
        return self.share_above is not None and on_the_limit(self.share_above, self.allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All limits of one scenario.

    `decision` is the worst of theirs; `summary` is None where the pool does not keep up, and the
    backlog then grows by `growth` items per second, 0 where exactly as much comes as can be
    served.  `items` is what the judgement cost.
    """

    scenario: Scenario
    decision: Decision
    limits: tuple[Judged, ...]
    summary: Summary | None
    growth: float
    items: int

    @property
    def keeps_up(self) -> bool:
        """Whether the pool has a steady state, and so figures."""
        return self.summary is not None


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
            decision=Decision.MISSED,
            limits=(),
            summary=None,
            growth=growth,
            items=0,
        )
    asked = dict.fromkeys((*measures, *(slo.parts()[0].name for slo in slos)))
    course: Estimator = (
        SteadyState(scenario, level=level, measures=asked)
        if long_run(scenario)
        else Replications(scenario, level=level, engine="fast", measures=asked)
    )
    course.extend((first or _FIRST_ITEMS) if isinstance(course, SteadyState) else _FIRST_RUNS)
    while True:
        limits = tuple(evaluate_slo(course, slo) for slo in slos)
        decision = worst(limits)
        undecided = any(limit.decision is Decision.UNDECIDED for limit in limits)
        told = not undecided and not (
            ranges and any(math.isnan(limit.figure.low) for limit in limits)
        )
        if (decision is Decision.MISSED and not each) or told or course.ends_at(budget):
            break
        course.extend(course.size * _GROWTH)
    return Judgement(
        scenario=scenario,
        decision=decision,
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
    decisions = {limit.decision for limit in limits}
    return next(
        (one for one in (Decision.MISSED, Decision.UNDECIDED) if one in decisions), Decision.MET
    )


def kept_by_estimate(found: Judgement) -> bool:
    """Whether every limit is kept by the estimates alone, however sure they are."""
    return bool(found.limits) and all(
        keeps(limit.figure.estimate, limit.slo.below)
        if limit.share_above is None
        else keeps(limit.share_above.estimate, limit.allowed)
        for limit in found.limits
    )


def evaluate_slo(course: Estimator, slo: Slo) -> Judged:
    """How a limit fares by what a course has seen so far."""
    measure, statistic = slo.parts()
    figure = course.figure(measure, statistic)
    allowed, by_figure = statistic.share_beyond, decide(figure, slo.below)
    if allowed is None:
        return Judged(slo=slo, decision=by_figure, figure=figure)
    above = course.share_above(measure, slo.below)
    return Judged(
        slo=slo,
        decision=by_figure if on_the_limit(figure, slo.below) else decide(above, allowed),
        figure=figure,
        share_above=above,
        allowed=allowed,
    )
