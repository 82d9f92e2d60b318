"""The page of a comparison: one HTML file, no script, no request to anywhere.

Sections are fixed: verdict, table, ladder, queue depth, share above t, run checks, method.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from queuetwin.reports.charts import depth_chart, share_above_chart, svg
from queuetwin.reports.wording import (
    allowed_text,
    figure_text,
    findings,
    ladder_lines,
    measure_title,
    off_text,
    scenario_text,
)

if TYPE_CHECKING:
    from queuetwin.reports.comparison import Comparison

__all__ = ["comparison_page"]


def comparison_page(found: Comparison, command: str) -> str:
    """The comparison as HTML text; `command` repeats it."""
    source = (files("queuetwin.reports") / "templates" / "comparison.html.j2").read_text("utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
    rows = [
        {
            "title": measure_title(one.measure),
            "theory": figure_text(one.measure, one.theory),
            "model": figure_text(one.measure, one.nominal),
            "real": figure_text(one.measure, one.real),
            "off": off_text(one),
            "allowed": allowed_text(one),
            "verdict": one.verdict.value,
        }
        for one in found.differences
    ]
    depth = next((row for row in rows if row["title"] == "queue depth"), None)
    return template.render(
        found=found,
        scenario_text=scenario_text(found.scenario),
        findings=findings(found),
        rows=rows,
        ladder=ladder_lines(found),
        depth_svg=svg(depth_chart(found)),
        depth_summary=(
            f"Mean queue depth: model {depth['model']}, real {depth['real']}." if depth else ""
        ),
        share_svg=svg(share_above_chart(found)),
        share_summary="; ".join(
            f"{row['title']}: model {row['model']}, real {row['real']}" for row in rows[:3]
        ),
        seed=found.real[0].header.seed,
        command=command or "queuetwin compare FILE",
        provenance=", ".join(
            f"{key} {value}" for key, value in found.real[0].header.provenance.items()
        ),
    )
