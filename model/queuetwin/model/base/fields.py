"""The kinds of values that a scenario is made of, and the base of its tables.

A table is frozen and refuses keys that it does not know.  Values are checked where they are
read, and written back in the same notation.  Each kind also says what a JSON Schema can know of
it, and the text below a field is what its key means to whoever writes a file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.units import (
    DURATION_PATTERN,
    PERCENT_PATTERN,
    RATE_PATTERN,
    format_duration,
    format_rate,
    parse_duration,
    parse_rate,
    parse_share,
)

# What a JSON Schema knows of each kind; its title is the word that people read.
DURATION: dict[str, Any] = {
    "title": "duration", "type": "string", "pattern": DURATION_PATTERN, "examples": ["20ms"],
}  # fmt: skip
RATE: dict[str, Any] = {
    "title": "rate", "type": "string", "pattern": RATE_PATTERN, "examples": ["320/s"],
}  # fmt: skip
SHARE: dict[str, Any] = {
    "title": "share", "examples": [0.02],
    "anyOf": [{"type": "number", "minimum": 0, "maximum": 1},
              {"type": "string", "pattern": PERCENT_PATTERN}],
}  # fmt: skip


class Table(BaseModel):
    """A table of a scenario file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class CheckedTimes(tuple[float, ...]):
    """Times in seconds, shape (rows,), that were checked when they were read.

    There may be many of them: a table that is built anew takes them as they are, and they are
    written as text once.
    """

    @cached_property
    def texts(self) -> list[str]:
        """The times as a file has them; shared, so to be read only."""
        return [self.text_of(seconds) for seconds in self]

    @cached_property
    def seconds(self) -> Floats:
        """The times as an array, read-only."""
        array = np.array(self)
        array.setflags(write=False)
        return array

    @cached_property
    def mean(self) -> float:
        """The mean time."""
        return math.fsum(self) / len(self)

    @staticmethod
    def text_of(seconds: float) -> str:
        """One time as a file has it."""
        return format_duration(seconds)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Pickled without what was only made once for speed."""
        return type(self), (tuple(self),)


def either(*ways: tuple[str, ...]) -> dict[str, Any]:
    """For the JSON Schema of a table: all keys of exactly one of these ways."""
    keys = {key for way in ways for key in way}
    return {
        "oneOf": [
            {
                "required": list(way),
                "properties": dict.fromkeys(sorted(keys.difference(way)), False),
            }
            for way in ways
        ]
    }


def _positive(value: object) -> float:
    seconds = parse_duration(value)
    if seconds == 0:
        raise ValueError("must be longer than 0")
    return seconds


def _as_tuple(value: object) -> object:
    return tuple(_as_tuple(one) for one in value) if isinstance(value, list) else value


Duration = Annotated[
    float, BeforeValidator(parse_duration), PlainSerializer(format_duration),
    WithJsonSchema(DURATION),
]  # fmt: skip
PositiveDuration = Annotated[
    float, BeforeValidator(_positive), PlainSerializer(format_duration), WithJsonSchema(DURATION)
]
Rate = Annotated[
    float, BeforeValidator(parse_rate), PlainSerializer(format_rate), WithJsonSchema(RATE)
]
Share = Annotated[float, BeforeValidator(parse_share), WithJsonSchema(SHARE)]
# A file has lists, also of lists; a frozen table keeps tuples.
FromList = BeforeValidator(_as_tuple)
