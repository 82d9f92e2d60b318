"""What every arrival process must have: a rate, a text, properties and interarrival times.

By schedule, item *i* is planned at the running sum of all gaps, whatever the queue does.  By
gap, a producer plans its next item at the return of its last put plus that item's own gap.
Producer *p* of *P* makes the items p, p + P, …; a rate is always the total of all producers.

Item *i* takes the *i*-th draw of its stream, and draws are standardised and then scaled: a change
of rate shifts no draw, and gaps in chunks of any size are the same floats.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.fields import Table
from queuetwin.model.distributions.distribution import Distribution

# count -> the next gaps in seconds, shape (count,); fewer or none when the process has ended
GapSource = Callable[[int], Floats]
# the generator of a stream: gap, batch, phase, think
GeneratorOf = Callable[[str], np.random.Generator]


class ArrivalProcess(Table):
    """How items come, as a table of a file; every class says whether it is `stationary`."""

    stationary: ClassVar[bool]
    """Whether arrivals go on for ever at one mean rate."""
    ends_by_itself: ClassVar[bool] = False
    """Whether the process ends without `items` and without `duration`."""
    starts_with_all: ClassVar[bool] = False
    """Whether all items are there at the start."""

    @property
    @abstractmethod
    def mean_rate(self) -> float | None:
        """Items per second in the long run; None where the process does not say it."""

    @abstractmethod
    def text(self) -> str:
        """As people say it, for headings."""

    @abstractmethod
    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order.

        By schedule their running sum is the plan, by gap they are one producer's, and from
        outcomes they are think times.
        """

    @property
    def independent_gaps(self) -> Distribution | None:
        """The distribution of independent gaps, up to its mean; None where there is none."""
        return None

    def check_end(self, items: int | None, duration: float | None) -> None:
        """Raise ValueError where the process cannot be ended like this."""


class _Produced(ArrivalProcess):
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

    @property
    def sources(self) -> int:
        """How many producers walk gaps of their own."""
        return self.producers if self.pacing == "gap" else 1


def scaled_gaps(
    distribution: Distribution, mean: float, generator_of: GeneratorOf, stream: str
) -> GapSource:
    """Independent gaps of a distribution, scaled to a mean."""
    draw = distribution.sampler(generator_of(stream), generator_of("phase"))
    return lambda count: draw(count)[0] * mean
