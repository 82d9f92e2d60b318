"""How a scenario goes over time: depth and latency from its beginning to its end.

For what is not stationary one figure for the whole run says little: a backlog drains, a profile
has its peak, a lost worker leaves a hump.  Replications of the whole run are laid over each
other on one grid of time; each point is their mean with Student's interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.engines.simulation import simulate
from queuetwin.model.estimation.slo_windows import WINDOW, bad_in_runs, time_between
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.figures import depth_steps
from queuetwin.model.records.measures import MEASURES, MeasureRows, Spans
from queuetwin.model.records.run import Outcome, Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.student import mean_over_replications, t_point

_SPANS = 60
_RUNS = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Band:
    """A mean over replications with its interval, over spans of time; arrays of shape (spans,).

    NaN where no replication has a value.
    """

    mean: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, values: Floats, level: float) -> Band:
        """The band of values by replication and span, shape (runs, spans)."""
        there = ~np.isnan(values)
        runs = there.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(there, values, 0.0).sum(axis=0) / runs
            apart = np.where(there, values - mean, 0.0)
            error = np.sqrt((apart**2).sum(axis=0) / (runs - 1) / runs)
        half = np.array([t_point(max(one - 1, 1), level) for one in runs.tolist()]) * error
        band = cls(mean=mean, low=np.maximum(mean - half, 0.0), high=mean + half)
        for array in (band.mean, band.low, band.high):
            array.setflags(write=False)
        return band


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """A scenario over time.

    `edges` (seconds, shape (spans + 1,)) divide the longest of `runs` replications.  `depth` is
    the mean queue depth in each span, `response` the mean response time of the completed items
    planned in it.  `drained` is when the last item had its outcome, `deepest` the greatest
    depth of a run, `worst_response` the mean response time in a run's worst span.  `bad_windows`
    are the shares of windows in which each of the scenario's SLOs is broken, in their order.
    """

    edges: Floats
    runs: int
    depth: Band
    response: Band
    drained: Estimate
    deepest: Estimate
    worst_response: Estimate
    bad_windows: tuple[Estimate, ...]


def course(
    scenario: Scenario,
    *,
    runs: int = _RUNS,
    spans: int = _SPANS,
    level: float = 0.95,
    window: float = WINDOW,
) -> Course:
    """Depth and response time over time, over so many replications of the whole run.

    `window` is the length in seconds of the windows in which each SLO is judged.  Raises ValueError
    for fewer than two runs or no span.

    >>> from queuetwin.model import Scenario
    >>> pool = Scenario.from_dict({"items": 100, "arrivals": {"process": "backlog"},
    ...     "workers": {"count": 4}, "service": {"distribution": "exponential", "mean": "1s"}})
    >>> found = course(pool)
    >>> found.drained.low < 100 / 4 + 1.08 < found.drained.high
    True
    """
    if runs < 2 or spans < 1:  # noqa: PLR2004 - a spread needs two
        raise ValueError("a course needs at least two runs and one span")
    made = [simulate(scenario, Workload.draw(scenario, replication=one)) for one in range(runs)]
    edges = np.linspace(0.0, max(run.header.window for run in made), spans + 1)
    edges.setflags(write=False)
    depth = np.stack([_depth(run, edges) for run in made])
    response = np.stack([_response(run, edges) for run in made])
    return Course(
        edges=edges,
        runs=runs,
        depth=Band.of(depth, level),
        response=Band.of(response, level),
        drained=_over([run.header.window for run in made], level),
        deepest=_over([depth_steps(_spans(run))[1].max() for run in made], level),
        worst_response=_over([_worst(one) for one in response], level),
        bad_windows=tuple(
            bad_in_runs(made, one, window=window, level=level) for one in scenario.slo
        ),
    )


def _spans(run: Run) -> Spans:
    spans: Spans = MEASURES["queue_depth"].source(MeasureRows.of(run))
    return spans


def _depth(run: Run, edges: Floats) -> Floats:
    """The mean queue depth between edges; a pool that is done is empty."""
    return np.asarray(time_between(_spans(run), edges) / np.diff(edges))


def _response(run: Run, edges: Floats) -> Floats:
    """The mean response time of items planned between edges; NaN where there are none."""
    done = run.items["outcome"] == Outcome.COMPLETED
    planned, finished = run.items["planned"][done], run.items["finished"][done]
    span = np.minimum(np.searchsorted(edges, planned, side="right") - 1, len(edges) - 2)
    number = np.bincount(span, minlength=len(edges) - 1)
    total = np.bincount(span, weights=finished - planned, minlength=len(edges) - 1)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / number)


def _worst(response: Floats) -> float:
    return float(np.nanmax(response)) if not np.isnan(response).all() else math.nan


def _over(values: Sequence[float], level: float) -> Estimate:
    """The mean over replications with Student's interval."""
    return mean_over_replications(np.asarray(values, dtype=np.float64), level).within(0.0, math.inf)
