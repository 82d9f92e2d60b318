"""How often a limit is broken: the share of five-minute windows in which it is.

A limit kept on average may be broken in every tenth stretch of five minutes, and that is when
somebody is paged.  Each window is judged by its own statistic, of the items that arrived in it;
a window without items has kept its limit.  In the long run windows stand in order of time, and
remember each other; otherwise they are those of whole runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.engines.simulation import simulate
from queuetwin.model.estimation.slo_judgement import BUDGET, keeps
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.slo import Slo
from queuetwin.model.language.traffic import long_run, mean_service
from queuetwin.model.records.figures import depth_steps
from queuetwin.model.records.measures import MeasureRows, Spans
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.quantiles import rank_of
from queuetwin.model.statistics.ratio_estimators import TOO_FEW, share_interval
from queuetwin.model.statistics.statistic import MAXIMUM

WINDOW = 300.0
_MOST_WINDOWS, _MOST_RUNS, _FEWEST_RUNS = 1_000, 60, 2
_MOST_HELD = 2_000_000


def bad_windows(
    scenario: Scenario,
    slo: Slo,
    *,
    window: float = WINDOW,
    level: float = 0.95,
    budget: int = BUDGET,
) -> Estimate:
    """The share of windows, of `window` seconds each, in which `slo` is broken.

    From at most `budget` items, and a thousand windows.  Of a scenario that keeps up it speaks
    of the long run; where the budget does not fill a single window the estimate is NaN and
    `needed_items` says what would.  Otherwise it is the expected share over whole runs of the
    scenario as written.  Raises ValueError for a window that is not above 0.

    >>> from queuetwin.model import Scenario, bad_windows
    >>> pool = Scenario.from_dict({"items": 1, "arrivals": {"process": "poisson", "rate": "9/s"},
    ...     "workers": {"count": 1}, "service": {"distribution": "exponential", "mean": "100ms"},
    ...     "slo": [{"measure": "response_time.mean", "below": "2s"}]})
    >>> found = bad_windows(pool, pool.slo[0])
    >>> 0 < found.low < found.estimate < found.high < 0.2
    True
    """
    if not 0 < window < math.inf:
        raise ValueError("a window is longer than no time")
    if long_run(scenario):
        return _in_the_long_run(scenario, slo, window, level, budget)
    # So many runs pay for the loading of the compiled engine.
    first = simulate(scenario, engine="fast")
    wanted = budget // max(len(first.items["planned"]), 1)
    replications = range(1, min(max(wanted, _FEWEST_RUNS), _MOST_RUNS))
    others = (
        simulate(scenario, Workload.draw(scenario, replication=number), engine="fast")
        for number in replications
    )
    return bad_in_runs(chain((first,), others), slo, window=window, level=level)


def bad_in_runs(runs: Iterable[Run], slo: Slo, *, window: float, level: float) -> Estimate:
    """The same of replications of one scenario; a last window that is not full counts too."""
    shares = [broken(run, slo, window, math.floor(_last(run) / window) + 1) for run in runs]
    there = [float(len(share)) for share in shares]
    return share_interval([float(share.sum()) for share in shares], there, level=level)


def broken(run: Run, slo: Slo, window: float, number: int) -> NDArray[np.bool_]:
    """In which of its first windows a Run breaks the limit, shape (number,)."""
    measure, statistic = slo.parts()
    rows = MeasureRows.of(run)
    edges: Floats = np.arange(number + 1, dtype=np.float64) * window
    source = measure.source(rows)
    if measure.kind == "item":
        assert measure.owner is not None, "what items have has an owner"
        came = rows.items["planned"][measure.owner(rows)]
        there = _summed(np.ones(len(came)), came, edges)
        if statistic.quantile is None:
            sums = _summed(source, came, edges)
            return np.asarray((there > 0) & ~keeps(sums, slo.below * there))
        above = _summed(np.asarray(~keeps(source, slo.below), dtype=np.float64), came, edges)
        ranks = [rank_of(statistic.quantile, int(one)) for one in there]
        return np.asarray((above > 0) & (above >= there - np.array(ranks)))
    seconds = np.diff(np.minimum(edges, rows.window))
    if measure.kind == "events":
        ended = _summed(np.ones(len(source)), source, edges)
        return np.asarray((seconds > 0) & ~keeps(ended, slo.below * seconds))
    if statistic == MAXIMUM:
        return np.asarray((seconds > 0) & ~keeps(_greatest(source, edges), slo.below))
    if measure.kind == "presence":
        seconds = time_between((rows.workers["from"], rows.workers["until"]), edges)
    return np.asarray((seconds > 0) & ~keeps(time_between(source, edges), slo.below * seconds))


def time_between(spans: Spans, edges: Floats) -> Floats:
    """The seconds that spans have between each two edges, all together, shape (edges - 1,)."""
    begins, ends = (np.sort(span, kind="stable") for span in spans)
    return np.diff(_since(begins, edges) - _since(ends, edges))


def _in_the_long_run(
    scenario: Scenario, slo: Slo, window: float, level: float, budget: int
) -> Estimate:
    # Users who wait for their answers bring no more than the workers can do.
    most = scenario.stage.workers.number / mean_service(scenario)
    each = window * (scenario.arrivals.mean_rate or most)
    items = min(budget, math.ceil(each * _MOST_WINDOWS))
    runs = -(-items // _MOST_HELD)
    long = scenario.changed({"items": -(-items // runs), "duration": None})
    found = np.concatenate([_full_windows(long, slo, window, one) for one in range(runs)])
    if not len(found):
        needed = math.ceil(each)
        return Estimate(estimate=math.nan, needed_items=needed, warnings=(TOO_FEW,))
    return share_interval(found, np.ones(len(found)), level=level)


def _full_windows(
    scenario: Scenario, slo: Slo, window: float, replication: int
) -> NDArray[np.bool_]:
    run = simulate(scenario, Workload.draw(scenario, replication=replication), engine="fast")
    return broken(run, slo, window, math.floor(_last(run) / window))


def _last(run: Run) -> float:
    """When the last item was to come."""
    return float(np.nanmax(run.items["planned"], initial=0.0))


def _summed(values: Floats, instants: Floats, edges: Floats) -> Floats:
    """The sum of the values that come between each two edges; what comes later is left out."""
    place = np.searchsorted(edges, instants, side="right") - 1
    inside = place < len(edges) - 1
    return np.asarray(
        np.bincount(place[inside], weights=values[inside], minlength=len(edges) - 1),
        dtype=np.float64,
    )


def _since(instants: Floats, edges: Floats) -> Floats:
    """How long ago all instants before an edge are, added up; instants in order."""
    sums = np.append(0.0, np.cumsum(instants))
    before = np.searchsorted(instants, edges)
    return np.asarray(before * edges - sums[before])


def _greatest(spans: Spans, edges: Floats) -> Floats:
    """The greatest number of spans open at once between each two edges."""
    instants, depth = depth_steps(spans)
    found = depth[np.searchsorted(instants, edges[:-1], side="right") - 1].astype(np.float64)
    place = np.searchsorted(edges, instants, side="right") - 1
    inside = place < len(found)
    np.maximum.at(found, place[inside], depth[inside])
    return found
