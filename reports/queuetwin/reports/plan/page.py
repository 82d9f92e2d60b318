"""The page of a plan: one HTML file, no script, no request to anywhere."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt

from queuetwin.model.planning.planner import Plan
from queuetwin.model.records.measures import parse_statistic
from queuetwin.reports.plan.tables import plan_rows, setting_rows, what_if_rows
from queuetwin.reports.plan.thread_checks import TAIL, ThreadCheck, checks_rows
from queuetwin.reports.plan.wording import plan_assumptions, plan_findings
from queuetwin.reports.presentation.html import rendered
from queuetwin.reports.presentation.svg import svg
from queuetwin.reports.presentation.wording import measure_title, scenario_text

_COLOURS = alt.Scale(domain=["MET", "UNDECIDED", "MISSED"], range=["#1a7f4b", "#8a5a00", "#b3261e"])
_BEYOND = 10
_HALF = 0.5


def plan_page(plan: Plan, command: str, checks: Sequence[ThreadCheck] = ()) -> str:
    """The plan as HTML text; `command` repeats it."""
    points = _points(plan)
    limit = plan.slos[0]
    best = "none" if plan.winner is None else f"{plan.winner}"
    return rendered(
        "plan.html.j2",
        plan=plan,
        decision=plan.decision.value,
        scenario_text=scenario_text(plan.scenario),
        findings=[*plan_findings(plan), *plan_assumptions(plan)],
        rows=plan_rows(plan),
        settings=setting_rows(plan),
        worlds=what_if_rows(plan),
        checks=checks_rows(checks),
        tail=TAIL,
        things="machines" if plan.key == "workers.machines" else "workers",
        chart_title=measure_title(limit.measure),
        chart_summary=f"The least that keeps every limit: {best}."
        + (" Grey: what a hundred such logs say." if plan.of_logs else ""),
        chart_svg=svg(_chart(plan, points)) if points else "",
        command=command,
    )


def _points(plan: Plan) -> list[dict[str, float | str]]:
    """The first limit's figure by number, as far as it is on the scale of the limit."""
    rows: list[dict[str, float | str]] = []
    for number, judged in plan.tried.items():
        for limit in judged.limits[:1]:
            figure = limit.figure
            if figure.estimate > _BEYOND * limit.slo.below:
                continue
            low, high = (
                figure.estimate if math.isnan(one) else one for one in (figure.low, figure.high)
            )
            scale = 1000 if parse_statistic(limit.slo.measure)[0].unit == "seconds" else 1
            rows.append(
                {
                    "number": number,
                    "figure": figure.estimate * scale,
                    "decision": judged.decision.value,
                    "low": low * scale,
                    "high": high * scale,
                }
            )
    return rows


def _chart(plan: Plan, points: list[dict[str, float | str]]) -> alt.LayerChart:
    limit = plan.slos[0]
    in_ms = parse_statistic(limit.measure)[0].unit == "seconds"
    title = measure_title(limit.measure) + (", ms" if in_ms else "")
    things = "machines" if plan.key == "workers.machines" else "workers"
    across = alt.X(
        "number:Q",
        title=things,
        axis=alt.Axis(values=sorted(map(float, plan.tried)), format="d"),
        scale=alt.Scale(zero=False),
    )
    colour = alt.Color("decision:N", scale=_COLOURS, title="limit")
    base = alt.Chart(alt.Data(values=points))  # type: ignore[no-untyped-call]
    line = base.mark_line(color="#9aa4ad").encode(x=across, y=alt.Y("figure:Q", title=title))
    ranges = base.mark_rule(strokeWidth=2).encode(x=across, y="low:Q", y2="high:Q", color=colour)
    dots = base.mark_circle(size=70, opacity=1).encode(x=across, y="figure:Q", color=colour)
    below = [{"limit": limit.below * (1000 if in_ms else 1)}]
    rule = alt.Chart(alt.Data(values=below)).mark_rule(strokeDash=[5, 3]).encode(y="limit:Q")  # type: ignore[no-untyped-call]
    layers = [line, ranges, dots, rule]
    if plan.of_logs:
        layers.insert(0, _said_by_logs(plan))
    chart = alt.LayerChart(layer=layers)
    return chart.properties(width=620, height=300)


def _said_by_logs(plan: Plan) -> alt.Chart:
    """A grey band over the numbers that a hundred such logs say."""
    numbers = sorted(plan.of_logs)
    band = [{"from": numbers[0] - _HALF, "to": numbers[-1] + _HALF}]
    base: alt.Chart = alt.Chart(alt.Data(values=band))  # type: ignore[no-untyped-call]
    grey: alt.Chart = base.mark_rect(color="#9aa4ad", opacity=0.2).encode(x="from:Q", x2="to:Q")
    return grey
