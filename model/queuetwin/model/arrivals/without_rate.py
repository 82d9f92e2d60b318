"""Processes whose rate is a result of the run: a backlog, and users who wait for their items."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from queuetwin.model.arrivals.process import (
    ArrivalProcess,
    GapSource,
    GeneratorOf,
    Paced,
    scaled_gaps,
)
from queuetwin.model.distributions.families import AnyDistribution


class Backlog(Paced):
    """Everything is there at the start."""

    stationary = False
    starts_with_all = True

    process: Literal["backlog"]

    @property
    def mean_rate(self) -> None:
        """A backlog has no rate."""
        return

    def text(self) -> str:
        """As people say it, for headings."""
        return "a backlog, all there at the start"

    def check_end(self, items: int | None, duration: float | None) -> None:
        """It has no instants that a duration could cut."""
        if duration is not None:
            raise ValueError("a backlog needs items instead of duration: all of them are there "
                             "at the start")  # fmt: skip

    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order."""
        return np.zeros


class Closed(ArrivalProcess):
    """Users who wait for their item and then think before the next; user *u* makes u, u + U, …."""

    stationary = True

    process: Literal["closed"]
    users: int = Field(ge=1, le=10_000, examples=[50])
    """How many users there are; each has one item at a time."""
    think: AnyDistribution = Field(examples=[{"distribution": "exponential", "mean": "2s"}])
    """How long a user waits after an item before asking for the next."""

    @property
    def pacing(self) -> Literal["outcome"]:
        """An item is planned at the final outcome of the user's last, plus the think time."""
        return "outcome"

    @property
    def producers(self) -> int:
        """Every user is a producer."""
        return self.users

    @property
    def mean_rate(self) -> None:
        """How often users come back is a result of the run."""
        return

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.users:,} user{'s' * (self.users != 1)}, thinking {self.think.text()}"

    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order."""
        return scaled_gaps(self.think, self.think.mean_time, generator_of, "think")
