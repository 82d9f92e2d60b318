"""One cell of a sweep: a pure function of its scenario and of how many items were asked for.

Whoever computes it says first by which versions: where these are others than the sweep's own,
the figures might differ in their last bits, and it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from queuetwin.model.base.environment import differing, versions
from queuetwin.model.base.errors import RunError
from queuetwin.model.estimation.estimator import Estimator
from queuetwin.model.estimation.replications import Replications
from queuetwin.model.estimation.slo_judgement import Decision, Judgement, evaluate_slo, worst
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.traffic import backlog_growth, long_run
from queuetwin.model.records.measures import MEASURES

# Besides those that the SLOs speak of.
_MEASURES = tuple(name for name, measure in MEASURES.items() if "sweep" in measure.short_tables)
_FEWEST_RUNS = 10


def judged_cell(
    scenario: Scenario, items: int, level: float, made_by: Mapping[str, str]
) -> Judgement:
    """Figures and limits of one scenario; runs wherever the executor is.

    Raises RunError where it would be made by other versions.
    """
    if wrong := differing(made_by, versions()):
        raise RunError(f"a worker of the executor has {wrong}: its figures might differ")
    growth = backlog_growth(scenario)
    if growth is not None:
        return Judgement(
            scenario=scenario,
            decision=Decision.MISSED if scenario.slo else Decision.MET,
            limits=(),
            summary=None,
            growth=growth,
            items=0,
        )
    course = (_long if long_run(scenario) else _whole)(scenario, items, level)
    limits = tuple(evaluate_slo(course, slo) for slo in scenario.slo)
    return Judgement(scenario=scenario, decision=worst(limits), limits=limits,
                     summary=replace(course.summary(), scenario=scenario.document),
                     growth=0.0, items=course.items)  # fmt: skip


def _long(scenario: Scenario, items: int, level: float) -> Estimator:
    asked = [slo.parts()[0].name for slo in scenario.slo]
    measures = dict.fromkeys((*_MEASURES, *asked))
    course = SteadyState(scenario, level=level, measures=measures, expects=items)
    course.extend(items)
    return course


def _whole(scenario: Scenario, items: int, level: float) -> Estimator:
    course = Replications(scenario, level=level, engine="fast")
    course.extend(_FEWEST_RUNS)
    each = max(course.items // course.size, 1)
    course.extend(-(-items // each))
    return course


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination: what was changed, and how that fares.

    `judgement.summary` has the figures; it is None where the pool does not keep up, and the
    backlog then grows by `judgement.growth` items per second.
    """

    changes: Mapping[str, Any]
    judgement: Judgement
