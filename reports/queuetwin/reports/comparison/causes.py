"""Why model and reality differ: the first computed step of the ladder that covers half the gap.

A step is one model level against another, on the same items: the nominal model with the GIL
against the one without it, or the model fed with the runs' own times against the one that was
judged.  Where no step covers the gap, it lies in nothing that a run measures: the rules differ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from queuetwin.model.records.run import Run
from queuetwin.reports.comparison.model_levels import ModelLevels
from queuetwin.reports.comparison.paired_difference import Difference, apart
from queuetwin.reports.comparison.verdicts import Verdict

# At most so much of the gap may be left.
_LEFT = 0.5


class CauseKind(Enum):
    """Where a gap comes from."""

    SHARING = "workers share what the model gives to each"
    TIMES = "what was measured in these runs"
    RULES = "nothing that was measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """How much of the gap in one measure a step explains.

    `explained` of `gap`, what the model is off by: shares of the real figure, or absolute.
    """

    origin: CauseKind
    difference: Difference
    explained: float
    gap: float


def cause_of(
    verdict: Verdict, differences: tuple[Difference, ...], model_levels: ModelLevels, level: float
) -> Cause | None:
    """The cause of a verdict; None where there is none to explain.

    What is undecided may lie in chance, so only the model's own omission is said of it.
    """
    if verdict not in (Verdict.DIFFERENT, Verdict.UNDECIDED):
        return None
    worst = next((difference for difference in differences if difference.verdict is verdict), None)
    if worst is None or math.isnan(worst.off.estimate):
        return None
    gap = worst.off.estimate
    steps: list[tuple[CauseKind, tuple[Run, ...]]] = [(CauseKind.SHARING, model_levels.shared)]
    if verdict is Verdict.DIFFERENT:
        steps.append((CauseKind.TIMES, model_levels.replays))
    for origin, models in steps:
        left = _off(worst, models, model_levels.real, level)
        if abs(left) <= _LEFT * abs(gap):
            return Cause(origin=origin, difference=worst, explained=gap - left, gap=gap)
    if verdict is Verdict.UNDECIDED:
        return None
    return Cause(origin=CauseKind.RULES, difference=worst, explained=0.0, gap=gap)


def _off(
    difference: Difference, models: tuple[Run, ...], real: tuple[Run, ...], level: float
) -> float:
    """What other models are off by in the same measure; NaN where there are none."""
    if not models:
        return math.nan
    other = apart(difference.measure, difference.margin, models, real, level)
    return math.nan if other is None else other.off.estimate
