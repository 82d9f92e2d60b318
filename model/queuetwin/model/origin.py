"""What a scenario was fitted to: nothing is simulated from it, a plan repeats what it says.

Whoever fits a log knows how well one half of it foretold the other, and what the log does not
show; whoever plans on the scenario has to be told, perhaps weeks later.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from queuetwin.model.fields import FromList, Table

__all__ = ["Origin"]


class Origin(Table):
    """The log that the scenario was fitted to, for whoever plans on it; `fit` writes this."""

    log: str = Field(min_length=1, examples=["worker.log, 09:00-10:00, 11,159 tasks"])
    """Which log, which part of it."""
    foretold: float | None = Field(default=None, allow_inf_nan=False, examples=[0.04])
    """By which share its second half, foretold from the first, was off; left out, unknown."""
    assumes: Annotated[tuple[str, ...], FromList] = Field(
        default=(), examples=[["180 ms also when more than 8 run"]]
    )
    """What the log does not show and the scenario takes for granted; left out, nothing."""
