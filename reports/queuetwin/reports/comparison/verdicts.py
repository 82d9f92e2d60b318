"""What may be said of a difference: SAME inside its margin, DIFFERENT wholly outside, or neither.

Margins are declared here, before any run, and printed with every verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from queuetwin.model.estimation.slo_judgement import Decision, decide
from queuetwin.model.language.slo import Slo
from queuetwin.model.records.figures import share_above, statistic_of
from queuetwin.model.records.run import Run
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.student import mean_over_replications


class Verdict(StrEnum):
    """What may be said; NO VERDICT where nothing may."""

    SAME = "SAME"
    DIFFERENT = "DIFFERENT"
    UNDECIDED = "UNDECIDED"
    NO_VERDICT = "NO VERDICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """How far apart is still the same: a share of the real figure, or an absolute distance.

    A relative figure below `floor` on both sides is too small to judge by its ratio.
    """

    allowed: float
    relative: bool = True
    floor: float = 0.0


MARGINS: Mapping[str, Margin] = {
    "response_time.mean": Margin(allowed=0.05),
    "response_time.p95": Margin(allowed=0.07),
    "response_time.p99": Margin(allowed=0.10),
    "queue_depth.mean": Margin(allowed=0.05, floor=0.1),
    "utilisation.mean": Margin(allowed=0.01, relative=False),
    "loss_ratio.mean": Margin(allowed=0.01, relative=False),
}


def verdict_of(off: Estimate, margin: Margin) -> Verdict:
    """Of one measure; undecided without an interval.

    >>> verdict_of(Estimate(estimate=0.02, low=0.01, high=0.03), Margin(allowed=0.05)).value
    'SAME'
    """
    low, high = -margin.allowed, margin.allowed
    if math.isnan(off.low):
        return Verdict.UNDECIDED
    if low <= off.low and off.high <= high:
        return Verdict.SAME
    if off.high < low or off.low > high:
        return Verdict.DIFFERENT
    return Verdict.UNDECIDED


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Of all measures: different if any is, the same if all are; too small ones do not count."""
    given = {verdict for verdict in verdicts if verdict is not Verdict.NO_VERDICT}
    if Verdict.DIFFERENT in given:
        return Verdict.DIFFERENT
    return Verdict.SAME if given == {Verdict.SAME} else Verdict.UNDECIDED


def decision_text(decision: Decision | None) -> str:
    """What became of a limit; of runs that may not be believed nothing is said."""
    return Verdict.NO_VERDICT.value if decision is None else decision.value


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSlo:
    """A limit, the share above it beside the share allowed, or the figure beside the limit.

    `decision` is None where the runs may not be believed, or have no such figure.
    """

    slo: Slo
    figure: Estimate
    allowed: float
    decision: Decision | None


def measure_slo(slo: Slo, runs: Sequence[Run], believed: bool, level: float) -> MeasuredSlo:
    """What became of one limit in real runs, with the run as the unit."""
    measure, statistic = slo.parts()
    quantile = statistic.quantile is not None
    allowed = slo.below if statistic.share_beyond is None else statistic.share_beyond
    figures = np.array(
        [
            share_above(run, measure, slo.below)
            if quantile
            else statistic_of(run, measure, statistic)
            for run in runs
        ]
    )
    figure = mean_over_replications(figures, level)
    if quantile and not figures.any():
        # None above in n: at 95 % the share is below 3/n, since (1 - share)^n is 5 % there.
        none_of = sum(len(run.items["planned"]) for run in runs)
        figure = replace(figure, high=-math.log1p(-level) / none_of)
    figure = figure.within(*(0.0, 1.0) if quantile else measure.domain)
    speaks = believed and not math.isnan(figure.estimate)
    decision = decide(figure, allowed) if speaks else None
    return MeasuredSlo(slo=slo, figure=figure, allowed=allowed, decision=decision)
