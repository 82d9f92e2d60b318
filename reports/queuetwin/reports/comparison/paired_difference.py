"""How far two sides are apart that had the same items: paired, with the run as the unit.

The log ratios (or, for an absolute margin, differences) of n runs are n independent values, and
get Student's interval.  Runs are few and far apart; items within a run remember each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES, parse_statistic
from queuetwin.model.records.run import Run
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.student import mean_over_replications
from queuetwin.model.theory import Prediction
from queuetwin.reports.comparison.model_levels import ModelLevels
from queuetwin.reports.comparison.verdicts import Margin, Verdict, verdict_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """One measure on two sides, means over the runs, and how far the first is off the second.

    `each` holds the runs' own log ratios or differences, shape (runs,).
    """

    one: float
    other: float
    off: Estimate
    each: Floats
    verdict: Verdict


def apart(
    name: str, margin: Margin, one: Sequence[Run], other: Sequence[Run], level: float
) -> Apart | None:
    """One measure of two sides, run by run; None where it has no figure, or nothing is lost."""
    if name.startswith("loss_ratio") and not any(_loses(run) for run in (*one, *other)):
        return None
    first, second = _per_run(name, one), _per_run(name, other)
    if np.isnan(first).any() or np.isnan(second).any():
        return None
    each, off = _paired(first, second, margin.relative, level)
    judged = max(first.mean(), second.mean()) >= margin.floor
    return Apart(
        one=float(first.mean()),
        other=float(second.mean()),
        off=off,
        each=each,
        verdict=verdict_of(off, margin) if judged else Verdict.NO_VERDICT,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One measure on every level (means over the runs), and how far the model is off.

    `off` is (model - real) / real, or model - real for an absolute margin; the model is the
    calibrated one, or the nominal one where `calibrated` is NaN.  `observed` is what the user's
    own system had: NaN where it does not show it, None where nothing was observed.
    """

    measure: str
    theory: float
    nominal: float
    calibrated: float
    replay: float
    real: float
    off: Estimate
    each: Floats
    margin: Margin
    verdict: Verdict
    observed: float | None = None

    @property
    def model(self) -> float:
        """The figure of the model that is judged."""
        return self.nominal if math.isnan(self.calibrated) else self.calibrated


def difference_of(
    name: str, margin: Margin, theory: Prediction | None, model_levels: ModelLevels, level: float
) -> Difference | None:
    """One measure of model and reality; None where one of them has no figure."""
    found = apart(name, margin, model_levels.models, model_levels.real, level)
    if found is None:
        return None
    measure, statistic = parse_statistic(name)
    known = {} if theory is None else theory.measures.get(measure.name, {})
    return Difference(
        measure=name,
        theory=known.get(statistic, math.nan),
        nominal=float(_per_run(name, model_levels.nominal).mean()),
        calibrated=found.one if model_levels.calibrated else math.nan,
        replay=float(_per_run(name, model_levels.replays).mean()),
        real=found.other,
        off=found.off,
        each=found.each,
        margin=margin,
        verdict=found.verdict,
    )


def _per_run(name: str, runs: Sequence[Run]) -> Floats:
    measure, statistic = parse_statistic(name)
    return np.array([statistic_of(run, measure, statistic) for run in runs])


def _loses(run: Run) -> bool:
    return statistic_of(run, MEASURES["loss_ratio"], "mean") > 0


def _paired(one: Floats, other: Floats, relative: bool, level: float) -> tuple[Floats, Estimate]:
    """Each run's own distance and Student's interval of all; ratios through their logs."""
    positive = (one > 0).all() and (other > 0).all()
    if relative and not positive:
        return np.empty(0), Estimate(estimate=math.nan, warnings=("a ratio to zero",))
    each = np.log(one / other) if relative else one - other
    mean = mean_over_replications(each, level)
    back: Callable[[float], float] = math.expm1 if relative else float
    off = Estimate(estimate=back(mean.estimate), low=back(mean.low), high=back(mean.high))
    return each, off
