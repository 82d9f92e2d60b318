"""Pictures of a fit: the log's course with its window, and its times beside those of the scenario.

The scenario's times are of its own draws, a hundred thousand of them; the log's responses are as
logged or, where it does not show them, those of its own items served in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.engines.fcfs_waits import fcfs_waits
from queuetwin.model.fitting.fitter import Fit
from queuetwin.model.fitting.observations import Observations
from queuetwin.model.language.traffic import backlog_growth
from queuetwin.model.logs.log import SECOND
from queuetwin.model.records.run import Outcome
from queuetwin.reports.presentation.svg import tail_points

_ITEMS = 100_000
_DAY = 86_400
_MOST_RUNS = 20
_MILLISECONDS = 1000
_SHADE, _BARS = "#f3dfc1", "#1f6f8b"
_KINDS = alt.Scale(domain=["service", "response"], range=["#b7791f", "#1f6f8b"])
_SIDES = alt.Scale(domain=["log", "scenario"], range=[[1, 0], [5, 3]])


def course_chart(fit: Fit) -> alt.LayerChart:
    """What came in each step of the log, with the window that was fitted shaded."""
    day = fit.day
    scale = _MILLISECONDS if day.clock else 1

    def place(seconds: float) -> float:
        return (day.begin / SECOND + seconds) * scale

    rows = [
        {
            "begin": place(number * day.step),
            "end": place((number + 1) * day.step),
            "rate": count / day.step,
        }
        for number, count in enumerate(day.counts.tolist())
    ]
    window = [{"begin": fit.window.begin / SECOND * scale, "end": fit.window.end / SECOND * scale}]
    one_day = day.clock and len(day.counts) * day.step <= _DAY
    across = alt.X(
        "begin:T" if day.clock else "begin:Q",
        title="time of the log" if day.clock else "seconds of the log's clock",
        axis=alt.Axis(format="%H:%M") if one_day else alt.Axis(),
        scale=alt.Scale(type="utc" if day.clock else "linear", nice=False),
    )
    shade = alt.Chart(alt.InlineData(values=window)).mark_rect(color=_SHADE)
    bars = alt.Chart(alt.InlineData(values=rows)).mark_rect(color=_BARS)
    height = alt.Y("rate:Q", title="items a second", scale=alt.Scale(zero=True))
    zero = alt.datum(0)
    chart = alt.LayerChart(
        layer=[
            shade.encode(x=across, x2="end"),
            bars.encode(x=across, x2="end", y=height, y2=zero),
        ]
    )
    return chart.properties(width=620, height=200)


def times_chart(fit: Fit) -> alt.Chart:
    """The share of services and responses above t, in the log and in the scenario."""
    assert fit.scenario is not None
    assert fit.observations is not None
    services, responses = _foretold(fit.scenario)
    series = [("service", "log", fit.observations.services), ("service", "scenario", services)]
    if responses is not None:
        series += [
            ("response", "log", seen_responses(fit.observations)),
            ("response", "scenario", responses),
        ]
    rows: list[dict[str, Any]] = [
        {"time": time * _MILLISECONDS, "share": share, "kind": kind, "side": side}
        for kind, side, times in series
        for time, share in tail_points(times)
    ]
    logarithmic = alt.Scale(type="log", nice=False)
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=1.8, clip=True)
        .encode(
            x=alt.X("time:Q", title="t, ms", scale=logarithmic),
            y=alt.Y(
                "share:Q", title="share above t", scale=logarithmic, axis=alt.Axis(format="~%")
            ),
            color=alt.Color("kind:N", title=None, scale=_KINDS),
            strokeDash=alt.StrokeDash("side:N", title=None, scale=_SIDES),
        )
        .properties(width=620, height=300)
    )
    return chart


def seen_responses(seen: Observations) -> NDArray[np.float64]:
    """Responses of the log in seconds; of its items served in order where it shows none."""
    if not np.isnan(seen.waits).any():
        return seen.waits + seen.services
    count = min(len(seen.arrivals), len(seen.services))
    waits = fcfs_waits(seen.arrivals[:count], seen.services[:count], seen.workers)
    return waits + seen.services[:count]


def _foretold(scenario: Scenario) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Services and responses of the scenario; no responses where its backlog grows for ever."""
    if scenario.items is not None:
        scenario = scenario.changed({"items": max(_ITEMS, scenario.items)})
    grows = backlog_growth(scenario) is not None
    parts = list(_runs(scenario, grows=grows))
    services, responses = (np.concatenate(one) for one in zip(*parts, strict=True))
    return services, None if grows else responses


def _runs(
    scenario: Scenario, *, grows: bool
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    count = 0
    for replication in range(_MOST_RUNS):
        workload = Workload.draw(scenario, replication=replication)
        services = workload.all().demand[0]
        responses = np.empty(0)
        if not grows:
            run = simulate(scenario, workload, engine="fast")
            done = run.items["outcome"] == Outcome.COMPLETED
            responses = (run.items["finished"] - run.items["planned"])[done]
        yield services, responses
        count += len(services)
        if count >= _ITEMS:
            return
