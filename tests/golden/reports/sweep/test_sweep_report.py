"""The sweep as people see it, and what is said of sweeps that cannot be run."""

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest

from queuetwin.reports.cli.main import main

FILE = """name = "pool"
seed = 7
items = 1000
arrivals = { process = "poisson", rate = "320/s" }
workers = { count = 8 }
service = { distribution = "exponential", mean = "20ms" }
slo = [{ measure = "response_time.p95", below = "80ms" }]
"""
FINDINGS = """ SLO    response time p95 < 80ms: kept in 1, missed in 1 of 2
 GROWS  1 of 2 do not keep up and have no steady figures: at workers.count 6 the queue grows by \
1,200 a minute
 ITEMS  40,000 in each, the same draws in all; in the long run

"""
HEAD = ["workers.count", "busy", "response mean", "response p95", "response p99", "lost",
        "response p95 < 80ms"]  # fmt: skip
MAP_HEAD = (
    " response time p95, ms, and how far off it may be; arrivals.rate across; ! misses a limit"
)

BAD = {
    "upside down": (
        "workers.count=9..6", 'workers.count = 9..6   is upside down: write "6..9"',
    ),
    "empty": ("workers.count=", "workers.count   a value is missing: write 2..16, 1,2,4"),
    "no values": ("workers.count", "--over = workers.count   is written KEY=VALUES, such as"),
    "unknown key": ("workers.cuont=2..4", 'workers.cuont   unknown key: did you mean "count"?'),
    "refused": ("workers.count=0..2", "workers.count = 0   must be at least 1"),
    "no time": ("workers.count=8 --execute --budget soon", "--budget = soon   a duration is"),
    "too many runs": (
        "workers.count=7..20 --execute", "--execute   runs on real threads, one after the other",
    ),
    "no unit": ("service.mean=10,20ms", "service.mean = 10   a duration needs a unit"),
}  # fmt: skip


def told(
    words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> tuple[int, str, str]:  # fmt: skip
    (folder / "pool.toml").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["queuetwin", "sweep", "pool.toml", *words])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def test_one_key_is_a_table_and_curves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Findings, a row for each value, a page without a script, and the kept cells."""
    words = ["--over", "workers.count=6,8", "--items", "40000", "-o", "a.html"]
    code, out, err = told(words, tmp_path, monkeypatch, capsys)
    assert (code, out.startswith(FINDINGS)) == (0, True)
    assert "wrote a.html, a.cells.jsonl" in err
    head, six, eight = (re.split("  +", row.strip()) for row in out.splitlines()[-3:])
    assert head == HEAD
    assert six == ["6", *["-"] * 5, "MISSED", "the queue grows by 1,200 a minute"]
    assert (eight[0], eight[5:]) == ("8", ["0 %", "MET"])
    assert all(re.fullmatch(r"[\d.]+ ms \([\d.]+ to [\d.]+\)", one) for one in eight[2:5])
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]+"', "", page)
    assert "the queue grows by 1,200 a minute" in page
    assert "Response time by workers.count" in page
    assert "SLO p95 &lt; 80ms" in page
    assert (tmp_path / "a.cells.jsonl").read_text(encoding="utf-8").count('{"cell":') == 2


def test_the_picture_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An SVG on white; of what has none it says so, and what was computed is kept."""
    words = ["--over", "workers.count=8,9", "--items", "2000", "-o", "a.svg"]
    assert told(words, tmp_path, monkeypatch, capsys)[0] == 0
    picture = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert "SLO p95 &lt; 80ms" in picture
    words = ["--over", "workers.count=2,3", "--items", "2000", "-o", "b.svg"]
    code, _, err = told(words, tmp_path, monkeypatch, capsys)
    assert code == 3
    assert "a combination that keeps up" in err
    assert (tmp_path / "b.cells.jsonl").exists()


def test_two_keys_are_a_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One figure a cell, and a heat map on the page; more keys are rows again."""
    two = ["--over", "workers.count=6,8", "--over", "arrivals.rate=x0.5,x1", "--items", "2000"]
    code, out, _ = told([*two, "-o", "a.html"], tmp_path, monkeypatch, capsys)
    rows = out.splitlines()
    assert code == 0
    assert rows[-4].startswith(MAP_HEAD)
    assert rows[-3].split() == ["workers.count", "160/s", "320/s"]
    assert rows[-2].split()[0::3] == ["6", "grows"] or rows[-2].endswith("grows")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "Response time p95 by workers.count and arrivals.rate" in page
    assert "<svg" in page
    three = [*two, "--over", "queue.capacity=5,50", "-o", "b.html"]
    code, out, _ = told(three, tmp_path, monkeypatch, capsys)
    assert (code, len(out.split("\n\n")[1].splitlines())) == (0, 9)
    assert "<svg" not in (tmp_path / "b.html").read_text(encoding="utf-8")


def test_documents_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON on standard output and in a file, CSV with intervals, Markdown."""
    words = ["--over", "workers.count=6,8", "--items", "2000", "--json", "-o"]
    _, out, _ = told([*words, "a.json"], tmp_path, monkeypatch, capsys)
    document = json.loads(out)
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == document
    six, eight = document["cells"]
    assert document["schema"] == "queuetwin/sweep/1"
    assert (six["changes"], six["verdict"]) == ({"workers.count": 6}, "MISSED")
    assert "measures" not in six
    told([*words, "a.csv"], tmp_path, monkeypatch, capsys)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text(encoding="utf-8"))))
    assert rows[0]["response_time.mean"] == ""
    assert float(rows[0]["growth_per_s"]) == pytest.approx(20)
    mean = eight["measures"]["response_time"]["mean"]
    for end, column in (("estimate", ""), ("low", ".low"), ("high", ".high")):
        assert float(rows[1][f"response_time.mean{column}"]) == mean[end]
    told([*words, "a.md"], tmp_path, monkeypatch, capsys)
    assert (tmp_path / "a.md").read_text(encoding="utf-8").count("| the queue grows") == 1


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_swept(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 3, what to write instead, and nothing is run or written."""
    over, said = BAD[name]
    code, out, err = told(
        ["--over", *over.split(" "), "-o", "a.html"], tmp_path, monkeypatch, capsys
    )
    assert (code, out) == (3, "")
    assert err.startswith(said)
    assert err.endswith("1 problem; nothing was run\n")
    assert [path.name for path in tmp_path.iterdir()] == ["pool.toml"]
