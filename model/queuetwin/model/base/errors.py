"""Errors are sorted by blame, so that a caller knows who has to act.

The input is wrong: `ScenarioError`.  The machine could not do what was asked: `RunError`.
A fault of this program is an `AssertionError`, never one of these two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of the input: where it stands, what it says, what to write instead.

    What is wrong is a `key` of a file or a `parameter` of the function that was called.  Within a
    message parameters stand in backquotes, with or without a value: "write `workers=N`".  Where
    the command line made the call, `queuetwin.reports` says each as its flag.

    >>> print(Problem(key="workers.count", value="0", message="must be at least 1",
    ...               file="pool.toml", line=7))
    pool.toml:7  workers.count = 0   must be at least 1
    """

    message: str
    key: str = ""
    parameter: str = ""
    value: str = ""
    file: str = ""
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        name = self.key or self.parameter
        subject = f"{name} = {self.value}" if name and self.value else name
        said = "  ".join(part for part in (place, subject) if part)
        return _printable(f"{said}   {self.message}" if said else self.message)


def _printable(text: str) -> str:
    """The text on one line: what a file holds may neither break it nor steer a terminal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


class QueuetwinError(Exception):
    """The base of every error that this package raises on purpose."""


class ScenarioError(QueuetwinError):
    """The input is wrong; `problems` holds every fault that was found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line or 0))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RunError(QueuetwinError):
    """The machine could not do what the scenario asks for."""
