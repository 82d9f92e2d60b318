"""A rate that changes by the clock: pairs of an instant and a rate, in place or in a CSV file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from queuetwin.model.arrivals.cumulative_rate import (
    Modulated,
    Pieces,
    format_rate_or_zero,
    parse_rate_or_zero,
)
from queuetwin.model.arrivals.process import GapSource, GeneratorOf, Scheduled
from queuetwin.model.base.columns import decimal_number, read_columns, time_exponent
from queuetwin.model.base.fields import DURATION, RATE, Rate
from queuetwin.model.base.units import format_duration, parse_duration

_PER: Mapping[str, float] = {"_per_s": 1.0, "_per_min": 60.0, "_per_h": 3600.0}
_LIST = '[["0s", "10/s"], ["30s", "50/s"]]'


class _Point(NamedTuple):
    place: str
    second: float
    rate: float


def _load_points(value: object, info: ValidationInfo) -> tuple[tuple[float, float], ...]:
    if isinstance(value, str):
        try:
            points = _read_points(Path((info.context or {}).get("folder", ".")) / value)
            _check(points)
        except ValueError as fault:
            raise ValueError(f"{value}: {fault}") from None
    elif isinstance(value, (list, tuple)):
        points = [_parsed(pair, f"point {number}") for number, pair in enumerate(value, start=1)]
        _check(points)
    else:
        raise ValueError(f"write a CSV file's name, or a list such as {_LIST}")
    return tuple((point.second, point.rate) for point in points)


def _parsed(pair: object, place: str) -> _Point:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:  # noqa: PLR2004
        raise ValueError(f"{place}: write an instant and a rate, such as {_LIST}")
    try:
        return _Point(place, parse_duration(pair[0]), parse_rate_or_zero(pair[1]))
    except ValueError as fault:
        raise ValueError(f"{place}: {fault}") from None


def _read_points(path: Path) -> list[_Point]:
    columns = read_columns(path)
    times = [name for name in columns.names if time_exponent(name) is not None]
    rates = [
        (name, per) for name in columns.names for end, per in _PER.items() if name.endswith(end)
    ]
    if not times or not rates:
        raise ValueError('needs a column of instants, "time_s", and one of rates, "rate_per_s"')
    (name, per), exponent = rates[0], time_exponent(times[0]) or 0
    return [
        _Point(
            f"line {when.line}",
            float(decimal_number(when).scaleb(exponent)),
            float(decimal_number(rate)) / per,
        )
        for when, rate in zip(columns.cells(times[0]), columns.cells(name), strict=True)
    ]


def _check(points: Sequence[_Point]) -> None:
    if not points:
        raise ValueError(f"holds no points: write {_LIST}")
    if points[0].second:
        raise ValueError(f"{points[0].place}: the first point must be at 0s")
    for before, point in pairwise(points):
        if point.second <= before.second:
            now, then = format_duration(point.second), format_duration(before.second)
            raise ValueError(f"{point.place}: {now} is not after {then}, the point before")
    if not any(point.rate for point in points):
        raise ValueError("holds only rates of 0: at least one must be above 0")


def _dump_points(points: Sequence[tuple[float, float]]) -> list[list[str]]:
    return [[format_duration(second), format_rate_or_zero(rate)] for second, rate in points]


_PAIR = {"type": "array", "prefixItems": [DURATION, RATE], "minItems": 2, "maxItems": 2}
_POINTS = {
    "title": "name of a CSV file, or list of pairs of a duration and a rate",
    "anyOf": [{"type": "string"}, {"type": "array", "items": _PAIR, "minItems": 1}],
    "examples": [[["0s", "10/s"], ["30s", "50/s"]], "day.csv"],
}
_Points = Annotated[
    tuple[tuple[float, float], ...],
    BeforeValidator(_load_points),
    PlainSerializer(_dump_points),
    WithJsonSchema(_POINTS),
]


class Profile(Scheduled):
    """A rate over time, from the start of the run; the last rate holds on.

    `points` are pairs of an instant and a rate, in place or in a CSV file.  `rate`, where given,
    rescales them so that this is the mean up to the last point.
    """

    stationary = False

    process: Literal["profile"]
    points: _Points
    """From each instant on, the rate; in a file, columns such as `time_s` and `rate_per_s`."""
    shape: Literal["constant", "linear"] = Field(default="constant", examples=["linear"])
    """Between two points the rate stays, or goes straight from one to the other."""
    rate: Rate | None = None
    """Rescales the rates to this mean up to the last point; left out, they stay as they are."""

    @field_validator("rate")
    @classmethod
    def _can_be_rescaled(cls, rate: float | None, fields: ValidationInfo) -> float | None:
        points, shape = fields.data.get("points"), fields.data.get("shape")
        if rate is not None and points and shape and not _mean(points, shape):
            raise ValueError(
                "rescales the mean up to the last point, and there is none: leave rate out"
            )
        return rate

    @property
    def mean_rate(self) -> float:
        """Items per second on average up to the last point."""
        if self.rate is not None:
            return self.rate
        return self.points[0][1] if len(self.points) == 1 else _mean(self.points, self.shape)

    @property
    def scaled_points(self) -> tuple[tuple[float, float], ...]:
        """Instants and rates, in seconds and items per second, as they are to be walked."""
        factor = 1.0 if self.rate is None else self.rate / _mean(self.points, self.shape)
        return tuple((second, rate * factor) for second, rate in self.points)

    def text(self) -> str:
        """As people say it, for headings."""
        points = f"{len(self.points):,} point{'s' * (len(self.points) != 1)}"
        return f"a profile of {points}, {self.mean_rate:g}/s on average"

    def check_end(self, items: int | None, duration: float | None) -> None:
        """Where nothing comes any more, the items may never all come."""
        if self.points[-1][1] == 0 and items is not None:
            raise ValueError("a profile that ends at rate 0 needs duration instead of items")

    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order."""
        return Modulated(self._pieces().instants, generator_of)

    def _pieces(self) -> Pieces:
        """The rate over time in straight pieces."""
        points, linear = self.scaled_points, self.shape == "linear"
        slopes, total = [], [0.0]
        for (begin, rate), (end, later) in pairwise(points):
            reached = later if linear else rate
            slopes.append((reached - rate) / (end - begin))
            total.append(total[-1] + (rate + reached) / 2 * (end - begin))
        return Pieces(
            begin=np.array([second for second, _ in points]),
            rate=np.array([rate for _, rate in points]),
            slope=np.array([*slopes, 0.0]),
            total=np.array(total),
        )


def _mean(points: Sequence[tuple[float, float]], shape: str) -> float:
    """The mean rate up to the last point; 0 where it is also the first."""
    items = sum(
        (end - begin) * (rate if shape == "constant" else (rate + later) / 2)
        for (begin, rate), (end, later) in pairwise(points)
    )
    return items / points[-1][0] if points[-1][0] else 0.0
