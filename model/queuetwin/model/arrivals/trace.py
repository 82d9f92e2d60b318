"""Recorded arrivals: items come exactly as a log says, and bring what it says.

A log is read once, when the scenario is loaded; from then on the scenario carries the instants
and payloads themselves, so it can be kept, hashed and moved without the file.  Instants are
subtracted before they are rounded: a clock of nanoseconds since 1970 loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from queuetwin.model.arrivals.process import GapSource, GeneratorOf, Scheduled
from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.columns import (
    TextCell,
    TextColumns,
    date_time,
    decimal_number,
    read_columns,
    time_exponent,
)
from queuetwin.model.base.faults import fault_at
from queuetwin.model.base.fields import DURATION, CheckedTimes, FromList, Rate, either
from queuetwin.model.base.units import parse_duration

_CLOCKS = ("timestamp", "time")


def _time_column(columns: TextColumns) -> str:
    with_unit = [name for name in columns.names if time_exponent(name) is not None]
    clocks = [name for name in columns.names if name.lower() in _CLOCKS]
    if not with_unit + clocks:
        raise ValueError(
            'has no column of instants, such as "time_s" or "timestamp": name it with time = "…"'
        )
    return (with_unit + clocks)[0]


def _instants(columns: TextColumns, name: str) -> _Instants:
    """Seconds since the first row, shape (rows,)."""
    cells = columns.cells(name)
    exponent = time_exponent(name)
    if exponent is None:
        exponent, read = -9, _clock(cells[0])
    else:
        read = decimal_number
    numbers = [read(cell) for cell in cells]
    for (before, then), (cell, now) in pairwise(zip(cells, numbers, strict=True)):
        if now < then:
            raise ValueError(
                f'line {cell.line}: "{cell.text}" is before "{before.text}" of line {before.line}: '
                f'sort the rows by {name}, or name another column with time = "…"'
            )
    return _Instants(float((number - numbers[0]).scaleb(exponent)) for number in numbers)


def _clock(first: TextCell) -> Callable[[TextCell], Decimal]:
    """Reads date-times as nanoseconds; all with a time zone, or all without, as the first."""
    zoned = date_time(first)[1]

    def read(cell: TextCell) -> Decimal:
        nanoseconds, with_zone = date_time(cell)
        if with_zone != zoned:
            raise ValueError(f"line {cell.line}: write every date-time with a time zone, or none")
        return Decimal(nanoseconds)

    return read


@contextmanager
def _told_at(key: str, given: str, file: str) -> Iterator[None]:
    """Faults of the file are faults of the key that leads to them."""
    try:
        yield
    except ValueError as fault:
        raise fault_at(key, given=given, message=f"{file}: {fault}") from None


def _read(given: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What a log holds, as the fields that the scenario keeps in its place."""
    for key in ("file", "time", "payload"):
        if not isinstance(given.get(key, ""), str):
            raise fault_at(key, given=given[key], message="must be a text in quotes")
    if "file" not in given:
        message = "is missing: write the name of a CSV or JSON Lines file"
        raise fault_at("file", given=None, message=message)
    file, time, payload = given["file"], given.get("time"), given.get("payload")
    with _told_at("file", file, file):
        columns = read_columns(folder / file)
    with _told_at("file" if time is None else "time", time or file, file):
        name = _time_column(columns) if time is None else time
        held: dict[str, Any] = {"times": _instants(columns, name)}
    if payload is not None:
        with _told_at("payload", payload, file):
            held["payloads"] = tuple(cell.text for cell in columns.cells(payload))
    return held


class _Instants(CheckedTimes):
    """They begin with 0 and do not fall."""

    @staticmethod
    def text_of(seconds: float) -> str:
        """Not the shortest text, as elsewhere: a trace is long, and this is as exact and quick."""
        return f"{seconds!r}".removesuffix(".0") + "s"


def _in_order(value: object) -> _Instants:
    if isinstance(value, _Instants):
        return value
    if not isinstance(value, (list, tuple)) or not value:
        raise ValueError('write times since the first item, such as ["0s", "0.5s"]')
    times = [_parsed(one, f"item {number}") for number, one in enumerate(value, start=1)]
    if times[0]:
        raise ValueError(f'begin with {value[0]}: times count from the first item, write "0s"')
    for number, (then, now) in enumerate(pairwise(times), start=2):
        if now < then:
            before = value[number - 2]
            raise ValueError(f"item {number}: {value[number - 1]} is before {before}: sort them")
    return _Instants(times)


def _parsed(value: object, place: str) -> float:
    try:
        return parse_duration(value)
    except ValueError as fault:
        raise ValueError(f"{place}: {fault}") from None


def _texts(instants: CheckedTimes) -> list[str]:
    return instants.texts


_TIMES = {
    "title": "list of durations",
    "type": "array", "items": DURATION, "minItems": 1,
    "examples": [["0s", "0.5s", "0.7s"]],
}  # fmt: skip
_FILE_OR_TIMES = {
    **either(("file",), ("times",)),
    "required": ["process"],
    "dependentRequired": {"time": ["file"], "payload": ["file"], "payloads": ["times"]},
}


class Trace(Scheduled):
    """Arrivals as they were recorded; `rate`, where given, rescales them.

    `time` names the column of instants: numbers in the unit of its name, or ISO 8601 date-times.
    `payload` names the column that a task is called with.  Once loaded, `times` (since the
    first item) and `payloads` stand in the place of the three.
    """

    model_config = ConfigDict(json_schema_extra=_FILE_OR_TIMES)

    stationary = False
    ends_by_itself = True

    process: Literal["trace"]
    file: str | None = Field(default=None, examples=["access.csv"])
    """The log, a CSV or JSON Lines file beside the scenario; left out, `times` says it."""
    time: str | None = Field(default=None, examples=["time_s"])
    """The column of instants; left out, the first with a unit in its name, or `timestamp`."""
    payload: str | None = Field(default=None, examples=["url"])
    """The column that the task of each item is called with; left out, its number."""
    times: Annotated[
        tuple[float, ...], PlainValidator(_in_order), PlainSerializer(_texts),
        WithJsonSchema(_TIMES),
    ]  # fmt: skip
    """When each item comes, counted from the first, in place of a `file`."""
    payloads: Annotated[tuple[str, ...] | None, FromList] = Field(
        default=None, examples=[["a.png", "b.png", "c.png"]]
    )
    """What the task of each item is called with, beside `times`; left out, its number."""
    rate: Rate | None = None
    """Rescales the instants to so many items on average; left out, they stay as they are."""

    @model_validator(mode="before")
    @classmethod
    def _read_once(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, dict):
            return data
        given = {key: value for key, value in data.items() if value is not None}
        from_file = {"file", "time", "payload"} & given.keys()
        in_place = {"times", "payloads"} & given.keys()
        if from_file and in_place:
            raise ValueError("a trace has a file, or times in its place: remove one of the two")
        if in_place:
            return data
        rest = {key: value for key, value in given.items() if key not in from_file}
        return {**rest, **_read(given, Path((info.context or {}).get("folder", ".")))}

    @field_validator("payloads")
    @classmethod
    def _one_for_each(
        cls, payloads: tuple[str, ...] | None, fields: ValidationInfo
    ) -> tuple[str, ...] | None:
        times = fields.data.get("times")
        if payloads is not None and times is not None and len(payloads) != len(times):
            raise ValueError(f"are {len(payloads):,} for {len(times):,} items: write one for each")
        return payloads

    @field_validator("rate")
    @classmethod
    def _can_be_rescaled(cls, rate: float | None, fields: ValidationInfo) -> float | None:
        times = fields.data.get("times")
        if rate is not None and times is not None and not times[-1]:
            raise ValueError("cannot rescale a trace whose items all come at once: leave rate out")
        return rate

    @property
    def mean_rate(self) -> float | None:
        """Items per second between the first and the last; None where all come at once."""
        return self._own_rate if self.rate is None else self.rate

    @property
    def stretch(self) -> float:
        """What the instants are multiplied by to come at `rate`."""
        own = self._own_rate
        return 1.0 if self.rate is None or own is None else own / self.rate

    @property
    def _own_rate(self) -> float | None:
        return (len(self.times) - 1) / self.times[-1] if self.times[-1] else None

    def text(self) -> str:
        """As people say it, for headings."""
        rate = "all at once" if self.mean_rate is None else f"{self.mean_rate:g}/s"
        return f"{len(self.times):,} recorded arrivals, {rate}"

    def check_end(self, items: int | None, duration: float | None) -> None:
        """There are no more items than rows."""
        rows = len(self.times)
        if (items or 0) > rows:
            raise ValueError(f"the trace has {rows:,} rows, and items asks for more: "
                             f"write items = {rows} or fewer, or leave items out")  # fmt: skip

    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order."""
        return _Listed(np.array(self.times) * self.stretch)


class _Listed:
    """Recorded instants: gaps whose running sum, rounded at each step, comes back to them."""

    def __init__(self, instants: Floats) -> None:
        gaps, reached = [], 0.0
        for instant in instants.tolist():
            gaps.append(max(0.0, instant - reached))
            reached += gaps[-1]
        self._left = np.array(gaps)

    def __call__(self, count: int) -> Floats:
        taken, self._left = self._left[:count], self._left[count:]
        return taken
