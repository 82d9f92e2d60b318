"""Measured service times: a CSV file that the scenario names, or a list in its place.

A file is read once, when the scenario is loaded; from then on the scenario carries the times
themselves, so it can be kept, hashed and moved without the file.  The unit is in the column's
name (`service_ms`), never guessed.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field, PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.base.fields import DURATION, CheckedTimes, PositiveDuration
from queuetwin.model.base.units import parse_duration
from queuetwin.model.distributions.distribution import Distribution, Sampler, Variates

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
    with_unit = [
        (column, divisor)
        for column, name in enumerate(rows[0])
        for suffix, divisor in _SUFFIXES.items()
        if name.strip().endswith(suffix)
    ]
    if not with_unit:
        raise ValueError('has no column with a unit in its name, such as "service_ms"')
    column, divisor = with_unit[0]
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


class _Samples(CheckedTimes):
    """None is below 0, and at least one is above."""


def _load(value: object, info: ValidationInfo) -> _Samples:
    if isinstance(value, _Samples):
        return value
    if isinstance(value, str):
        folder = Path((info.context or {}).get("folder", "."))
        try:
            return _checked(_read(folder / value))
        except ValueError as fault:
            raise ValueError(f"{value}: {fault}") from None
    if isinstance(value, (list, tuple)):
        return _checked(tuple(_parsed(time, number) for number, time in enumerate(value, start=1)))
    raise ValueError('write a CSV file\'s name, or a list such as ["12ms", "15ms"]')


def _parsed(value: object, number: int) -> float:
    try:
        return parse_duration(value)
    except ValueError as fault:
        raise ValueError(f"time {number}: {fault}") from None


def _checked(times: tuple[float, ...]) -> _Samples:
    if not times:
        raise ValueError("holds no times")
    if max(times) == 0:
        raise ValueError("holds only zeros: at least one must be above 0")
    return _Samples(times)


def _texts(samples: CheckedTimes) -> list[str]:
    return samples.texts


_SCHEMA = {
    "title": "name of a CSV file, or list of durations",
    "anyOf": [{"type": "string"}, {"type": "array", "items": DURATION, "minItems": 1}],
    "examples": ["service_times.csv"],
}

_SampleField = Annotated[
    CheckedTimes, PlainValidator(_load), PlainSerializer(_texts), WithJsonSchema(_SCHEMA)
]


class Empirical(Distribution):
    """Times as they were measured; `mean`, where given, rescales them."""

    distribution: Literal["empirical"]
    samples: _SampleField
    """The times; in a file, the first column with a unit in its name, such as `service_ms`."""
    mean: PositiveDuration | None = None
    """Rescales the times to this mean; left out, they stay as they are."""
    draw: Literal["random", "in-order"] = Field(default="random", examples=["in-order"])
    """Each by chance, or one after the other as they stand, from the top again after the last."""

    @property
    def mean_time(self) -> float:
        """Mean time in seconds."""
        return self.samples.mean if self.mean is None else self.mean

    def text(self) -> str:
        """As people say it, for headings."""
        order = ", in order" if self.draw == "in-order" else ""
        return f"{len(self.samples):,} measured times{order}, mean {self.mean_time * 1000:.4g} ms"

    def sampler(self, generator: Generator, phase: Generator) -> Sampler:
        """What draws the times, relative to their mean, with the row of each."""
        samples = self.samples.seconds
        relative = samples / samples.mean()
        if self.draw == "in-order":
            rows = _rows_in_order(len(samples))
        else:
            rows = lambda count: (generator.random(count) * len(samples)).astype(np.int64)  # noqa: E731

        def draw(count: int) -> tuple[Floats, Integers]:
            drawn = rows(count)
            return relative[drawn], drawn

        return draw

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        sampler = self.sampler(generator, phase)
        return lambda count: sampler(count)[0]

    def _survival(self, times: Floats) -> Floats:
        samples = np.sort(self.samples.seconds) / self.samples.seconds.mean()
        return 1.0 - np.searchsorted(samples, times, side="right") / len(samples)


def _rows_in_order(number: int) -> Callable[[int], Integers]:
    """The rows from the first to the last, and from the first again."""
    first = 0

    def rows(count: int) -> Integers:
        nonlocal first
        taken = np.arange(first, first + count) % number
        first += count
        return taken

    return rows
