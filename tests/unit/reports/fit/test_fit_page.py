"""The page and the document of a fit: what stands in them, and when there are none."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from logs import celery_lines, prefetched, served, write
from queuetwin.model import Scenario, fit
from queuetwin.model.fitting.window import day_of
from queuetwin.model.logs.log import SECOND
from queuetwin.reports.cli.main import cli
from queuetwin.reports.fit.charts import course_chart, seen_responses, times_chart
from queuetwin.reports.fit.page import fit_page

COUNT = 2000


def items(load: float, workers: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(9)
    arrivals = np.cumsum(chance.standard_exponential(COUNT)) * 0.1 / (load * workers)
    return arrivals, 0.1 * chance.standard_exponential(COUNT)


def table(path: Path, load: float, workers: int) -> Path:
    arrivals, services = items(load, workers)
    starts, ends = served(arrivals, services, workers)
    rows = [f"{a:.9f},{b:.9f},{c:.9f}" for a, b, c in zip(arrivals, starts, ends, strict=True)]
    return write(path, "arrival_s,start_s,end_s", *rows)


def rows_of(chart: Any) -> list[dict[str, Any]]:
    return next(iter(chart.to_dict()["datasets"].values()))


@pytest.mark.slow
def test_the_page_answers_first_and_asks_nobody(tmp_path: Path) -> None:
    """Three lines, two pictures, what was left out; no script and no address of anything."""
    path = table(tmp_path / "a.csv", 0.7, 2)
    path.write_text(path.read_text() + "1,2,1.5\n")
    page = fit_page(fit(path, name="a"), "queuetwin fit a.csv -o a.html")
    answer = page.partition("</section>")[0]
    assert [answer.count(word) for word in ("FITTED", "TRUST", "NOT SHOWN")] == [1, 1, 1]
    assert page.count("<svg") == 2
    assert "end before start" in page
    assert "<script" not in page
    assert "queuetwin fit a.csv -o a.html" in page


@pytest.mark.slow
def test_times_of_log_and_scenario_lie_side_by_side(tmp_path: Path) -> None:
    """At the shares that the log knows well, the fitted times are its own."""
    found = fit(table(tmp_path / "a.csv", 0.7, 2))
    lines: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in rows_of(times_chart(found)):
        lines.setdefault((row["kind"], row["side"]), []).append((row["share"], row["time"]))
    assert len(lines) == 4
    for kind, away in (("service", 0.08), ("response", 0.2)):
        log, scenario = (np.array(sorted(lines[kind, side])).T for side in ("log", "scenario"))
        for share in (0.5, 0.1):
            seen, fitted = (np.interp(share, *one) for one in (log, scenario))
            assert fitted == pytest.approx(seen, rel=away)


@pytest.mark.slow
def test_responses_are_replayed_where_the_log_shows_none(tmp_path: Path) -> None:
    """The arrivals of another log with the services of this one, served in order."""
    arrivals, services = items(0.7, 2)
    starts, ends = served(arrivals, services, 2)
    rows = [f"{b:.9f},{c:.9f}" for b, c in zip(starts, ends, strict=True)]
    path = write(tmp_path / "a.csv", "start_s,end_s", *rows)
    came = write(tmp_path / "b.csv", "arrival_s", *(f"{one:.9f}" for one in arrivals))
    seen = fit(path, arrivals=came, window="all").observations
    assert seen is not None
    assert np.isnan(seen.waits).all()
    assert seen_responses(seen).mean() == pytest.approx((ends - arrivals).mean(), rel=0.02)


def test_a_pool_that_does_not_keep_up_has_no_responses(tmp_path: Path) -> None:
    """A backlog that grows for ever has no long run: only services are drawn."""
    found = fit(table(tmp_path / "a.csv", 1.3, 2))
    assert found.scenario is not None
    kinds = {row["kind"] for row in rows_of(times_chart(found))}
    assert kinds == {"service"} | ({"response"} if found.scenario.items is None else set())
    assert "<svg" in fit_page(found, "")


@pytest.mark.slow
def test_every_item_is_in_the_course_of_the_log(tmp_path: Path) -> None:
    """In at most three hundred steps of a length that people can name."""
    for seconds, step in ((0.5, 0.01), (20, 0.1), (300, 5), (86_400, 300), (86_400 * 9, 3600)):
        day = day_of(np.linspace(0, seconds * SECOND, 777).astype(np.int64), clock=False)
        assert (day.counts.sum(), day.step) == (777, step)
        assert len(day.counts) <= 301
    chart = course_chart(fit(table(tmp_path / "a.csv", 0.7, 2))).to_dict()
    assert chart["layer"][1]["mark"]["type"] == "rect"


@pytest.mark.slow
def test_the_document_says_what_the_text_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard output or in a file; the scenario in it loads."""
    monkeypatch.chdir(tmp_path)
    table(tmp_path / "a.csv", 0.7, 2)
    monkeypatch.setattr(sys, "argv", ["queuetwin", "fit"])
    words = ["fit", "a.csv", "--json", "-o", "a.toml", "-o", "a.json", "-o", "a.html"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document == json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (document["schema"], document["stop"]) == ("queuetwin/fit/1", None)
    assert document["log"]["lines"] == document["window"]["items"] == COUNT
    assert Scenario.from_dict(document["scenario"]) == Scenario.load("a.toml")
    assert "wrote a.toml, a.json, a.html" in done.stderr
    assert (tmp_path / "a.html").exists()


def test_a_log_that_is_refused_has_a_document_without_a_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is written, whatever was asked for."""
    monkeypatch.chdir(tmp_path)
    arrivals, services = items(0.9, 3)
    received, starts, _ = prefetched(arrivals, services, pods=1, workers=3, prefetch=6)
    write(tmp_path / "worker.log", *celery_lines(received, starts, services))
    done = CliRunner().invoke(cli, ["fit", "worker.log", "--json", "-o", "a.html"])
    document = json.loads(done.stdout)
    assert (done.exit_code, document["scenario"]) == (3, None)
    assert "stamped late" in document["stop"]
    assert document["window"]["late_stamps"] > 0.1
    assert [path.name for path in tmp_path.iterdir()] == ["worker.log"]


def test_somewhere_must_the_scenario_go(tmp_path: Path) -> None:
    """Wrong usage is said before anything is read."""
    for words in (["fit", "a.csv"], ["fit", "a.csv", "-o", "a.txt"]):
        assert CliRunner().invoke(cli, words).exit_code == 2
