"""Where a scenario was written, and its faults told in the words of whoever wrote it.

All faults come at once, each as file, line, value and what to write instead.  This file knows
where they stand, since tomllib gives no positions.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.base.faults import told

_HEADING = re.compile(r"\s*(\[\[?)\s*([^\[\],]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*([\w.\-\"' ]+?)\s*=")
_LARGEST = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's name, its folder, and the line of each of its keys.

    What stands at the keys of `changed` was not written in the file.  All sources are equal:
    where a scenario was written is no part of what it says.
    """

    file: str = field(default="", compare=False)
    folder: Path = field(default=Path(), compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    changed: frozenset[str] = field(default=frozenset(), compare=False)

    def line(self, key: str) -> int | None:
        """The line of a key, or of the nearest table around it."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.lines.get(key, 1 if self.file else None)

    def place(self, key: str) -> tuple[str, int | None]:
        """File and line of a key; neither where it was not written there."""
        if any(f"{key}.".startswith(f"{one}.") for one in self.changed):
            return "", None
        return self.file, self.line(key)

    def error(self, key: str, value: str, message: str) -> ScenarioError:
        """One fault at this key."""
        return ScenarioError([self._problem(key, value, message)])

    def explain(self, fault: ValidationError, model: type[BaseModel]) -> ScenarioError:
        """Every fault that pydantic found, said plainly."""
        # A stage with a fault is also missed, as "too short": the same fault a second time.
        errors = [error for error in fault.errors() if error["type"] != "too_short"]
        return ScenarioError(self._problem(*told(error, model)) for error in errors)

    def _problem(self, key: str, value: str, message: str) -> Problem:
        file, line = self.place(key)
        return Problem(message=message, key=key, value=value, file=file, line=line)


def read_toml(path: Path) -> tuple[dict[str, Any], Source]:
    """The content of a TOML file, and where its keys stand.

    Raises ScenarioError where the file cannot be read or is not TOML.
    """
    source = Source(file=str(path), folder=path.parent)
    try:
        if path.stat().st_size > _LARGEST:
            raise source.error("", "", "is too large for a scenario file")
        text = path.read_bytes().decode("utf-8")
    except OSError as fault:
        problem = Problem(message=f"cannot be read: {fault.strerror}", file=str(path))
        raise ScenarioError([problem]) from None
    except UnicodeDecodeError:
        raise source.error("", "", "is not a text file (TOML in UTF-8 is needed)") from None
    if not text.strip():
        raise source.error("", "", "is empty: `queuetwin init` writes one to start from")
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise source.error("", "", "is not a scenario: its lists are too deep") from None
    except ValueError as fault:
        message, line = _toml_fault(str(fault), text)
        raise ScenarioError([Problem(message=message, file=str(path), line=line)]) from None
    return data, Source(file=str(path), folder=path.parent, lines=_key_lines(text))


def _toml_fault(message: str, text: str) -> tuple[str, int]:
    match = re.search(r" \(at line (\d+), column \d+\)", message)
    line = int(match.group(1)) if match else text.count("\n") + 1
    plain = message.partition(" (at ")[0]
    return f"is not TOML: {plain[:1].lower()}{plain[1:]}", line


def _key_lines(text: str) -> dict[str, int]:
    """Key -> line; good enough for messages, since tomllib has already accepted the text."""
    lines: dict[str, int] = {}
    table, counts = "", dict[str, int]()
    for number, content in enumerate(text.split("\n"), start=1):
        if heading := _HEADING.fullmatch(content):
            table = _in_its_list(heading.group(2).replace('"', "").replace(" ", ""), counts)
            if heading.group(1) == "[[":
                lines.setdefault(table, number)
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}.{counts[table]}"
            lines.setdefault(table, number)
        elif key := _KEY.match(content):
            name = key.group(1).replace('"', "").replace("'", "").replace(" ", "")
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines


def _in_its_list(name: str, counts: Mapping[str, int]) -> str:
    """`class.service` below a `[[class]]` belongs to the last of them."""
    for listed, last in counts.items():
        if name.startswith(f"{listed}."):
            name = f"{listed}.{last}{name[len(listed) :]}"
    return name
