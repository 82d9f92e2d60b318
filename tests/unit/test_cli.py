"""The command line: quick help, and the textbook's pools."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from queuetwin.model.base.errors import ScenarioError
from queuetwin.reports.cli.main import cli

HEAVY = ("numpy", "scipy", "pydantic", "simpy", "altair", "rich", "jinja2")


def test_help_imports_nothing_heavy() -> None:
    """The help is there before any of the heavy packages would be."""
    code = (
        "import sys; from click.testing import CliRunner; "
        "from queuetwin.reports.cli.main import cli; "
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0; "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_theory_answers_a_kendall_name() -> None:
    """M/M/1 at half load has a mean response of two service times."""
    flags = ["theory", "M/M/1", "--rate", "50/s", "--service", "10ms", "--json"]
    document = json.loads(CliRunner().invoke(cli, flags).stdout)
    assert document["system"] == "M/M/1"
    assert document["measures"]["response_time"]["mean"] == pytest.approx(0.02)


def test_theory_refuses_what_has_no_steady_state() -> None:
    """An overloaded pool without a limit is refused with its load."""
    flags = ["theory", "M/M/1", "--rate", "200/s", "--service", "10ms"]
    result = CliRunner().invoke(cli, flags)
    assert isinstance(result.exception, ScenarioError)
    assert "200%" in str(result.exception)
