"""The charts of a comparison: queue depth over time, and the share of items above t."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import altair as alt
import numpy as np

from queuetwin.model.records.figures import depth_steps
from queuetwin.model.records.measures import MEASURES, MeasureRows
from queuetwin.model.records.run import Run
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.presentation.svg import tail_points

_STEPS = 300
_WINDOW_S = 30.0
# Colour and dashes of each side.
_SIDES = {
    "model": ("#1f6f8b", [1, 0]),
    "real": ("#d1495b", [5, 2]),
    "observed": ("#5b6570", [2, 2]),
}


def depth_chart(comparison: ComparisonResult) -> alt.Chart:
    """Queue depth over time, first run: the model over the real run, on the same items."""
    model, real = comparison.model_levels.models[0], comparison.real[0]
    end = min(real.header.window, _WINDOW_S)
    rows = [
        {"time": float(when), "depth": float(depth), "side": side}
        for side, run in (("model", model), ("real", real))
        for when, depth in _depth(run, end)
    ]
    return _lines(
        rows,
        alt.X("time:Q", title="seconds from the start", scale=alt.Scale(domain=[0, end])),
        alt.Y("depth:Q", title="items waiting in the queue (mean of each step)"),
        "step-after",
    )


def share_above_chart(comparison: ComparisonResult) -> alt.Chart | alt.LayerChart:
    """The share of items whose response time is above t, both axes logarithmic, all runs."""
    rows = [
        {"time": float(when * 1000), "share": float(share), "side": side}
        for side, runs in _sides(comparison).items()
        for when, share in _tail(runs)
    ]
    lines = _lines(
        rows,
        alt.X("time:Q", title="response time t, ms", scale=alt.Scale(type="log")),
        alt.Y(
            "share:Q",
            title="share of items above t",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(format="%"),
        ),
        "linear",
    )
    limits = [
        {
            "time": measured.slo.below * 1000,
            "share": measured.allowed,
            "slo": f"SLO {measured.slo.measure}",
        }
        for measured in comparison.limits
        if measured.slo.measure.startswith("response_time.p")
    ]
    if not limits:
        return lines
    crosses = (
        alt.Chart(alt.InlineData(values=limits))
        .mark_point(shape="cross", size=140, filled=True, color="#222", angle=45)
        .encode(x="time:Q", y="share:Q")
    )
    return alt.LayerChart(layer=[lines, crosses])


def _sides(comparison: ComparisonResult) -> dict[str, tuple[Run, ...]]:
    observed = {} if comparison.observed is None else {"observed": (comparison.observed.run,)}
    return {"model": comparison.model_levels.models, "real": comparison.real, **observed}


def _lines(rows: list[dict[str, Any]], x: alt.X, y: alt.Y, interpolate: Any) -> alt.Chart:
    sides = list(dict.fromkeys(row["side"] for row in rows))
    colours = alt.Scale(domain=sides, range=[_SIDES[side][0] for side in sides])
    dashes = alt.Scale(domain=sides, range=[_SIDES[side][1] for side in sides])
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(interpolate=interpolate, strokeWidth=1.6, opacity=0.9)
        .encode(
            x=x,
            y=y,
            color=alt.Color("side:N", title=None, scale=colours),
            strokeDash=alt.StrokeDash("side:N", title=None, scale=dashes),
        )
        .properties(width=620, height=240)
    )
    return chart


def _depth(run: Run, end: float) -> Iterator[tuple[float, float]]:
    """The mean depth of each of equal steps: blinks of a wake-up do not look like a queue."""
    instants, depth = depth_steps(MEASURES["queue_depth"].source(MeasureRows.of(run)))
    area = np.append(0.0, np.cumsum(np.diff(instants) * depth[:-1]))
    edges = np.linspace(0.0, end, _STEPS + 1)
    means = np.diff(np.interp(edges, instants, area)) / np.diff(edges)
    yield from zip(edges[:-1].tolist(), means.tolist(), strict=True)


def _tail(runs: tuple[Run, ...]) -> Iterator[tuple[float, float]]:
    measure = MEASURES["response_time"]
    return tail_points(np.concatenate([measure.source(MeasureRows.of(run)) for run in runs]))
