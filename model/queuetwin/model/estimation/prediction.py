"""`predict`: what to expect of a scenario, as well as was asked for, with its own stop.

Of a stationary scenario that keeps up it speaks of the long run, from one run that grows until
the figures are known well enough.  Otherwise it speaks of the expectation over whole runs of the
scenario as it is written, from so many replications.  It says which, and whether it got there.
"""

from __future__ import annotations

import math
from concurrent.futures import Executor
from dataclasses import replace

from queuetwin.model.estimation.rare_quantiles import RareTails
from queuetwin.model.estimation.replications import Replications
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.estimation.summary import Summary
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.traffic import long_run, offered_load
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.sequential import look, planned_items

_FEWEST_ITEMS = 65_536
_FEWEST_RUNS = 10
# Squared coefficients of variation of gaps and services together, those of exponential ones.
_VARIABILITY = 2.0
_JUDGED = (("response_time", "mean"), ("response_time", "p99"))
_RARE = 0.99


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
    repeated on `executor`.  A quantile beyond p99 is told where an SLO of the scenario asks for
    it, exactly or by splitting where that can be done: its `method` says so.  Raises ValueError
    for a precision or level outside (0, 1).

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
    run = SteadyState(scenario, level=level)
    items = _first_items(scenario, precision, level)
    while True:
        run.extend(items)
        summary = run.summary()
        seen = look(_judged(summary), items=run.items, precision=precision)
        if seen.reached or run.items == run.most:
            break
        items = seen.next_items
    note = f"in the long run, from {run.items:,} items"
    if not seen.reached:
        note += f"; {_within(precision)} is not reached{_needs(seen.needed_items, 'items')}"
    return replace(
        summary,
        measures=_with_what_limits_ask(run, scenario, summary, level),
        reached=seen.reached,
        notes=(*summary.notes, note),
    )


def _with_what_limits_ask(
    run: SteadyState, scenario: Scenario, summary: Summary, level: float
) -> dict[str, dict[str, Estimate]]:
    """The measures, and the quantiles of the scenario's SLOs that are not among them.

    What is rarer than the run can tell well is looked for where it is frequent.
    """
    found = {name: dict(figures) for name, figures in summary.measures.items()}
    if "waiting_time" not in found:
        return found
    waits = (found["waiting_time"]["p90"].estimate, found["waiting_time"]["p99"].estimate)
    tails = RareTails(scenario, waits, level=level)
    for measure, statistic in (one.parts() for one in scenario.slo):
        figures = found.get(measure.name)
        share = statistic.quantile
        if figures is None or share is None or statistic in figures:
            continue
        rare = tails.quantile(measure.name, share) if share > _RARE else None
        figures[statistic] = rare or run.figure(measure, statistic)
    return found


def _first_items(scenario: Scenario, precision: float, level: float) -> int:
    load = offered_load(scenario)
    if load is None or load >= 1:
        return _FEWEST_ITEMS
    planned = planned_items(load=load, variability=_VARIABILITY, precision=precision, level=level)
    # One queue before several workers forgets sooner than the formula's single worker.
    return max(_FEWEST_ITEMS, planned // scenario.stage.workers.number)


def _of_whole_runs(
    scenario: Scenario, precision: float, level: float, executor: Executor | None
) -> Summary:
    runs = Replications(scenario, level=level, executor=executor)
    wanted = _FEWEST_RUNS
    while True:
        runs.extend(wanted)
        figures = [runs.figure(MEASURES[name], statistic) for name, statistic in _JUDGED]
        needed = max(_runs(figure, runs.size, precision) for figure in figures)
        if needed <= runs.size or runs.size == runs.most:
            break
        wanted = math.ceil(min(1.05 * needed, 2.0 * runs.size))
    reached = needed <= runs.size
    note = f"over whole runs as written, from {runs.size:,} of them"
    if not reached:
        note += f"; {_within(precision)} is not reached{_needs(needed, 'runs')}"
    summary = runs.summary()
    return replace(summary, reached=reached, notes=(*summary.notes, note))


def _judged(summary: Summary) -> list[Estimate]:
    return [summary.measures[name][one] for name, one in _JUDGED if name in summary.measures]


def _runs(figure: Estimate, runs: int, precision: float) -> float:
    """How many runs make a figure this precise, by the spread of those that there are."""
    half = (figure.high - figure.low) / 2
    allowed = precision * figure.estimate
    return runs * (half / allowed) ** 2 if allowed > 0 else 0.0


def _within(precision: float) -> str:
    return f"+-{precision * 100:.2g} %"


def _needs(number: float, of: str) -> str:
    return f": it takes about {number:,.0f} {of}" if math.isfinite(number) else ""
