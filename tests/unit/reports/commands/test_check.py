"""`check`: exit codes, and what a pipeline reads."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from queuetwin.model import Scenario
from queuetwin.model.base.errors import ScenarioError
from queuetwin.reports.cli.main import cli
from queuetwin.reports.commands import check

POOL = """name = "a|pool"
items = 1000
[arrivals]
process = "poisson"
rate = "35/s"
[workers]
count = {workers}
[service]
distribution = "exponential"
mean = "100ms"
[[slo]]
measure = "response_time.mean"
below = "150ms"
[[slo]]
measure = "response_time.p99"
below = "{limit}"
"""
MET, MISSED, UNDECIDED = 0, 99, 98


def written(folder: Path, workers: int = 5, limit: str = "900ms") -> Path:
    path = folder / "pool.toml"
    path.write_text(POOL.format(workers=workers, limit=limit), encoding="utf-8")
    return path


def checked(folder: Path, *flags: str, workers: int = 5, limit: str = "900ms") -> Result:
    path = written(folder, workers, limit)
    return CliRunner().invoke(cli, ["check", str(path), *flags])


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a desk, wherever these tests run."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def test_exit_codes_say_what_became_of_the_limits(tmp_path: Path) -> None:
    """Each limit has its line; the worst of them is the exit code."""
    done = checked(tmp_path)
    assert done.exit_code == MET
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["MET", "MET"]
    done = checked(tmp_path, limit="400ms")
    assert done.exit_code == MISSED
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["MET", "MISSED"]
    done = checked(tmp_path, workers=3)
    assert done.exit_code == MISSED
    assert done.stdout.count("the queue grows by 300 a minute") == 2


def test_what_the_budget_does_not_tell_is_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A warning, not an error; and an exit code of its own."""
    monkeypatch.setattr("queuetwin.model.estimation.slo_judgement._FIRST_ITEMS", 1000)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    scenario = Scenario.load(written(tmp_path))
    slos = ["waiting_time.p99 < 413ms"]
    assert check.checked(scenario, slos, None, False, budget=1000) == UNDECIDED
    assert "::warning title=UNDECIDED waiting time p99 < 413ms::" in capsys.readouterr().err


def test_junit_has_a_case_for_each_limit(tmp_path: Path) -> None:
    """Missed limits are failures, with the figure."""
    target = tmp_path / "junit.xml"
    assert checked(tmp_path, "--junit", str(target), limit="400ms").exit_code == MISSED
    suite = ElementTree.parse(target).getroot()[0]
    assert (suite.tag, suite.get("tests"), suite.get("failures")) == ("testsuite", "2", "1")
    met, missed = suite
    assert len(met) == 0
    assert missed.get("name") == "response time p99 < 400ms"
    assert missed[0].tag == "failure"
    assert " ms (" in str(missed[0].get("message"))


def test_github_is_told_line_and_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error at the line of the second [[slo]]; one from the command line has no line."""
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    done = checked(tmp_path, limit="400ms")
    line = POOL.splitlines().index('measure = "response_time.p99"')
    place = f"file={tmp_path}/pool.toml,line={line},title=MISSED response time p99 < 400ms"
    assert done.stderr.count("::") == 2
    assert f"::error {place}::response time p99 < 400ms: " in done.stderr
    done = checked(tmp_path, "--slo", "waiting_time.p99 < 1ms")
    assert "::error title=MISSED waiting time p99" in done.stderr
    text = summary.read_text(encoding="utf-8")
    assert text.count("### ") == 2
    assert "| MISSED | response time p99 < 400ms |" in text


def test_the_document_is_alone_on_standard_output(tmp_path: Path) -> None:
    """One document, whatever else is said."""
    done = checked(tmp_path, "--json", "--slo", "loss_ratio < 1%")
    document = json.loads(done.stdout)
    assert (document["schema"], document["verdict"]) == ("queuetwin/check/1", "MET")
    assert [one["measure"] for one in document["slos"]] == ["loss_ratio"]


def test_without_a_limit_there_is_nothing_to_check() -> None:
    """The message shows how a limit is written."""
    flags = ["check", "--rate", "1/s", "--service", "1ms", "--workers", "1"]
    fault = CliRunner().invoke(cli, flags).exception
    assert isinstance(fault, ScenarioError)
    assert "nothing to check" in str(fault)
