"""Whether real runs kept an SLO: for a quantile, the share above the limit decides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from queuetwin.model.batching import student_half_width
from queuetwin.model.estimates import Interval
from queuetwin.model.figures import share_above, statistic_of
from queuetwin.model.judging import Fate
from queuetwin.model.run import Run
from queuetwin.model.slo import Slo

__all__ = ["KeptLimit", "kept_limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLimit:
    """A limit, the share above it beside the share allowed, or the figure beside the limit.

    `fate` is None where the runs may not be believed, or have no such figure.
    """

    slo: Slo
    figure: Interval
    allowed: float
    fate: Fate | None


def kept_limit(slo: Slo, runs: Sequence[Run], believed: bool, level: float) -> KeptLimit:
    """What became of one limit in real runs, with the run as the unit."""
    measure, statistic = slo.parts()
    quantile = statistic.startswith("p")
    allowed = 1 - float(statistic[1:]) / 100 if quantile else slo.below
    figures = np.array(
        [
            share_above(run, measure, slo.below)
            if quantile
            else statistic_of(run, measure, statistic)
            for run in runs
        ]
    )
    half = student_half_width(figures, level)
    mean = float(figures.mean())
    high = mean + half
    if quantile and not figures.any():
        # None above in n: at 95 % the share is below 3/n, since (1 - share)^n is 5 % there.
        high = -math.log1p(-level) / sum(len(run.items["planned"]) for run in runs)
    figure = Interval(estimate=mean, low=mean - half, high=high).within(
        *measure.domain if not quantile else (0.0, 1.0)
    )
    fate: Fate | None = Fate.UNDECIDED
    if not believed or math.isnan(figure.estimate):
        fate = None
    elif figure.high < allowed:
        fate = Fate.MET
    elif figure.low > allowed:
        fate = Fate.MISSED
    return KeptLimit(slo=slo, figure=figure, allowed=allowed, fate=fate)
