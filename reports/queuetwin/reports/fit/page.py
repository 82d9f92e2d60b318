"""The page of a fit: one HTML file, no script, no request to anywhere."""

from __future__ import annotations

from queuetwin.model.fitting.fitter import Fit
from queuetwin.reports.fit.charts import course_chart, times_chart
from queuetwin.reports.fit.wording import fit_findings, left_out_rows, value_rows, when_text
from queuetwin.reports.presentation.html import rendered
from queuetwin.reports.presentation.svg import svg
from queuetwin.reports.presentation.wording import scenario_text


def fit_page(fit: Fit, command: str) -> str:
    """The fit as HTML text; `command` repeats it."""
    assert fit.scenario is not None
    assert fit.observations is not None
    logged = fit.holdout is not None and fit.holdout.logged
    return rendered(
        "fit.html.j2",
        fit=fit,
        scenario_text=scenario_text(fit.scenario),
        findings=list(fit_findings(fit)),
        values=value_rows(fit),
        left_out=left_out_rows(fit),
        when=when_text(fit),
        course_svg=svg(course_chart(fit)),
        times_svg=svg(times_chart(fit)),
        responses="as logged" if logged else "of the log's own items, served in order",
        text=fit.text,
        command=command,
    )
