"""At a load of exactly 1 every face says the same."""

import json

import pytest
from click.testing import CliRunner

from queuetwin.reports.cli.main import cli

POOL = ["--rate", "100/s", "--service", "20ms", "--workers", "2"]
LIMIT = ["--slo", "response_time.p99 < 1s"]
SAID = "as much comes as can be served, and the queue never settles"


@pytest.mark.parametrize(
    "command",
    [
        ["check", *POOL, *LIMIT],
        ["plan", *POOL, *LIMIT, "--over", "workers.count=2"],
        ["sweep", *POOL, "--over", "workers.count=2", "--items", "1000"],
        ["simulate", *POOL, "--items", "1000"],
    ],
    ids=lambda command: command[0],
)
def test_the_queue_never_settles(
    command: list[str], tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither "grows by 0 a minute" nor silence."""
    monkeypatch.chdir(str(tmp_path))
    done = CliRunner().invoke(cli, command, catch_exceptions=False)
    text = " ".join((done.output + done.stderr).split())
    assert SAID in text
    assert "by 0 a minute" not in text


def test_the_document_says_so_by_its_figures() -> None:
    """No summary, and a growth of 0."""
    done = CliRunner().invoke(cli, ["check", *POOL, *LIMIT, "--json"], catch_exceptions=False)
    assert json.loads(done.stdout)["growth"] == 0
