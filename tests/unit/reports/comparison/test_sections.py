"""The words of a comparison are made once, whatever shows them."""

from unittest.mock import Mock

import pytest

from builders import poisson
from queuetwin.model import Workload, simulate
from queuetwin.reports import compare
from queuetwin.reports.comparison import sections
from queuetwin.reports.comparison.text import comparison_text


def test_all_faces_lay_out_one_set_of_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings and ladder are composed once for terminal, Markdown and page together."""
    findings, ladder = Mock(wraps=sections.findings), Mock(wraps=sections.ladder_lines)
    monkeypatch.setattr(sections, "findings", findings)
    monkeypatch.setattr(sections, "ladder_lines", ladder)
    pool = poisson("80/s", "20ms", 2, {"items": 500})
    runs = [simulate(pool, Workload.draw(pool, replication=n)) for n in range(2)]
    comparison = compare(pool, runs=runs)
    comparison_text(comparison.sections)
    comparison.to_markdown()
    comparison.to_html()
    assert findings.call_count == ladder.call_count == 1
