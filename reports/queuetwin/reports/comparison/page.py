"""The page of a comparison: one HTML file, no script, no request to anywhere.

Sections are fixed: verdict, table, ladder, queue depth, share above t, run checks, method.
"""

from __future__ import annotations

from queuetwin.reports.comparison.charts import depth_chart, share_above_chart
from queuetwin.reports.comparison.ladder import ladder_lines
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.wording import (
    difference_cells,
    difference_headings,
    findings,
    level_text,
)
from queuetwin.reports.presentation.html import rendered
from queuetwin.reports.presentation.svg import svg
from queuetwin.reports.presentation.wording import measure_title, scenario_text

__all__ = ["comparison_page"]


def comparison_page(found: ComparisonResult, command: str) -> str:
    """The comparison as HTML text; `command` repeats it."""
    rows = [difference_cells(one) for one in found.differences]
    said = {title: f"model {model}, real {real}" for title, _, model, real, *_ in rows}
    depth = said.get(measure_title("queue_depth"))
    return rendered(
        "comparison.html.j2",
        found=found,
        scenario_text=scenario_text(found.scenario),
        findings=findings(found),
        headings=difference_headings(found)[1:],
        rows=rows,
        level=level_text(found),
        ladder=ladder_lines(found),
        depth_svg=svg(depth_chart(found)),
        depth_summary=f"Mean queue depth: {depth}." if depth else "",
        share_svg=svg(share_above_chart(found)),
        share_summary="; ".join(f"{title}: {text}" for title, text in list(said.items())[:3]),
        seed=found.real[0].header.seed,
        command=command or "queuetwin compare FILE",
        provenance=", ".join(
            f"{key} {value}" for key, value in found.real[0].header.provenance.items()
        ),
    )
