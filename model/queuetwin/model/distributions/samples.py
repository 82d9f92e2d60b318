"""Measured service times: a CSV file that the scenario names, or a list in its place.

A file is read once, when the scenario is loaded; from then on the scenario carries the times
themselves, so it can be kept, hashed and moved without the file.  The unit is in the column's
name (`service_ms`), never guessed.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo, WithJsonSchema

from queuetwin.model.base.fields import DURATION
from queuetwin.model.base.units import format_duration, parse_duration

__all__ = ["Samples"]

_SUFFIXES = {"_s": 1.0, "_ms": 1e3, "_us": 1e6, "_ns": 1e9}


def _read(path: Path) -> tuple[float, ...]:
    """Times in seconds, shape (rows,), of the first column whose name ends in a unit."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except OSError as fault:
        raise ValueError(f"cannot be read: {fault.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise ValueError("is not a CSV text file") from None
    if not any(rows):
        raise ValueError("is empty")
    found = [
        (column, divisor)
        for column, name in enumerate(rows[0])
        for suffix, divisor in _SUFFIXES.items()
        if name.strip().endswith(suffix)
    ]
    if not found:
        raise ValueError('has no column with a unit in its name, such as "service_ms"')
    column, divisor = found[0]
    return tuple(
        _number(row, column, line) / divisor for line, row in enumerate(rows[1:], start=2) if row
    )


def _number(row: list[str], column: int, line: int) -> float:
    text = row[column] if column < len(row) else ""
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f'line {line}: "{text}" is not a number') from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(f'line {line}: "{text}" is not a time: write 0 or more')
    return number


def _load(value: object, info: ValidationInfo) -> tuple[float, ...]:
    if isinstance(value, str):
        folder = Path((info.context or {}).get("folder", "."))
        try:
            return _some(_read(folder / value))
        except ValueError as fault:
            raise ValueError(f"{value}: {fault}") from None
    if isinstance(value, (list, tuple)):
        return _some(tuple(_parsed(one, number) for number, one in enumerate(value, start=1)))
    raise ValueError('write a CSV file\'s name, or a list such as ["12ms", "15ms"]')


def _parsed(value: object, number: int) -> float:
    try:
        return parse_duration(value)
    except ValueError as fault:
        raise ValueError(f"time {number}: {fault}") from None


def _some(times: tuple[float, ...]) -> tuple[float, ...]:
    if not times:
        raise ValueError("holds no times")
    if max(times) == 0:
        raise ValueError("holds only zeros: at least one must be above 0")
    return times


def _dump(times: tuple[float, ...]) -> list[str]:
    return [format_duration(seconds) for seconds in times]


_SCHEMA = {
    "title": "name of a CSV file, or list of durations",
    "anyOf": [{"type": "string"}, {"type": "array", "items": DURATION, "minItems": 1}],
    "examples": ["service_times.csv"],
}

Samples = Annotated[
    tuple[float, ...], BeforeValidator(_load), PlainSerializer(_dump), WithJsonSchema(_SCHEMA)
]
