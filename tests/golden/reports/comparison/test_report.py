"""Reports: the same sections and figures on page, Markdown and JSON, and nothing from outside."""

import json
import re
from html.parser import HTMLParser

import pytest

from builders import poisson
from queuetwin.model import Workload, simulate
from queuetwin.reports import compare
from queuetwin.reports.comparison.comparer import Comparison
from queuetwin.reports.comparison.ladder import ladder_lines
from queuetwin.reports.comparison.text import comparison_text
from queuetwin.reports.comparison.wording import difference_cells, findings

SECTIONS = ["verdict", "table", "ladder", "depth", "share-above", "run-checks", "method"]
MOST_BYTES = 350_000


class Page(HTMLParser):
    """What a page is made of: its sections, its text, and all that it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: list[str] = []
        self.scripts = 0
        self.fetched: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "section":
            self.sections.append(known.get("id") or "")
        self.scripts += tag == "script"
        addresses = [known.get("src"), known.get("href") if tag in ("link", "use", "image") else ""]
        self.fetched += [one for one in addresses if one and not one.startswith("#")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def found() -> Comparison:
    slo = [{"measure": "response_time.p99", "below": "150ms"}]
    pool = poisson("80/s", "20ms", 2, {"items": 2000, "queue.capacity": 20, "slo": slo})
    runs = [simulate(pool, Workload.draw(pool, replication=n)) for n in range(5)]
    return compare(pool, runs=runs)


@pytest.mark.slow
def test_the_page_has_its_sections_and_asks_nobody(found: Comparison) -> None:
    """All sections in order, no script, no request, small enough to be mailed."""
    text = found.to_html("queuetwin compare pool.toml")
    page = Page(text)
    assert page.sections == SECTIONS
    assert page.scripts == 0
    assert page.fetched == []
    assert not re.search(r"url\((?!#)|@import", text)
    assert len(text.encode()) <= MOST_BYTES
    assert "queuetwin compare pool.toml" in page.text


def test_page_markdown_and_terminal_say_the_same(found: Comparison) -> None:
    """A finding, a row and a step of the ladder read the same wherever they stand."""
    page, terminal = Page(found.to_html()).text, comparison_text(found.sections)
    markdown = found.to_markdown()
    for word, sentence in findings(found):
        for text in (page, markdown, terminal):
            assert word in text
            assert sentence in text
    for one in found.differences:
        for cell in difference_cells(one):
            assert cell in page
            assert cell in markdown
            assert cell in terminal
    for value, step in ladder_lines(found):
        for text in (page, markdown, terminal):
            assert value in text
            assert step in text


@pytest.mark.slow
def test_the_document_is_plain_json_with_the_same_figures(found: Comparison) -> None:
    """It survives JSON, and holds rungs, differences, verdicts and the run checks."""
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["schema"] == "queuetwin/comparison/1"
    assert document["verdict"] == found.verdict.value
    assert document["verdicts"] == {one.measure: one.verdict.value for one in found.differences}
    assert [row["real"] for row in document["differences"]] == [
        one.real for one in found.differences
    ]
    assert set(document["rungs"]) == {"theory", "nominal", "calibrated", "replay", "real"}
    assert len(document["certificate"]) == len(found.real)
