"""The page of the scenario language: every key with its meaning, its kind, what holds without it.

All of it is read from the JSON Schema, whose texts stand beside the fields of the models, so
what the page says is what the loader checks.  To write it anew:

    python -m queuetwin.reports.presentation.language_page > docs/language.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Any

from queuetwin.model.base.faults import written
from queuetwin.model.language.schema import scenario_schema
from queuetwin.model.records.measures import MEASURES

_Schema = Mapping[str, Any]

_INTRO = """# The scenario language

A scenario is a TOML file. A complete one:

```toml
{example}```

Needed are `[arrivals]`, `[workers]`, `[service]`, and `items` or `duration`. Every fault of a
file is told with its line and what to write instead. `queuetwin schema > scenario.schema.json`
gives editors the same keys: name that file in a first line `#:schema scenario.schema.json`.

## How values are written

| kind | written | |
|---|---|---|
| duration | `"20ms"`, `"1.5s"`, `"1h30m"` | units ns, us, ms, s, min, h, d; never a bare number |
| rate | `"320/s"`, `"600/min"`, `"2k/s"` | items per s, min, h or d; k is a thousand, M a million |
| share | `0.02` or `"2%"` | from 0 to 1 |
| file | `"service_times.csv"` | looked for beside the scenario |
"""

# heading -> where its table stands in the schema
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "[arrivals]": ("properties", "arrivals"),
    "[arrivals.size]": ("$defs", "Batch", "properties", "size"),
    "[queue]": ("$defs", "Queue"),
    "[workers]": ("$defs", "Workers"),
    "[workers.breakdown]": ("$defs", "Breakdown"),
    "[service]": ("properties", "service"),
    "[failures]": ("$defs", "Failures"),
    "[[class]]": ("$defs", "ItemClass"),
    "[[slo]]": ("$defs", "Slo"),
    "[[what_if]]": ("$defs", "Alternative"),
    "[fitted]": ("$defs", "FittedFrom"),
}
_TIME = ("$defs", "Breakdown", "properties", "repair")
_COLUMNS = "| key | meaning | written as | if left out | example |\n|---|---|---|---|---|\n"

_SIMPLE = {"boolean": "true or false", "integer": "whole number", "number": "number"}
_BOUNDS = {
    "minimum": "at least {:,}",
    "exclusiveMinimum": "above {:,}",
    "maximum": "at most {:,}",
    "exclusiveMaximum": "below {:,}",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A key of a table, or of those of its kinds that have it alike."""

    key: str
    needed: bool
    schema: _Schema


def schema_text() -> str:
    """The JSON Schema of a scenario file, for an editor."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False)


def language_page() -> str:
    """The page, in Markdown."""
    template = files("queuetwin.reports").joinpath("templates/language.toml")
    schema = scenario_schema()
    example = Template(template.read_text(encoding="utf-8")).substitute(
        processes=len(schema["properties"]["arrivals"]["oneOf"]),
        distributions=len(_at(schema, _TIME)["oneOf"]),
    )
    tables = [
        _table_section(schema, heading, _at(schema, place)) for heading, place in _SECTIONS.items()
    ]
    return "\n".join(
        [
            _INTRO.format(example=example),
            _top_section(schema),
            *tables,
            _measures_section(),
            _distributions_section(schema),
        ]
    )


def _top_section(schema: _Schema) -> str:
    """The keys that stand before every table, and the tables."""
    headings = {heading.strip("[]"): heading for heading in _SECTIONS}
    keys = [row for row in _rows(schema) if row.key not in headings]
    tables = [
        f"| [`{headings[name]}`](#{name}) | {one['description']} |\n"
        for name, one in schema["properties"].items()
        if name in headings
    ]
    lines = "".join(_line(schema, row) for row in keys)
    return (
        f"## The top of the file\n\n{_COLUMNS}{lines}\n| table | meaning |\n|---|---|\n"
        + "".join(tables)
    )


def _table_section(schema: _Schema, heading: str, table: _Schema) -> str:
    """One table; where it is one of several kinds, the kinds and then the keys of all."""
    if "discriminator" not in table:
        lines = "".join(_line(schema, row) for row in _rows(table))
        return f"## `{heading}`\n\n{_meaning(table)}\n\n{_COLUMNS}{lines}"
    if heading == "[service]":
        known = [row for row, _ in _rows_of_kinds(schema, _at(schema, _TIME))]
        rows = [pair for pair in _rows_of_kinds(schema, table) if pair[0] not in known]
        intro = f"{table['description']} The keys of a [distribution](#distributions), and:\n"
    else:
        rows, intro = _rows_of_kinds(schema, table), _kinds_list(schema, table)
    lines = "".join(_line(schema, row, of) for row, of in rows)
    return f"## `{heading}`\n\n{intro}\n{_COLUMNS}{lines}"


def _distributions_section(schema: _Schema) -> str:
    table = _at(schema, _TIME)
    rows = _rows_of_kinds(schema, table)
    lines = "".join(_line(schema, row, of) for row, of in rows)
    return f"## Distributions\n\nOf a time.\n\n{_kinds_list(schema, table)}\n{_COLUMNS}{lines}"


def _measures_section() -> str:
    lines = [
        f"| `{one.name}` | {one.unit} | {', '.join(one.statistics)} |\n"
        for one in MEASURES.values()
    ]
    return (
        "### Measures\n\nOf what has a p99, any other such as p99.9 too.\n\n"
        "| measure | unit | statistics |\n|---|---|---|\n" + "".join(lines)
    )


def _kinds_list(schema: _Schema, table: _Schema) -> str:
    tag = table["discriminator"]["propertyName"]
    lines = [
        f'| `{tag} = "{name}"` | {_meaning(kind)} |\n'
        for name, kind in _kinds(schema, table).items()
    ]
    return f"| {tag} | meaning |\n|---|---|\n{''.join(lines)}"


def _kinds(schema: _Schema, table: _Schema) -> dict[str, _Schema]:
    """Name -> table of each kind, in the order in which they are declared."""
    names = {place: name for name, place in table["discriminator"]["mapping"].items()}
    return {names[one["$ref"]]: _resolved(schema, one) for one in table["oneOf"]}


def _rows_of_kinds(schema: _Schema, table: _Schema) -> list[tuple[_Row, str]]:
    """Every key, and which kinds have it alike where not all do."""
    tag, kinds = table["discriminator"]["propertyName"], _kinds(schema, table)
    found: list[tuple[_Row, list[str]]] = []
    for name, kind in kinds.items():
        for row in _rows(kind):
            names = next((names for other, names in found if other == row), None)
            if names is None and row.key != tag:
                found.append((row, [name]))
            elif names is not None:
                names.append(name)
    return [(row, _of(names, list(kinds))) for row, names in found]


def _of(names: Sequence[str], kinds: Sequence[str]) -> str:
    """Which of the kinds these are, in the fewest words."""
    others = [kind for kind in kinds if kind not in names]
    if len(others) < len(names):
        return f" (all but {', '.join(others)})" if others else ""
    return f" ({', '.join(names)})"


def _rows(table: _Schema) -> list[_Row]:
    needed = table.get("required", ())
    return [_Row(key, key in needed, one) for key, one in table["properties"].items()]


def _line(schema: _Schema, row: _Row, of: str = "") -> str:
    """One key as a row of a Markdown table."""
    if row.needed:
        without = "needed"
    else:
        without = f"`{written(row.schema['default'])}`" if "default" in row.schema else ""
    example = written(_example(schema, row.schema))
    cells = (
        f"`{row.key}`{of}",
        row.schema["description"],
        kind_of(row.schema),
        without,
        f"`{row.key} = {example}`",
    )
    return f"| {' | '.join(cells)} |\n".replace(" |  | ", " | | ")


def _example(schema: _Schema, one: _Schema) -> object:
    """The first that is given; else a default, a fixed value, or a table of what is needed."""
    if "examples" in one:
        return one["examples"][0]
    for key in ("default", "const"):
        if key in one:
            return one[key]
    table = _resolved(schema, one)
    return {key: _example(schema, table["properties"][key]) for key in table["required"]}


def _meaning(table: _Schema) -> str:
    return " ".join(table["description"].split())


def _at(schema: _Schema, place: Iterable[str]) -> _Schema:
    for step in place:
        schema = schema[step]
    return schema


def _resolved(schema: _Schema, one: _Schema) -> _Schema:
    return _at(schema, one["$ref"].removeprefix("#/").split("/"))


def kind_of(schema: Mapping[str, Any]) -> str:
    """What may be written.

    >>> kind_of({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 10_000}})
    'list of whole numbers, 1 to 10,000'
    >>> kind_of({"enum": ["block", "reject", "drop-oldest"]})
    '`"block"`, `"reject"` or `"drop-oldest"`'
    """
    if "title" in schema:
        return str(schema["title"])
    if "enum" in schema or "const" in schema:
        *others, last = (f'`"{one}"`' for one in schema.get("enum", [schema.get("const")]))
        return f"{', '.join(others)} or {last}" if others else last
    if "discriminator" in schema:
        of_a_time = "exponential" in schema["discriminator"]["mapping"]
        return "[distribution](#distributions)" if of_a_time else "table"
    if "prefixItems" in schema:
        one, other = (kind_of(part).partition(",")[0] for part in schema["prefixItems"])
        return f"two {one}s" if one == other else f"{one} and {other}"
    if schema.get("type") == "array":
        return _list_of(schema["items"])
    kind = _SIMPLE.get(schema.get("type", ""), "text" if "type" in schema else "table")
    return ", ".join([kind, *_bounds(schema)])


def _list_of(schema: Mapping[str, Any]) -> str:
    kind, comma, bounds = kind_of(schema).partition(",")
    if "prefixItems" in schema:
        return f"list of pairs, {kind}"
    many = kind.replace("]", "s]", 1) if kind.startswith("[") else f"{kind}s"
    return f"list of {many}{comma}{bounds}"


def _bounds(schema: Mapping[str, Any]) -> list[str]:
    if "minimum" in schema and "maximum" in schema:
        return [f"{schema['minimum']:,} to {schema['maximum']:,}"]
    return [said.format(schema[key]) for key, said in _BOUNDS.items() if key in schema]


if __name__ == "__main__":
    sys.stdout.write(language_page())
