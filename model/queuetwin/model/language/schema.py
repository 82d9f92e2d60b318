"""The scenario language as a JSON Schema: what an editor checks while a file is being written.

It speaks of a file, not of the record that it becomes: a pool's tables stand at the top,
`[[class]]` is called so, and there is no null.  What the loader accepts it accepts; sums, orders
and what files hold are beyond a schema, and the loader has the last word.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from queuetwin.model.arrivals.processes import SELF_ENDING
from queuetwin.model.base.fields import Table, either
from queuetwin.model.language.scenario import Scenario

# A trace ends by itself; everything else ends by items or by duration.
_ENDS_BY_ITSELF = {
    "properties": {"arrivals": {"properties": {"process": {"enum": list(SELF_ENDING)}}}}
}
_ENDS = {
    "if": _ENDS_BY_ITSELF,
    "then": {"not": {"required": ["items", "duration"]}},
    "else": either(("items",), ("duration",)),
}


def scenario_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scenario file.

    >>> sorted(scenario_schema()["required"])
    ['arrivals', 'service', 'workers']
    """
    whole = Scenario.model_json_schema(schema_generator=_OfAFile)
    tables = whole["$defs"]
    for table in tables.values():
        _tell_its_kind(table)
    stage = tables.pop("Stage")
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "queuetwin scenario",
        "description": whole["description"],
        "type": "object",
        "properties": _keys_of_a_file(whole["properties"], stage["properties"]),
        "required": ["arrivals", "workers", "service"],
        "additionalProperties": False,
        **_ENDS,
        "$defs": tables,
    }


class _OfAFile(GenerateJsonSchema):
    """No null, which TOML has not; no titles that repeat keys; defaults as a file writes them."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        found = self.generate_inner(schema["schema"])
        default = schema.get("default")
        if default is None or isinstance(default, (Table, tuple)):
            return found
        serialization: Any = schema["schema"].get("serialization", {})
        written = serialization.get("function", lambda value: value)(default)
        return {**found, "default": written}


def _keys_of_a_file(scenario: dict[str, Any], stage: dict[str, Any]) -> dict[str, Any]:
    """The pool's tables in the place of `stages`, and `class` for `classes`."""
    del scenario["stages"], stage["name"]
    # A file without a name is called after itself.
    del scenario["name"]["default"]
    last = {
        "class": scenario.pop("classes"),
        "slo": scenario.pop("slo"),
        "what_if": scenario.pop("what_if"),
        "fitted": scenario.pop("fitted"),
    }
    return {**scenario, **stage, **last}


def _tell_its_kind(table: dict[str, Any]) -> None:
    """What a kind is called means what its table is: the first sentence says it."""
    for key in ("process", "distribution"):
        if key in table["properties"]:
            first = table["description"].partition("\n\n")[0]
            table["properties"][key]["description"] = first
