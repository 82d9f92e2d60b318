"""The page of a comparison: one HTML file, no script, no request to anywhere.

Sections are fixed: verdict, table, ladder, queue depth, share above t, run checks, method.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined

from queuetwin.reports.charts import depth_chart, share_above_chart, svg
from queuetwin.reports.comparison_wording import (
    difference_cells,
    difference_headings,
    findings,
    level_text,
)
from queuetwin.reports.ladder import ladder_lines
from queuetwin.reports.wording import measure_title, scenario_text

if TYPE_CHECKING:
    from queuetwin.reports.comparison import Comparison

__all__ = ["comparison_page", "rendered"]


def comparison_page(found: Comparison, command: str) -> str:
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


def rendered(template: str, **values: Any) -> str:
    """A template of this package with the common style, filled in; text is escaped."""
    folder = files("queuetwin.reports") / "templates"
    source = (folder / template).read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    style = (folder / "style.css").read_text("utf-8")
    return environment.from_string(source).render(style=style, **values)
