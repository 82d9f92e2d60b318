"""Where a scenario was written, and its faults told in the words of whoever wrote it.

All faults come at once, each as file, line, value and what to write instead.  pydantic finds
them; this file knows where they stand (tomllib gives no positions) and says them plainly.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from queuetwin.model.errors import Problem, ScenarioError

__all__ = ["Source", "read_toml"]

_HEADING = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*([\w.\-\"' ]+?)\s*=")
_LARGEST = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file's name, its folder, and the line of each of its keys.

    All sources are equal: where a scenario was written is no part of what it says.
    """

    file: str = field(default="", compare=False)
    folder: Path = field(default=Path(), compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def line(self, key: str) -> int | None:
        """The line of a key, or of the nearest table around it."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.lines.get(key, 1 if self.file else None)

    def error(self, key: str, value: str, message: str) -> ScenarioError:
        """One fault at this key."""
        return ScenarioError([self._problem(key, value, message)])

    def explain(self, fault: ValidationError, model: type[BaseModel]) -> ScenarioError:
        """Every fault that pydantic found, said plainly."""
        # A stage with a fault is also missed, as "too short": the same fault a second time.
        errors = [error for error in fault.errors() if error["type"] != "too_short"]
        return ScenarioError(self._translate(error, model) for error in errors)

    def _problem(self, key: str, value: str, message: str) -> Problem:
        return Problem(message=message, key=key, value=value, file=self.file, line=self.line(key))

    def _translate(self, error: ErrorDetails, model: type[BaseModel]) -> Problem:
        key = _key(error)
        kind, given = error["type"], error.get("input")
        context = error.get("ctx", {})
        shown = not isinstance(given, (dict, list, tuple, type(None)))
        value = _quoted(given) if shown else ""
        if kind == "missing":
            return self._problem(key, "", "is missing")
        if kind == "extra_forbidden":
            near = difflib.get_close_matches(key.split(".")[-1], _known_keys(model), n=1)
            advice = f': did you mean "{near[0]}"?' if near else ""
            return self._problem(key, "", f"unknown key{advice}")
        if kind == "union_tag_not_found":
            key = f"{key}.{str(context['discriminator']).strip(chr(39))}"
            return self._problem(key, "", "is missing")
        if kind == "union_tag_invalid":
            key = f"{key}.{str(context['discriminator']).strip(chr(39))}"
            tags = str(context["expected_tags"]).replace("'", "")
            near = difflib.get_close_matches(str(context["tag"]), tags.split(", "), n=1)
            advice = f'did you mean "{near[0]}"?' if near else f"one of {tags}"
            return self._problem(key, f'"{context["tag"]}"', advice)
        if kind == "value_error":
            message = str(context["error"])
            return self._problem(key, value, message)
        return self._problem(
            key, value, _SAID.get(kind, "{msg}").format(msg=error["msg"], **context)
        )


_SAID: Mapping[str, str] = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a finite number",
    "string_type": "must be a text in quotes",
    "float_type": "must be a number",
    "literal_error": "must be {expected}",
    "model_type": "must be a table, such as [queue]",
    "model_attributes_type": "must be a table, such as [queue]",
    "tuple_type": "must be a list, such as [[slo]]",
}


def _key(error: ErrorDetails) -> str:
    """The key as the file has it: no stage, no tag of a discriminated union."""
    location = [part for part in error["loc"] if part != "stages"]
    if len(location) < len(error["loc"]):
        location = location[1:]
    if len(location) > 1 and location[0] in ("arrivals", "service"):
        del location[1]
    return ".".join(str(part) for part in location)


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _known_keys(model: type[BaseModel]) -> set[str]:
    """Every key that a file may hold, for "did you mean"."""
    known: set[str] = set()
    for definition in model.model_json_schema().get("$defs", {}).values():
        known.update(definition.get("properties", {}))
    return known | set(model.model_fields) - {"stages"}


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
    except tomllib.TOMLDecodeError as fault:
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
    for number, content in enumerate(text.splitlines(), start=1):
        if heading := _HEADING.fullmatch(content):
            table = heading.group(2).replace('"', "").replace(" ", "")
            if heading.group(1) == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}.{counts[table]}"
            lines.setdefault(table, number)
        elif key := _KEY.match(content):
            name = key.group(1).replace('"', "").replace("'", "").replace(" ", "")
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines
