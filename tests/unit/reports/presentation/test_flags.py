"""The model speaks of parameters, the command line of flags."""

import re

import pytest

from project import ROOT
from queuetwin.model.base.errors import Problem
from queuetwin.reports.cli.main import cli
from queuetwin.reports.presentation.flags import FLAGS, with_flags, with_flags_in


def test_what_is_wrong_is_a_parameter_or_a_flag() -> None:
    """The same problem, for who called a function and for who typed a command."""
    problem = Problem(parameter="window", value="soon", message="write `window=30m`")
    assert str(problem) == "window = soon   write `window=30m`"
    assert str(with_flags_in(problem)) == "--window = soon   write --window 30m"


def test_other_words_in_backquotes_stay() -> None:
    """Commands, and keys of files."""
    assert with_flags("`queuetwin init` writes `queue`") == "`queuetwin init` writes `queue`"
    problem = Problem(key="arrivals", message="has no rate")
    assert with_flags_in(problem) == problem


def test_the_model_names_no_flags() -> None:
    """A caller of a Python function is not told of the command line."""
    for path in (ROOT / "model").rglob("*.py"):
        assert not re.search(r"(?<![\w-])--[a-z]", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("flag", sorted(FLAGS.values()))
def test_every_flag_is_one_of_a_command(flag: str) -> None:
    """A flag that a message names can be typed."""
    assert any(
        flag in option.opts for command in cli.commands.values() for option in command.params
    )
