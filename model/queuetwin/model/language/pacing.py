"""What arrival processes share: who makes the items, and how the gaps between them are walked.

By schedule, item *i* is planned at the running sum of all gaps, whatever the queue does.  By
gap, a producer plans its next item at the return of its last put plus that item's own gap.
Producer *p* of *P* makes the items p, p + P, …; a rate is always the total of all producers.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from queuetwin.model.base.fields import Table

__all__ = ["Paced", "Scheduled"]


class _Produced(Table):
    producers: int = Field(default=1, ge=1, le=10_000, examples=[4])
    """How many producers share the items; each puts one at a time."""


class Scheduled(_Produced):
    """A process that is tied to the clock: its items cannot wait for the queue."""

    pacing: Literal["schedule"] = "schedule"
    """Items are planned by the clock, whatever the queue does."""


class Paced(_Produced):
    """A process of gaps alone, which can be walked either way."""

    pacing: Literal["schedule", "gap"] = Field(default="schedule", examples=["gap"])
    """By the clock, or with each gap counted from the return of the producer's last put."""
