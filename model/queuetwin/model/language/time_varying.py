"""A rate that changes: by the clock (a profile), or by chance between two states (bursty).

Items come as a Poisson process of the rate of the moment.  Both are unit gaps sent through the
inverse of the cumulative rate, so that another rate moves the items and shifts no draw.  Here,
and only here, a rate may be 0: nothing comes meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from queuetwin.model.base.columns import decimal_number, read_columns, time_exponent
from queuetwin.model.base.fields import DURATION, RATE, PositiveDuration, Rate
from queuetwin.model.base.units import format_duration, format_rate, parse_duration, parse_rate
from queuetwin.model.language.pacing import Scheduled

__all__ = ["Bursty", "Profile"]

_ZERO = re.compile(r"\s*\+?0+(?:\.0*)?\s*[kM]?\s*/\s*(?:s|sec|m|min|h|d)\s*")
_PER: Mapping[str, float] = {"_per_s": 1.0, "_per_min": 60.0, "_per_h": 3600.0}
_LIST = '[["0s", "10/s"], ["30s", "50/s"]]'


class _Point(NamedTuple):
    place: str
    second: float
    rate: float


def _parse_rate(value: object) -> float:
    return 0.0 if isinstance(value, str) and _ZERO.fullmatch(value) else parse_rate(value)


def _format_rate(per_second: float) -> str:
    return format_rate(per_second) if per_second else "0/s"


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
        return _Point(place, parse_duration(pair[0]), _parse_rate(pair[1]))
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
    return [[format_duration(second), _format_rate(rate)] for second, rate in points]


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


def _mean(points: Sequence[tuple[float, float]], shape: str) -> float:
    """The mean rate up to the last point; 0 where it is also the first."""
    items = sum(
        (end - begin) * (rate if shape == "constant" else (rate + later) / 2)
        for (begin, rate), (end, later) in pairwise(points)
    )
    return items / points[-1][0] if points[-1][0] else 0.0


def _pair(example: str) -> Callable[[object], object]:
    def pair(value: object) -> object:
        if not isinstance(value, (list, tuple)) or len(value) != 2:  # noqa: PLR2004
            raise ValueError(f"write two, one for each state, such as {example}")
        return tuple(value)

    return pair


_RateOrZero = Annotated[
    float, BeforeValidator(_parse_rate), PlainSerializer(_format_rate), WithJsonSchema(RATE)
]


class Bursty(Scheduled):
    """Two states in turn, each with its rate and its mean stay; stays are exponential.

    Known as a Markov-modulated Poisson process.  A run begins in a state of the long run's
    shares.  `rate`, where given, rescales both rates so that this is the mean.
    """

    process: Literal["bursty"]
    rates: Annotated[
        tuple[_RateOrZero, _RateOrZero], BeforeValidator(_pair('["100/s", "10/s"]'))
    ] = Field(examples=[["100/s", "10/s"]])
    """How many items come in the one state and in the other; one of them may be 0."""
    stays: Annotated[
        tuple[PositiveDuration, PositiveDuration], BeforeValidator(_pair('["1s", "9s"]'))
    ] = Field(examples=[["1s", "9s"]])
    """How long each state lasts on average."""
    rate: Rate | None = None
    """Rescales both rates to this mean; left out, they stay as they are."""

    @field_validator("rates")
    @classmethod
    def _one_brings_items(cls, rates: tuple[float, float]) -> tuple[float, float]:
        if not any(rates):
            raise ValueError("are both 0: one of the two must be above 0")
        return rates

    @property
    def first_share(self) -> float:
        """The share of time in the first state."""
        return self.stays[0] / sum(self.stays)

    @property
    def mean_rate(self) -> float:
        """Items per second in the long run."""
        return self._own_rate if self.rate is None else self.rate

    @property
    def scaled_rates(self) -> tuple[float, float]:
        """Items per second in the two states, as they are to be walked."""
        factor = 1.0 if self.rate is None else self.rate / self._own_rate
        return self.rates[0] * factor, self.rates[1] * factor

    @property
    def _own_rate(self) -> float:
        share = self.first_share
        return share * self.rates[0] + (1 - share) * self.rates[1]

    def text(self) -> str:
        """As people say it, for headings."""
        (one, other), (stay, away) = self.scaled_rates, map(format_duration, self.stays)
        return f"bursty, {one:g}/s for {stay} and {other:g}/s for {away} on average"
