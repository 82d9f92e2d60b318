"""The page of a fit: one HTML file, no script, no request to anywhere."""

from __future__ import annotations

from queuetwin.model.fitting.fitter import Fit
from queuetwin.reports.fit.charts import course_chart, times_chart
from queuetwin.reports.fit.wording import fit_findings, left_out_rows, value_rows, when_text
from queuetwin.reports.presentation.html import rendered
from queuetwin.reports.presentation.svg import svg
from queuetwin.reports.presentation.wording import scenario_text

__all__ = ["fit_page"]


def fit_page(found: Fit, command: str) -> str:
    """The fit as HTML text; `command` repeats it."""
    assert found.scenario is not None
    assert found.observations is not None
    logged = found.holdout is not None and found.holdout.logged
    return rendered(
        "fit.html.j2",
        found=found,
        scenario_text=scenario_text(found.scenario),
        findings=list(fit_findings(found)),
        values=value_rows(found),
        left_out=left_out_rows(found),
        when=when_text(found),
        course_svg=svg(course_chart(found)),
        times_svg=svg(times_chart(found)),
        responses="as logged" if logged else "of the log's own items, served in order",
        text=found.text,
        command=command,
    )
