"""The kind of a value in a few words, read from its JSON Schema, as people write and say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["kind_of"]

_SIMPLE = {"boolean": "true or false", "integer": "whole number", "number": "number"}
_BOUNDS = {
    "minimum": "at least {:,}",
    "exclusiveMinimum": "above {:,}",
    "maximum": "at most {:,}",
    "exclusiveMaximum": "below {:,}",
}


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
