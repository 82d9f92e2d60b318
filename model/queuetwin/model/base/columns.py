"""Files of columns: CSV with a heading, or JSON Lines by their suffix.

The unit of a column of numbers is in its name (`time_ms`, `rate_per_min`), never guessed.  A
cell keeps its text and its line, so whoever refuses one can say where it stands.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from io import StringIO
from pathlib import Path

_TIMES: Mapping[str, int] = {"_s": 0, "_ms": -3, "_us": -6, "_ns": -9}
_JSON_LINES = (".jsonl", ".ndjson")
_NAMED = 8

_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,](\d+))?)?)?) ?(Z|[+-]\d\d:?\d\d)?"
)
_FRACTION = re.compile(r"[.,]\d+")
_YEAR_1 = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TextCell:
    """One value as it was written, and its line in the file."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class TextColumns:
    """The names of a file's columns and its rows, each with its line."""

    names: tuple[str, ...]
    rows: list[tuple[int, list[str]]]

    def cells(self, name: str) -> list[TextCell]:
        """All values of a column, empty where a row is too short.

        Raises ValueError, with the nearest name, where there is no such column.
        """
        if name not in self.names:
            near = difflib.get_close_matches(name, self.names, n=1)
            more = ", …" if len(self.names) > _NAMED else ""
            advice = f'did you mean "{near[0]}"?' if near else "it has "
            raise ValueError(
                f'has no column "{name}": {advice}'
                + ("" if near else ", ".join(self.names[:_NAMED]) + more)
            )
        column = self.names.index(name)
        return [
            TextCell(line, row[column].strip() if column < len(row) else "")
            for line, row in self.rows
        ]


def read_columns(path: Path) -> TextColumns:
    """The columns of a CSV or JSON Lines file.

    Raises ValueError where it cannot be read, is neither, or holds no rows.
    """
    read = _json_lines if path.suffix.lower() in _JSON_LINES else _csv
    try:
        # A spreadsheet's CSV begins with a byte order mark, which is no part of the first name.
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise ValueError(f"cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError("is not a text file in UTF-8") from None
    if not text.strip():
        raise ValueError("is empty")
    columns = read(text)
    if not columns.rows:
        raise ValueError("holds no rows")
    return columns


def _csv(text: str) -> TextColumns:
    reader = csv.reader(StringIO(text, newline=""))
    try:
        filled = [(reader.line_num, row) for row in reader if row]
    except csv.Error:
        raise ValueError(f"line {reader.line_num}: is not CSV") from None
    return TextColumns(tuple(name.strip() for name in filled[0][1]), filled[1:])


def _json_lines(text: str) -> TextColumns:
    objects = list(_objects(text))
    names = tuple(objects[0][1])
    return TextColumns(
        names, [(line, [_as_text(row.get(name, "")) for name in names]) for line, row in objects]
    )


def _objects(text: str) -> Iterator[tuple[int, dict[str, object]]]:
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        try:
            row = json.loads(content)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise ValueError(f'line {line}: is not a JSON object such as {{"time_s": 0.5}}')
        yield line, row


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def time_exponent(name: str) -> int | None:
    """The power of ten that turns a column's numbers into seconds; None without a unit.

    >>> time_exponent("time_ms"), time_exponent("rate_per_s"), time_exponent("when")
    (-3, None, None)
    """
    if "_per_" in name:
        return None
    return next((power for suffix, power in _TIMES.items() if name.endswith(suffix)), None)


def decimal_number(cell: TextCell) -> Decimal:
    """The number of a cell, exact, so that large clock readings can be subtracted.

    Raises ValueError, with the line, where it is no finite number or is negative.
    """
    try:
        number = Decimal(cell.text)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or float(abs(number)) == float("inf"):
        raise ValueError(f'line {cell.line}: "{cell.text}" is not a number')
    if number < 0:
        raise ValueError(f'line {cell.line}: "{cell.text}" is negative: write 0 or more')
    return number


def date_time(cell: TextCell) -> tuple[int, bool]:
    """Nanoseconds since the year 1, and whether a time zone was given."""
    if match := _DATE_TIME.fullmatch(cell.text):
        day_and_time, fraction, zone = match.groups(default="")
        with suppress(ValueError):
            instant = datetime.fromisoformat(_FRACTION.sub("", day_and_time) + zone)
            aware = instant if zone else instant.replace(tzinfo=UTC)
            seconds = (aware - _YEAR_1) // timedelta(seconds=1)
            return seconds * 10**9 + int(fraction[:9].ljust(9, "0")), bool(zone)
    raise ValueError(
        f'line {cell.line}: "{cell.text}" is not a date-time such as '
        '"2023-11-16 18:15:46.68"; numbers need a unit in the column\'s name, "time_s"'
    )
