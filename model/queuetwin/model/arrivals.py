"""How items come: a process gives the gaps, `pacing` says how they are walked.

By schedule, item *i* is planned at the running sum of all gaps, whatever the queue does.  By
gap, a producer plans its next item at the return of its last put plus that item's own gap.
Producer *p* of *P* makes the items p, p + P, …; `rate` is always the total of all producers.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from queuetwin.model.fields import Rate, Table

__all__ = ["Arrivals", "Backlog", "Periodic", "Poisson"]


class _Process(Table):
    pacing: Literal["schedule", "gap"] = "schedule"
    producers: int = Field(default=1, ge=1, le=10_000)


class Poisson(_Process):
    """Independent exponential gaps."""

    process: Literal["poisson"]
    rate: Rate

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.rate:g}/s Poisson"


class Periodic(_Process):
    """Equal gaps; the first item comes at once."""

    process: Literal["periodic"]
    rate: Rate

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.rate:g}/s, evenly spaced"


class Backlog(_Process):
    """Everything is there at the start."""

    process: Literal["backlog"]

    @property
    def rate(self) -> None:
        """A backlog has no rate."""
        return

    def text(self) -> str:
        """As people say it, for headings."""
        return "a backlog, all there at the start"


Arrivals = Annotated[Poisson | Periodic | Backlog, Field(discriminator="process")]
