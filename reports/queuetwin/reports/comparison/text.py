"""A comparison as terminal text and as GitHub-flavoured Markdown: the same words and figures."""

from __future__ import annotations

from queuetwin.model.validity.checks import Trust
from queuetwin.reports.comparison.ladder import ladder_lines
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.wording import difference_cells, difference_headings, findings
from queuetwin.reports.presentation.text import table
from queuetwin.reports.presentation.wording import scenario_text

__all__ = ["comparison_markdown", "comparison_text"]


def comparison_markdown(found: ComparisonResult) -> str:
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


def comparison_text(found: ComparisonResult) -> str:
    """Verdict, table, ladder, run checks."""
    words = findings(found)
    width = max(len(word) for word, _ in words)
    parts = ["\n".join(f" {word.ljust(width)}  {text}" for word, text in words), ""]
    rows = [difference_headings(found), *map(difference_cells, found.differences)]
    parts += [table(rows)]
    if ladder := ladder_lines(found):
        parts += ["", " From formula to reality (mean response, ms)"]
        parts += [f"   {value:>8}  {text}" for value, text in ladder]
    parts += ["", run_checks_text(found)]
    return "\n".join(parts)


def run_checks_text(found: ComparisonResult) -> str:
    """One line when all is well, otherwise each reason."""
    checks = [check for one in found.certificates for check in one.checks]
    passed = sum(check.trust is Trust.VALID for check in checks)
    worst = max(found.certificates, key=lambda one: one.trust.badness)
    lines = [f" RUN CHECKS {passed} of {len(checks)}: {_lateness(found)}"]
    lines += [f"   {worst.trust.value.lower()}: {reason}" for reason in worst.reasons]
    return "\n".join(lines)


def _lateness(found: ComparisonResult) -> str:
    late = [check.figure for check in found.certificates[0].checks if "late" in check.name]
    return "; ".join(late) or "no item was sent"
