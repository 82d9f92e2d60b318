"""The page of a sweep: one HTML file, no script, no request to anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from queuetwin.model.sweeping.sweeper import Sweep
from queuetwin.reports.presentation.html import rendered
from queuetwin.reports.presentation.svg import svg
from queuetwin.reports.presentation.wording import measure_title, scenario_text
from queuetwin.reports.sweep.charts import sweep_chart
from queuetwin.reports.sweep.measured_runs import Measured, measured_rows
from queuetwin.reports.sweep.wording import shown_measure, sweep_findings, sweep_rows


def sweep_page(sweep: Sweep, command: str, measured: Sequence[Measured] = ()) -> str:
    """The sweep, and what was measured on it, as HTML text; `command` repeats it."""
    keys = " and ".join(axis.key for axis in sweep.axes)
    chart = sweep_chart(sweep, measured)
    title, caption = f"Response time by {keys}", ""
    if chart is not None and len(sweep.axes) == 1:
        caption = (
            "Each point with its range, which is often too small to see; a hollow one needs more "
            "items for a range. Grey: the pool does not keep up. A dashed line is a limit."
        )
        if measured:
            caption += (
                " Diamonds: real threads, hollow where the run was disturbed; a bar is what the "
                "model says of the same items."
            )
    elif chart is not None:
        title = f"{measure_title(shown_measure(sweep)).capitalize()} by {keys}"
        caption = "Grey: the pool does not keep up." + (
            " Blue keeps the limit, red does not, and the paler the nearer to it."
            if sweep.scenario.slo
            else ""
        )
    return rendered(
        "sweep.html.j2",
        sweep=sweep,
        scenario_text=scenario_text(sweep.scenario),
        findings=list(sweep_findings(sweep)),
        rows=sweep_rows(sweep),
        measured=measured_rows(sweep, measured) if measured else [],
        axes=len(sweep.axes),
        chart_svg="" if chart is None else svg(chart),
        chart_title=title,
        caption=caption,
        command=command,
        provenance=", ".join(f"{name} {text}" for name, text in sweep.made_by.items()),
    )
