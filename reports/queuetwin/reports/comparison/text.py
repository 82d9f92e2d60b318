"""A comparison as terminal text and as GitHub-flavoured Markdown: the same sections."""

from __future__ import annotations

from collections.abc import Sequence

from queuetwin.model.validity.certificate import Certificate
from queuetwin.model.validity.checks import Trust
from queuetwin.reports.comparison.sections import Sections
from queuetwin.reports.presentation.text import table


def comparison_markdown(sections: Sections) -> str:
    """Verdict, table, ladder and run checks."""
    headings, first_run = sections.headings, sections.run_checks[0]
    rule = ["---", *["---:"] * (len(headings) - 2), "---"]
    lines = [
        f"# {sections.name}",
        "",
        sections.scenario,
        "",
        *(f"- **{word}** {text}" for word, text in sections.findings),
        "",
        f"| {' | '.join(headings)} |",
        f"|{'|'.join(rule)}|",
        *(f"| {' | '.join(cells)} |" for cells in sections.differences),
        "",
        "From formula to reality (mean response, ms):",
        "",
        "| ms | |",
        "|---:|---|",
        *(f"| {value} | {text} |" for value, text in sections.ladder),
        "",
        "Run checks of the first run:",
        "",
        *(f"- {check.trust.value.lower()}: {check.figure}" for check in first_run.checks),
    ]
    return "\n".join(lines) + "\n"


def comparison_text(sections: Sections) -> str:
    """Verdict, table, ladder, run checks."""
    width = max(len(word) for word, _ in sections.findings)
    lines = [f" {word.ljust(width)}  {text}" for word, text in sections.findings]
    lines += ["", table([sections.headings, *sections.differences])]
    if sections.ladder:
        lines += ["", " From formula to reality (mean response, ms)"]
        lines += [f"   {value:>8}  {text}" for value, text in sections.ladder]
    return "\n".join([*lines, "", *_run_checks(sections.run_checks)])


def _run_checks(certificates: Sequence[Certificate]) -> list[str]:
    """One line when all is well, otherwise each reason."""
    checks = [check for certificate in certificates for check in certificate.checks]
    passed = sum(check.trust is Trust.VALID for check in checks)
    worst = max(certificates, key=lambda certificate: certificate.trust.badness)
    late = [check.figure for check in certificates[0].checks if "late" in check.name]
    return [
        f" RUN CHECKS {passed} of {len(checks)}: {'; '.join(late) or 'no item was sent'}",
        *(f"   {worst.trust.value.lower()}: {reason}" for reason in worst.reasons),
    ]
