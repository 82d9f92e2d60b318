"""From the texts of options to values.

Raises ScenarioError for a value that cannot be used, and click's usage error for a backend that
does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.base.units import parse_duration
from queuetwin.model.language.scenario import Scenario

_PART = re.compile(r"(\d{1,6})/(\d{1,6})")


def with_slos(scenario: Scenario, texts: Sequence[str]) -> Scenario:
    """The scenario with limits written like "response_time.p99 < 200ms" in place of its own."""
    if not texts:
        return scenario
    limits = []
    for text in texts:
        measure, sign, below = text.partition("<")
        if not sign:
            message = 'a limit is written like "response_time.p99 < 200ms"'
            if ">" in text:
                message = f"a figure has an upper limit, never a lower one: {message}"
            raise ScenarioError([Problem(key="slo", value=text, message=message)])
        limits.append({"measure": measure.strip(), "below": below.strip()})
    return scenario.changed({"slo": limits})


def values_by_key(texts: Sequence[str]) -> dict[str, str]:
    """What `--over` says by key; raises ScenarioError with every fault."""
    values: dict[str, str] = {}
    problems = []
    for text in texts:
        key, sign, given = text.partition("=")
        if not sign or not key.strip():
            message = "is written KEY=VALUES, such as workers.count=2..16"
            problems.append(Problem(key="--over", value=text, message=message))
        elif key.strip() in values:
            message = "is there twice: write all its values in one --over"
            problems.append(Problem(key="--over", value=key.strip(), message=message))
        values[key.strip()] = given.strip()
    if problems:
        raise ScenarioError(problems)
    return values


def budget_of(text: str, key: str = "budget") -> float:
    """The seconds of a budget; raises ScenarioError for what is none, or 0."""
    try:
        seconds = parse_duration(text)
    except ValueError as fault:
        raise ScenarioError([Problem(key=key, value=text, message=str(fault))]) from None
    if seconds == 0:
        raise ScenarioError([Problem(key=key, value=text, message="must be longer than 0")])
    return seconds


def shard_of(text: str) -> tuple[int, int]:
    """The part and the number of parts of a `--shard` such as "3/8"."""
    match = _PART.fullmatch(text)
    part, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= part <= parts:
        message = "is one part of so many: write such as 3/8"
        raise ScenarioError([Problem(key="--shard", value=text, message=message)])
    return part, parts


def check_backend(name: str | None) -> None:
    """Refuse, as wrong usage, a backend that does not exist."""
    if name is not None:
        from queuetwin.realrun.backends.registry import backend_named

        try:
            backend_named(name)
        except ValueError as fault:
            raise click.UsageError(str(fault)) from None
