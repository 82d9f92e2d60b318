"""The page of a comparison: one HTML file, no script, no request to anywhere.

Its sections stand in a fixed order: verdict, table, ladder, queue depth, share above t, run
checks, method.
"""

from __future__ import annotations

from queuetwin.reports.comparison.charts import depth_chart, share_above_chart
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.sections import Sections
from queuetwin.reports.comparison.wording import level_text
from queuetwin.reports.presentation.html import rendered
from queuetwin.reports.presentation.svg import svg
from queuetwin.reports.presentation.wording import measure_title


def comparison_page(comparison: ComparisonResult, sections: Sections, command: str) -> str:
    """The comparison as HTML text; `command` repeats it."""
    figures = {
        title: f"model {model}, real {real}" for title, _, model, real, *_ in sections.differences
    }
    depth = figures.get(measure_title("queue_depth"))
    header = comparison.real[0].header
    return rendered(
        "comparison.html.j2",
        comparison=comparison,
        sections=sections,
        level=level_text(comparison),
        depth_svg=svg(depth_chart(comparison)),
        depth_summary=f"Mean queue depth: {depth}." if depth else "",
        share_svg=svg(share_above_chart(comparison)),
        share_summary="; ".join(f"{title}: {text}" for title, text in list(figures.items())[:3]),
        seed=header.seed,
        command=command or "queuetwin compare FILE",
        provenance=", ".join(f"{key} {value}" for key, value in header.provenance.items()),
    )
