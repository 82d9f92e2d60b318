"""`predict`: what to expect of a scenario, as well as was asked for, with its own stop.

Of a stationary scenario that keeps up it speaks of the long run, from one run that grows until
the figures are known well enough.  Otherwise it speaks of the expectation over whole runs of the
scenario as it is written, from so many replications.  It says which, and whether it got there.
"""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.special import stdtrit  # type: ignore[import-untyped]

from queuetwin.model.estimates import Interval
from queuetwin.model.figures import figures_of
from queuetwin.model.load import long_run
from queuetwin.model.long_runs import LongRun
from queuetwin.model.measures import MEASURES, Rows
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import simulate
from queuetwin.model.stopping import look
from queuetwin.model.summary import Summary, summarise
from queuetwin.model.workload import Workload

__all__ = ["predict"]

_FIRST_ITEMS = 65_536
_FEWEST_RUNS, _MOST_RUNS = 10, 1000
_FEWEST_TO_SPREAD = 2
_JUDGED = (("response_time", "mean"), ("response_time", "p99"))

# measure -> statistic -> value
_Figures = dict[str, dict[str, float]]


def predict(
    scenario: Scenario,
    *,
    precision: float = 0.05,
    level: float = 0.95,
    executor: Executor | None = None,
) -> Summary:
    """What to expect, with intervals at `level` of a half-width of `precision`, relative.

    The mean and the p99 of the response time decide when that is reached; `summary.reached`
    says whether it was, and a note how many items it would take where not.  In the long run
    `items` and `duration` of the scenario count for nothing; runs that are not stationary are
    repeated on `executor`.  Raises ValueError for a precision or level outside (0, 1).

    >>> from queuetwin.model import Scenario
    >>> pool = Scenario.from_dict({"items": 1, "arrivals": {"process": "poisson", "rate": "5/s"},
    ...     "workers": {"count": 1}, "service": {"distribution": "exponential", "mean": "100ms"}})
    >>> found = predict(pool).measures["response_time"]["mean"]
    >>> found.low < 0.2 < found.high
    True
    """
    if not 0 < precision < 1 or not 0 < level < 1:
        raise ValueError("precision and level lie between 0 and 1")
    if long_run(scenario):
        return _of_the_long_run(scenario, precision, level)
    return _of_whole_runs(scenario, precision, level, executor)


def _of_the_long_run(scenario: Scenario, precision: float, level: float) -> Summary:
    run = LongRun(scenario, level=level)
    items = _FIRST_ITEMS
    while True:
        run.extend(items)
        summary = run.summary()
        seen = look(_judged(summary), items=run.items, precision=precision)
        if seen.reached or run.items == run.most_items:
            break
        items = seen.next_items
    note = f"in the long run, from {run.items:,} items"
    if not seen.reached:
        note += f"; {_within(precision)} is not reached{_needs(seen.needed_items, 'items')}"
    return replace(summary, reached=seen.reached, notes=(*summary.notes, note))


def _of_whole_runs(
    scenario: Scenario, precision: float, level: float, executor: Executor | None
) -> Summary:
    each = map if executor is None else executor.map
    found: list[_Figures] = []
    wanted = _FEWEST_RUNS
    while True:
        found += each(partial(_one_run, scenario), range(len(found), wanted))
        measures = _over_runs(found, level)
        judged = [measures[name][one] for name, one in _JUDGED if name in measures]
        needed = max((_runs(one, len(found), precision) for one in judged), default=0.0)
        if needed <= len(found) or len(found) == _MOST_RUNS:
            break
        wanted = min(math.ceil(min(1.05 * needed, 2.0 * len(found))), _MOST_RUNS)
    reached = needed <= len(found)
    note = f"over whole runs as written, from {len(found):,} of them"
    if not reached:
        note += f"; {_within(precision)} is not reached{_needs(needed, 'runs')}"
    first = summarise(simulate(scenario), level=level)
    return replace(first, measures=measures, reached=reached, notes=(*first.notes, note))


def _judged(summary: Summary) -> list[Interval]:
    return [summary.measures[name][one] for name, one in _JUDGED if name in summary.measures]


def _one_run(scenario: Scenario, replication: int) -> _Figures:
    rows = Rows.of(simulate(scenario, Workload.draw(scenario, replication=replication)))
    return {one.name: figures_of(rows, one, one.statistics) for one in MEASURES.values()}


def _over_runs(found: list[_Figures], level: float) -> dict[str, dict[str, Interval]]:
    """Mean over runs of each figure, with Student's interval: runs are independent."""
    measures: dict[str, dict[str, Interval]] = {}
    for measure in MEASURES.values():
        for statistic in measure.statistics:
            values = np.array([one[measure.name][statistic] for one in found])
            values = values[~np.isnan(values)]
            if len(values) < _FEWEST_TO_SPREAD:
                continue
            error = float(values.std(ddof=1)) / math.sqrt(len(values))
            half = float(stdtrit(len(values) - 1, 0.5 + level / 2)) * error
            mean = float(values.mean())
            figure = Interval(estimate=mean, low=mean - half, high=mean + half,
                              effective_size=len(values)).within(*measure.domain)  # fmt: skip
            measures.setdefault(measure.name, {})[statistic] = figure
    return measures


def _runs(figure: Interval, runs: int, precision: float) -> float:
    """How many runs make a figure this precise, by the spread of those that there are."""
    half = (figure.high - figure.low) / 2
    allowed = precision * figure.estimate
    return runs * (half / allowed) ** 2 if allowed else 0.0


def _within(precision: float) -> str:
    return f"+-{precision * 100:.2g} %"


def _needs(number: float, of: str) -> str:
    return f": it takes about {number:,.0f} {of}" if math.isfinite(number) else ""
