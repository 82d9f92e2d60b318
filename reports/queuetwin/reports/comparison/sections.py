"""The sections of a comparison as words and rows: made once, laid out by every face.

A face (terminal, Markdown, page) adds no word about the comparison that another would miss.
"""

from __future__ import annotations

from dataclasses import dataclass

from queuetwin.model.validity.certificate import Certificate
from queuetwin.reports.comparison.ladder import ladder_lines
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.wording import difference_cells, difference_headings, findings
from queuetwin.reports.presentation.wording import scenario_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The sections in their order; `ladder` is empty where no mean response was compared."""

    name: str
    scenario: str
    findings: list[tuple[str, str]]
    headings: list[str]
    differences: list[list[str]]
    ladder: list[tuple[str, str]]
    run_checks: tuple[Certificate, ...]


def sections_of(comparison: ComparisonResult) -> Sections:
    """Everything that a report of this comparison says."""
    return Sections(
        name=comparison.scenario.name,
        scenario=scenario_text(comparison.scenario),
        findings=findings(comparison),
        headings=difference_headings(comparison),
        differences=[difference_cells(difference) for difference in comparison.differences],
        ladder=ladder_lines(comparison),
        run_checks=comparison.certificates,
    )
