"""`difference`: what a change makes, from two scenarios on the same draws.

Both pools meet the same luck, so what they have in common cancels: the difference is known far
better than either.  Base batches hold the same items on both sides; what strays from the
expected difference in each of them is one series, and its spread gives the interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.traffic import long_run
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.statistics.batch_means import BatchSizes, Spread
from queuetwin.model.statistics.estimate import Estimate

_ITEMS = 1_000_000
_FEWEST = 20


def difference(
    scenario: Scenario,
    changes: Mapping[str, Any],
    *,
    items: int = _ITEMS,
    level: float = 0.95,
) -> dict[str, Estimate]:
    """By how much a change raises each measure's mean in the long run, with intervals.

    Measure -> changed less unchanged, in the measure's unit, from at least `items` items on each
    side.  Raises ScenarioError where either has no long run.

    >>> from queuetwin.model import Scenario
    >>> pool = Scenario.from_dict({"items": 1, "arrivals": {"process": "poisson", "rate": "8/s"},
    ...     "workers": {"count": 1}, "service": {"distribution": "exponential", "mean": "100ms"}})
    >>> found = difference(pool, {"workers.count": 2})["response_time"]
    >>> found.low < 0.119 - 0.5 < found.high
    True
    """
    sides = (scenario, scenario.changed(changes))
    for one in sides:
        if not long_run(one):
            message = "a difference needs the long run on both sides: arrivals that go on, below "
            raise one.source.error("arrivals", "", message + "what the workers can do")
    # Means need no bins, which are most of the work.
    runs = [SteadyState(side, level=level, measures=()) for side in sides]
    for run in runs:
        run.extend(items)
    found = {}
    for measure in MEASURES.values():
        before, after = (run.ratio(measure) for run in runs)
        if before is not None and after is not None:
            found[measure.name] = _paired(before, after, level)
    return found


def _paired(before: tuple[Floats, Floats], after: tuple[Floats, Floats], level: float) -> Estimate:
    """The difference of two ratios of sums over the same base batches, each of shape (k,)."""
    estimates, residuals = zip(*(_ratio(*one) for one in (before, after)), strict=True)
    estimate = estimates[1] - estimates[0]
    if math.isnan(estimate) or len(residuals[0]) < _FEWEST:
        return Estimate(estimate=estimate)
    strays = residuals[1] - residuals[0]
    if not strays.any():
        return Estimate(estimate=estimate, low=estimate, high=estimate)
    down, up = Spread.of(strays, BatchSizes.of(strays)).reach(level)
    return Estimate(estimate=estimate, low=estimate - down, high=estimate + up)


def _ratio(over: Floats, under: Floats) -> tuple[float, Floats]:
    whole = float(under.sum())
    if whole == 0:
        return math.nan, np.zeros(len(over))
    estimate = float(over.sum()) / whole
    return estimate, (over - estimate * under) / whole
