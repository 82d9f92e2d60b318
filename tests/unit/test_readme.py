"""The README's two commands are what CI runs and what the product can do."""

import re

from project import ROOT
from queuetwin.model import Scenario

COMMAND = re.compile(r"^(python3 -m venv .*)$", re.MULTILINE)


def test_ci_runs_the_readmes_test_command() -> None:
    """Word for word, so that what newcomers are told is what is checked."""
    _, tests = COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert "pytest" in tests
    assert tests in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_every_file_that_the_readme_names_exists() -> None:
    """No link and no example leads nowhere."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\(((?!http)[^)#]+)\)|\b(examples/[\w/.]+)", text)
    for link, example in named:
        assert (ROOT / (link or example)).exists(), link or example


def test_the_readmes_python_speaks_of_keys_that_exist() -> None:
    """The snippet's changes are accepted."""
    pool = Scenario.load(ROOT / "examples" / "thumbnails.toml")
    assert pool.changed({"duration": "5s"}).changed({"workers.count": 9}).stage.workers.count == 9
