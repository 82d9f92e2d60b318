"""The faults of a scenario, in the words of whoever wrote it.

pydantic finds them, each with a place and a kind; the key as a file has it, and what to write
instead, are found here.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails, InitErrorDetails

from queuetwin.model.base.units import parse_duration, parse_rate

_TAGS = ("process", "distribution")
# keys that hold one of several kinds of tables; pydantic puts the kind behind them
_UNIONS = ("arrivals", "service", "gap", "size", "think", "patience", "every", "repair")
_STAGE = ("queue", "workers", "service", "failures")
_TABLES = ("arrivals", *_STAGE)
_LONGEST = 60
_BEGUN = 3

_SAID: Mapping[str, str] = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "int_type": "must be a whole number{quoted}",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a finite number",
    "string_type": "must be a text in quotes",
    "string_unicode": "must be a text in quotes",
    "string_too_short": "must not be empty",
    "float_type": "must be a number{quoted}",
    "bool_type": "must be true or false{quoted}",
}


def fault_at(*location: str | int, given: object, message: str) -> ValidationError:
    """A fault that stands at one key of a table, though the table is checked as a whole."""
    details = InitErrorDetails(
        type="value_error", loc=location, input=given, ctx={"error": ValueError(message)}
    )
    return ValidationError.from_exception_data("Scenario", [details])


def told(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str, str]:
    """Key, value and message of one fault."""
    key, kind, given = _key(error["loc"]), error["type"], error.get("input")
    context = error.get("ctx", {})
    if kind.startswith("union_tag"):
        tag = str(context["discriminator"]).strip("'")
        written = given.get(tag) if isinstance(given, dict) else None
        return f"{key}.{tag}", _shown(written), _of_tag(written, _tags(error["loc"], model, tag))
    if kind in ("missing", "extra_forbidden"):
        last = key.rpartition(".")[2]
        say = _missing if kind == "missing" else _unknown
        return key, "", say(error["loc"], last, model)
    if kind == "value_error":
        message = str(context["error"])
    elif kind == "literal_error":
        message = _of_words(given, str(context["expected"]))
    elif kind in ("model_type", "model_attributes_type"):
        message = f"must be a table, such as {_table_like(key, given)}"
    elif kind == "dict_type":
        message = f"must be a table, such as {_example(error['loc'], model)}"
    elif kind == "tuple_type":
        message = f"must be a list, such as {_example(error['loc'], model) or f'[[{key}]]'}"
    else:
        limits = {name: _grouped(limit) for name, limit in context.items()}
        quoted = ", without quotes" if isinstance(given, str) else ""
        message = _SAID.get(kind, error["msg"]).format(**limits, quoted=quoted)
    return key, _shown(given), message


def written(value: object) -> str:
    """A value as TOML has it, on one line.

    >>> written({"mean": "20ms", "shares": [0.5, True]})
    '{ mean = "20ms", shares = [0.5, true] }'
    """
    if isinstance(value, Mapping):
        rows = [f"{_quoted(key)} = {written(one)}" for key, one in value.items()]
        return f"{{ {', '.join(rows)} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _quoted(key: str) -> str:
    return f'"{key}"' if "." in key else key


def _key(location: Iterable[str | int]) -> str:
    """The key as the file has it: no tag of a discriminated union, and of a plain file no stage."""
    parts = list(location)
    # The tables of a plain file's one stage stand at its top; another stage keeps its place.
    if parts[:2] == ["stages", 0]:
        parts = parts[2:]
    if parts[:1] == ["classes"]:
        parts[0] = "class"
    kept: list[str | int] = []
    tag_comes = False
    for part in parts:
        if not tag_comes:
            kept.append(part)
        in_parts = len(kept) > 1 and kept[-2] == "parts"
        tag_comes = not tag_comes and (part in _UNIONS or (in_parts and part == kept[-1]))
    return ".".join(str(part) for part in kept)


def _shown(value: object) -> str:
    """A value as a file has it; none for tables and lists, which stand there to be read."""
    if value is None or isinstance(value, (dict, list, tuple, BaseModel)):
        return ""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, int) and abs(value) >= 10**_LONGEST:
        text = f"a number of {len(hex(value))} hexadecimal digits"
    else:
        text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _grouped(limit: object) -> str:
    if isinstance(limit, int):
        return f"{limit:,}"
    return f"{limit:,.12g}" if isinstance(limit, float) else str(limit)


def _missing(location: Sequence[str | int], last: str, model: type[BaseModel]) -> str:
    if example := _example(location, model):
        return f"is missing: write {last} = {example}"
    if last in _TABLES:
        return f"is missing: write [{last}]"
    return f"is missing: write {last} = {_table_like(last, None)}"


def _example(location: Sequence[str | int], model: type[BaseModel]) -> str | None:
    """How the value at a place may be written, if it is no table."""
    name = str(location[-1])
    fields = [
        table.model_fields[name]
        for table in _tables_at(location[:-1], model)
        if name in table.model_fields
    ]
    examples = [one for field in fields for one in field.examples or ()]
    for part in (part for field in fields for part in field.metadata):
        if isinstance(part, WithJsonSchema):
            examples += (part.json_schema or {}).get("examples", ())
    return written(examples[0]) if examples else None


def _of_tag(written: object, tags: Sequence[str]) -> str:
    if written is None:
        return f"is missing: one of {', '.join(tags)}"
    near = _near(written, tags)
    return f'did you mean "{near}"?' if near else f"must be one of {', '.join(tags)}"


def _of_words(given: object, expected: str) -> str:
    words = expected.replace("'", '"')
    near = _near(given, [word for word in words.split('"') if word not in ("", ", ", " or ")])
    if near:
        return f'did you mean "{near}"?'
    return f"must be {words}" + ("" if " or " in words else ", or left out")


def _near(given: object, words: Iterable[str]) -> str | None:
    near = difflib.get_close_matches(str(given), known := list(words), n=1)
    begun = [word for word in known if len(str(given)) >= _BEGUN and word.startswith(str(given))]
    return next(iter((*near, *begun)), None)


def _table_like(key: str, given: object) -> str:
    """How the table at a key is written; with the time or rate that stands in its place."""
    table, _, last = key.rpartition(".")
    if last.isdecimal():
        if not table.endswith("parts"):
            return f"[[{table}]]"
    elif last not in _UNIONS:
        return f"[{key}]"
    if last == "arrivals":
        return f'{{ process = "poisson", rate = "{_or_else(given, parse_rate, "320/s")}" }}'
    if last == "size":
        return '{ distribution = "constant", value = 10 }'
    mean = _or_else(given, parse_duration, "2s")
    return f'{{ distribution = "exponential", mean = "{mean}" }}'


def _or_else(given: object, parse: Callable[[object], float], example: str) -> str:
    """What was given, where it can be read; else the example."""
    try:
        parse(given)
    except ValueError:
        return example
    return str(given).strip()


def _unknown(location: Sequence[str | int], last: str, model: type[BaseModel]) -> str:
    """What was meant by a key that its table does not have, or what the table has."""
    tables = list(_tables_at(location[:-1], model))
    known = [key for table in tables for key in table.model_fields if key not in _TAGS]
    owner = str(location[-2]) if len(location) > 1 else "a scenario"
    if location[0] == "classes" and len(location) == len(("classes", 0, "key")):
        owner = "a class"
    elif owner.isdecimal():
        owner = str(location[-3])
    if len(location) == 1:
        known = [key for key in known if key not in ("stages", "classes")]
        known += ["class", *_STAGE]
    near = _near(last, known)
    return f'unknown key: did you mean "{near}"?' if near else (
        f"unknown key: {owner} has {', '.join(known)}"
    )  # fmt: skip


def _tags(location: Sequence[str | int], model: type[BaseModel], tag: str) -> list[str]:
    """The kinds of tables that may stand at a place."""
    tables = _tables_at(location, model)
    return [name for table in tables for name in get_args(table.model_fields[tag].annotation)]


def _tables_at(location: Iterable[str | int], model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The tables that may stand at a place, as pydantic names it."""
    tables = [model]
    for part in location:
        if isinstance(part, int):
            continue
        fields = [table.model_fields[part] for table in tables if part in table.model_fields]
        if fields:
            tables = [table for field in fields for table in _tables_in(field.annotation)]
        else:
            tables = [table for table in tables if _is_kind(table, part)]
    return iter(tables)


def _is_kind(table: type[BaseModel], kind: str) -> bool:
    fields = table.model_fields
    return any(kind in get_args(fields[tag].annotation) for tag in _TAGS if tag in fields)


def _tables_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The tables that an annotation speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for part in get_args(annotation):
        yield from _tables_in(part)
