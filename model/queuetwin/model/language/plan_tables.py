"""Two tables of a file that no run is simulated from: `[[what_if]]` and `[fitted]`.

A what-if is another world in which a plan is to be shown: some keys of the scenario set
otherwise.  `[fitted]` says which log a scenario was fitted to, and what that log did not show.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema, field_validator

from queuetwin.model.base.fields import FromList, Table

_CHANGES = {"title": "table of keys and values", "type": "object", "minProperties": 1}
# What a plan asks of every world alike.
_FIXED = ("slo", "what_if", "name", "seed", "fitted")


class Alternative(Table):
    """A question beside those that a plan always asks: what if some keys were others."""

    name: str = Field(min_length=1, examples=["the campaign"])
    """What the question is called."""
    changes: Annotated[dict[str, Any], WithJsonSchema(_CHANGES)] = Field(
        examples=[{"arrivals.rate": "500/s"}]
    )
    """The keys that change, each in quotes with its tables before it, and their values."""

    @field_validator("name")
    @classmethod
    def _on_a_line(cls, name: str) -> str:
        if not name.isprintable() or not name.strip():
            raise ValueError("must be readable on one line")
        return name

    @field_validator("changes")
    @classmethod
    def _some(cls, changes: dict[str, Any]) -> dict[str, Any]:
        if not changes:
            raise ValueError('is empty: write what changes, such as { "arrivals.rate" = "500/s" }')
        for key in changes:
            if key.partition(".")[0] in _FIXED:
                raise ValueError(f'"{key}" is the same in every world: leave it out')
        return changes


class FittedFrom(Table):
    """The log that the scenario was fitted to, for whoever plans on it; `fit` writes this."""

    log: str = Field(min_length=1, examples=["worker.log, 09:00-10:00, 11,159 tasks"])
    """Which log, which part of it."""
    foretold: float | None = Field(default=None, allow_inf_nan=False, examples=[0.04])
    """By which share its second half, foretold from the first, was off; left out, unknown."""
    assumes: Annotated[tuple[str, ...], FromList] = Field(
        default=(), examples=[["180 ms also when more than 8 run"]]
    )
    """What the log does not show and the scenario takes for granted; left out, nothing."""
