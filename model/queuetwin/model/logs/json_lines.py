"""JSON Lines: one JSON object on each line; the keys of the first are the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.log import Log
from queuetwin.model.logs.tabular import CHUNK, TableReader
from queuetwin.model.logs.text_source import Text, refusal

KIND = "JSON Lines"


def recognises(text: Text) -> bool:
    """Whether the first line begins an object."""
    return text.head[0].lstrip().startswith("{")


def read(text: Text, columns: LogColumns) -> Log:
    """The log of a file of JSON Lines.

    Raises ScenarioError, with file and line.
    """
    objects = _objects(text)
    first = next(objects)
    names = list(first)
    table = TableReader(text.name, names, columns, first_row=1)
    table.take([_cells(first, names)])
    while rows := [_cells(row, names) for row in islice(objects, CHUNK)]:
        table.take(rows)
    return table.log(KIND)


def _objects(text: Text) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.lines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            raise refusal(text.name, "is not a JSON object", row=number)
        yield row


def _cells(row: dict[str, Any], names: Sequence[str]) -> list[str]:
    values = [row.get(name) for name in names]
    return [
        cell if isinstance(cell, str) else "" if cell is None else json.dumps(cell)
        for cell in values
    ]
