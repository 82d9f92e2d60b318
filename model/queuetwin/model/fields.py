"""The kinds of values that a scenario is made of, and the base of its tables.

A table is frozen and refuses keys that it does not know.  Values are checked where they are
read, and written back in the same notation.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from queuetwin.model.units import (
    format_duration,
    format_rate,
    parse_duration,
    parse_rate,
    parse_share,
)

__all__ = ["Duration", "PositiveDuration", "Rate", "Share", "Table"]


class Table(BaseModel):
    """A table of a scenario file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _positive(value: object) -> float:
    seconds = parse_duration(value)
    if seconds == 0:
        raise ValueError("must be longer than 0")
    return seconds


Duration = Annotated[float, BeforeValidator(parse_duration), PlainSerializer(format_duration)]
PositiveDuration = Annotated[float, BeforeValidator(_positive), PlainSerializer(format_duration)]
Rate = Annotated[float, BeforeValidator(parse_rate), PlainSerializer(format_rate)]
Share = Annotated[float, BeforeValidator(parse_share)]
