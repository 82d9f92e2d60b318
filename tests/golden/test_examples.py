"""The examples: each answers its question as it stands written beside it.

The expected outputs are made by `PYTHONPATH=tests/support python tests/golden/test_examples.py`,
and read before they are committed.
"""

import pytest
from click.testing import CliRunner

from project import ROOT
from queuetwin.model import Scenario
from queuetwin.reports.cli.main import cli

EXAMPLES = ROOT / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.toml"))


def said(name: str) -> str:
    done = CliRunner().invoke(cli, ["simulate", str(EXAMPLES / f"{name}.toml")])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_an_example_says_what_is_written_beside_it(name: str) -> None:
    """The same seed gives the same figures, to the last digit that is printed."""
    assert said(name) == (EXAMPLES / "expected" / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_an_example_bears_its_name_and_asks_a_question(name: str) -> None:
    """The first line of the file is the question that it answers."""
    text = (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")
    assert text.startswith("# ") and "?" in text.partition("name =")[0]
    assert Scenario.load(EXAMPLES / f"{name}.toml").name == name


if __name__ == "__main__":
    for each in NAMES:
        (EXAMPLES / "expected" / f"{each}.txt").write_text(said(each), encoding="utf-8")
