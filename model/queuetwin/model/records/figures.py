"""One figure of one Run, exactly: no histogram, no interval.

A population's average is the time that its members spent in it over the window (Little's law),
its greatest number a count of beginnings less ends; a quantile is an order statistic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.records.measures import Measure, MeasureRows, Spans
from queuetwin.model.records.run import Run
from queuetwin.model.statistics.quantiles import rank_of
from queuetwin.model.statistics.statistic import Statistic


def statistic_of(run: Run, measure: Measure, statistic: str) -> float:
    """One figure of a Run; NaN where the Run does not speak of it."""
    return figures_of(MeasureRows.of(run), measure, (statistic,))[statistic]


def figures_of(rows: MeasureRows, measure: Measure, statistics: Sequence[str]) -> dict[str, float]:
    """Several figures of one measure, from the rows of a whole Run."""
    source = measure.source(rows)
    if measure.kind == "item":
        return _of_values(source, statistics)
    if rows.window == 0:
        return dict.fromkeys(statistics, math.nan)
    if measure.kind == "events":
        return {"mean": len(source) / rows.window}
    begins, ends = source
    seconds = rows.window
    if measure.kind == "presence":
        seconds = rows.presence or seconds
    found = {"mean": float((ends - begins).sum()) / seconds}
    return found | {"max": float(_most_at_once(source))} if "max" in statistics else found


def share_above(run: Run, measure: Measure, limit: float) -> float:
    """The share of a Run's values of an item measure above a limit; NaN without values."""
    values = measure.source(MeasureRows.of(run))
    return float((values > limit).mean()) if len(values) else math.nan


def depth_steps(spans: Spans) -> tuple[Floats, NDArray[np.int64]]:
    """How many spans are open: instants and the number from each on, both shape (2 spans,).

    At one instant ends come before beginnings, so an empty span counts for nothing.
    """
    begins, ends = spans
    real = ends > begins
    instants = np.concatenate([ends[real], begins[real]])
    change = np.repeat(np.array([-1, 1]), real.sum())
    order = np.argsort(instants, kind="stable")
    instants, depth = instants[order], np.cumsum(change[order])
    return np.append(0.0, instants), np.append(0, depth)


def _of_values(values: Floats, statistics: Sequence[str]) -> dict[str, float]:
    if not len(values):
        return dict.fromkeys(statistics, math.nan)
    quantiles = {name: Statistic(name).quantile for name in statistics}
    ranks = {
        name: rank_of(quantile, len(values))
        for name, quantile in quantiles.items()
        if quantile is not None
    }
    if ranks:
        ordered = np.partition(values, sorted(set(ranks.values())))
    return {
        name: float(ordered[ranks[name]] if name in ranks else values.mean()) for name in statistics
    }


def _most_at_once(spans: Spans) -> int:
    begins, ends = spans
    real = ends > begins
    # Both are nearly in order, which a stable sort is quick with.
    begun, ended = (np.sort(span[real], kind="stable") for span in spans)
    open_after = np.arange(1, len(begun) + 1) - np.searchsorted(ended, begun, side="right")
    return int(open_after.max(initial=0))
