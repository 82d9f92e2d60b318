"""Pictures of a sweep: curves with bands over one key, a map over two.

Cells that do not keep up have no steady figures, so they are grey and say that the queue grows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.base.units import parse_duration, parse_rate
from queuetwin.model.language.axes import Axis
from queuetwin.model.sweeping.sweeper import Sweep
from queuetwin.model.validity.checks import Trust
from queuetwin.reports.presentation.phrases import growth_word
from queuetwin.reports.presentation.svg import svg
from queuetwin.reports.presentation.wording import measure_title
from queuetwin.reports.sweep.measured_runs import Measured
from queuetwin.reports.sweep.wording import figure_of, shown_measure, shown_scale, value_text

_STATISTICS = ("mean", "p95", "p99")
_COLOURS = alt.Scale(domain=list(_STATISTICS), range=["#1f6f8b", "#b7791f", "#d1495b"])
_CURVES, _MAP = 1, 2
_WIDE = 20
_MOST_LABELS = 200
_LETTER = 7
_GREY, _DARK, _LIGHT = "#d8dde2", "#1b1f23", "#ffffff"
_BLUES = ["#eaf2f7", "#4f9bbd"]
_LOOKS: dict[str, dict[str, Any]] = {
    "real": {"shape": "diamond", "size": 130, "filled": True},
    "disturbed": {"shape": "diamond", "size": 130, "filled": False, "fill": "white"},
    "model": {"shape": "stroke", "size": 170, "strokeWidth": 2},
}
# A colour up to so many doublings from the limit is pale enough for dark letters.
_PALE = 1.2
_MS = 1000
_TIMES = (
    "datum.value == 0 ? 'at the limit' : datum.value == -2 ? 'a quarter' : datum.value == -1 ? "
    "'half' : datum.value == 1 ? 'double' : '4 times or more'"
)
# Of a colour: how many doublings from the limit, and the least figure that has one.
_FARTHEST, _LEAST = 2.0, 1e-12


def sweep_chart(sweep: Sweep, measured: Sequence[Measured] = ()) -> alt.LayerChart | None:
    """Curves over one key, a map over two; None over more, or where no cell keeps up."""
    if all(cell.judgement.summary is None for cell in sweep.cells):
        return None
    if len(sweep.axes) == _CURVES:
        return _curves_chart(sweep, measured)
    return _map_chart(sweep) if len(sweep.axes) == _MAP else None


def sweep_picture(sweep: Sweep, measured: Sequence[Measured] = ()) -> str:
    """The chart alone, as SVG text on white; raises ScenarioError where there is none."""
    chart = sweep_chart(sweep, measured)
    if chart is None:
        message = "a picture needs one or two keys, and a combination that keeps up: use .html"
        raise ScenarioError([Problem(key="-o", value=".svg", message=message)])
    return svg(chart, background="white")


def _curves_chart(sweep: Sweep, measured: Sequence[Measured] = ()) -> alt.LayerChart:
    """Mean, p95 and p99 of the response time against the key, with the range of each.

    What was `measured` in real runs lies on it as diamonds, hollow where a run was disturbed; a
    bar is what the model says of the same items.
    """
    axis = sweep.axes[0]
    numbers, unit = _numbers(axis)
    places: list[Any] = [value_text(value) for value in axis.values] if numbers is None else numbers
    place_of = dict(zip(axis.values, places, strict=True))
    rows, growing = _curve_rows(sweep, place_of)
    across = alt.X(
        "place:O" if numbers is None else "place:Q",
        title=f"{axis.key}, {unit}" if unit else axis.key,
        sort=None,
        axis=alt.Axis(grid=False, labelAngle=0),
        scale=alt.Undefined if numbers is None else alt.Scale(zero=False, nice=False, padding=12),
    )
    values = [float(row["figure"]) for row in rows]
    wide = bool(values) and max(values) > _WIDE * max(min(values), 1e-9)
    height: dict[str, Any] = {
        "title": "response time, ms",
        "scale": alt.Scale(type="log" if wide else "linear"),
    }
    colour = alt.Color(
        "statistic:N",
        title=None,
        scale=_COLOURS,
        legend=alt.Legend(symbolOpacity=1, symbolType="stroke", symbolStrokeWidth=3),
    )
    base = _data(rows).encode(x=across, color=colour)
    ranges: dict[str, Any] = {"y": alt.Y("low:Q", **height), "y2": "high:Q"}
    figure = alt.Y("figure:Q", **height)
    layers: list[Any] = [_grown(growing, across)] if growing else []
    if numbers is not None:
        layers.append(base.mark_area(opacity=0.3).encode(**ranges))
        layers.append(base.mark_line(strokeWidth=1.8).encode(y=figure))
    layers.append(base.mark_rule(strokeWidth=1.6).encode(**ranges))
    for ranged, dot in ((True, {"filled": True}), (False, {"filled": False, "fill": "white"})):
        some = base.transform_filter(alt.datum.ranged == ranged)
        layers.append(some.mark_point(size=34, opacity=1, **dot).encode(y=figure))
    ran = _data(_ran_rows(sweep, measured, place_of)).encode(x=across, color=colour)
    for side, look in _LOOKS.items():
        some = ran.transform_filter(alt.datum.side == side)
        layers.append(some.mark_point(opacity=1, **look).encode(y=figure))
    chart = alt.LayerChart(layer=[*layers, *_limits(sweep)])
    return chart.properties(width=620, height=320)


def _curve_rows(
    sweep: Sweep, places: dict[Any, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The figures in ms, and where the queue grows."""
    rows, growing = [], []
    for cell in sweep.cells:
        place = {"place": places[cell.changes[sweep.axes[0].key]]}
        if cell.judgement.summary is None:
            growing.append(place)
        for statistic in _STATISTICS:
            figure = figure_of(cell, f"response_time.{statistic}")
            if math.isnan(figure.estimate):
                continue
            shown: dict[str, Any] = {"figure": figure.estimate * _MS, "ranged": False}
            if not math.isnan(figure.low):
                shown = {
                    **shown,
                    "low": figure.low * _MS,
                    "high": figure.high * _MS,
                    "ranged": True,
                }
            rows.append({**place, **shown, "statistic": statistic})
    return rows, growing


def _ran_rows(
    sweep: Sweep, measured: Sequence[Measured], places: dict[Any, Any]
) -> list[dict[str, Any]]:
    """What real runs gave, and the model on the same items."""
    return [
        {
            "place": places[one.changes[sweep.axes[0].key]],
            "figure": summary.measures["response_time"][statistic].estimate * _MS,
            "statistic": statistic,
            "side": side,
        }
        for one in measured
        for side, summary in (
            ("real" if one.trust is Trust.VALID else "disturbed", one.real),
            ("model", one.model),
        )
        for statistic in _STATISTICS
        if "response_time" in summary.measures
    ]


def _map_chart(sweep: Sweep) -> alt.LayerChart:
    """One figure over two keys; with an SLO, blue keeps it and red does not."""
    down, across = sweep.axes
    known, growing = _map_rows(sweep)
    domains = (
        [value_text(value) for value in across.values],
        [value_text(value) for value in down.values],
    )
    wide = max(24, min(46, 620 // len(across.values)))
    upright = max(map(len, domains[0])) * _LETTER > wide
    x = alt.X(
        "across:O",
        title=across.key,
        scale=alt.Scale(domain=domains[0]),
        axis=alt.Axis(labelAngle=-90 if upright else 0),
    )
    y = alt.Y("down:O", title=down.key, scale=alt.Scale(domain=domains[1][::-1]))
    layers: list[Any] = [_data(growing).mark_rect(color=_GREY)] if growing else []
    layers.append(_data(known).mark_rect().encode(color=_map_colour(sweep, known)))
    if len(sweep.cells) <= _MOST_LABELS:
        for ink in (_DARK, _LIGHT):
            rows = [row for row in known + growing if row["ink"] == ink]
            layers.append(_data(rows).mark_text(fontSize=9, color=ink).encode(text="said:N"))
    chart = alt.LayerChart(layer=[layer.encode(x=x, y=y) for layer in layers])
    return chart.properties(width=wide * len(across.values), height=26 * len(down.values))


def _map_rows(sweep: Sweep) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The figure of each cell, and how many doublings it is from the limit; those that grow."""
    name, (down, across) = shown_measure(sweep), sweep.axes
    scale, _ = shown_scale(sweep)
    limit = sweep.scenario.slo[0].below if sweep.scenario.slo else 0.0
    known, growing = [], []
    for cell in sweep.cells:
        row: dict[str, Any] = {
            "down": value_text(cell.changes[down.key]),
            "across": value_text(cell.changes[across.key]),
        }
        figure = figure_of(cell, name).estimate
        if cell.judgement.summary is None:
            growing.append({**row, "said": growth_word(cell.judgement), "ink": _DARK})
        elif not math.isnan(figure):
            doublings = math.log2(max(figure, _LEAST) / limit) if limit else 0.0
            row["doublings"] = min(max(doublings, -_FARTHEST), _FARTHEST)
            row["ink"] = _LIGHT if abs(row["doublings"]) > _PALE else _DARK
            known.append({**row, "figure": figure * scale, "said": f"{figure * scale:,.3g}"})
    return known, growing


def _map_colour(sweep: Sweep, known: list[dict[str, Any]]) -> alt.Color:
    title = measure_title(shown_measure(sweep)) + shown_scale(sweep)[1]
    if sweep.scenario.slo and sweep.scenario.slo[0].below:
        return alt.Color(
            "doublings:Q",
            title=[title, "colour: by the limit"],
            scale=alt.Scale(scheme="redblue", reverse=True, domain=[-_FARTHEST, _FARTHEST]),
            legend=alt.Legend(values=[-2, -1, 0, 1, 2], labelExpr=_TIMES),
        )
    figures = [row["figure"] for row in known if row["figure"] > 0]
    wide = bool(figures) and max(figures) > _WIDE * min(figures)
    scale = alt.Scale(range=_BLUES, type="log" if wide else "linear")
    return alt.Color("figure:Q", title=title, scale=scale)


def _data(rows: list[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=rows))


def _grown(rows: list[dict[str, Any]], across: alt.X) -> alt.Chart:
    """A grey stroke where the queue grows, as high as the picture."""
    chart: alt.Chart = _data(rows).mark_rule(color=_GREY, strokeWidth=14).encode(x=across)
    return chart


def _limits(sweep: Sweep) -> list[alt.LayerChart]:
    rows = [
        {"limit": slo.below * _MS, "said": f"SLO {slo.parts()[1]} < {slo.limit_text()}"}
        for slo in sweep.scenario.slo
        if slo.measure.startswith("response_time") and slo.below
    ]
    if not rows:
        return []
    rule = _data(rows).mark_rule(strokeDash=[5, 3], color="#222").encode(y="limit:Q")
    said = _data(rows).mark_text(align="left", dx=4, dy=-6, fontSize=10, color="#222")
    return [alt.LayerChart(layer=[rule, said.encode(y="limit:Q", x=alt.value(0), text="said:N")])]


def _numbers(axis: Axis) -> tuple[list[float] | None, str]:
    """Where the values lie on a scale, and its unit; None where they are words."""
    if all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in axis.values
    ):
        return [float(value) for value in axis.values], ""
    for parse, scale, unit in ((parse_rate, 1, "per second"), (parse_duration, _MS, "ms")):
        try:
            return [parse(value) * scale for value in axis.values], unit
        except ValueError:
            continue
    return None, ""
