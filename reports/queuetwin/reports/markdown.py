"""A comparison as GitHub-flavoured Markdown: the same words and figures as on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queuetwin.reports.comparison_wording import difference_cells, difference_headings, findings
from queuetwin.reports.ladder import ladder_lines
from queuetwin.reports.wording import scenario_text

if TYPE_CHECKING:
    from queuetwin.reports.comparison import Comparison

__all__ = ["comparison_markdown"]


def comparison_markdown(found: Comparison) -> str:
    """Verdict, table, ladder and run checks."""
    lines = [f"# {found.scenario.name}", "", scenario_text(found.scenario), ""]
    lines += [f"- **{word}** {text}" for word, text in findings(found)]
    headings = difference_headings(found)
    rule = ["---", *["---:"] * (len(headings) - 2), "---"]
    lines += ["", f"| {' | '.join(headings)} |", f"|{'|'.join(rule)}|"]
    lines += [f"| {' | '.join(difference_cells(one))} |" for one in found.differences]
    lines += ["", "From formula to reality (mean response, ms):", "", "| ms | |", "|---:|---|"]
    lines += [f"| {value} | {text} |" for value, text in ladder_lines(found)]
    checks = found.certificates[0].checks
    lines += ["", "Run checks of the first run:", ""]
    lines += [f"- {check.trust.value.lower()}: {check.figure}" for check in checks]
    return "\n".join(lines) + "\n"
