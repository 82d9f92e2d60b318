"""How items come: every process has a `mean_rate`, `pacing`, `producers` and a `text`.

A process says what the gaps between items are; `pacing` says how they are walked (by schedule,
by gap, or from the outcome of a user's last item).  What is drawn is drawn elsewhere, from
standardised variates, so that a change of a rate shifts no draw.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from queuetwin.model.base.fields import Rate, Table
from queuetwin.model.distributions.families import AnyDistribution
from queuetwin.model.language.pacing import Paced, Scheduled
from queuetwin.model.language.time_varying import Bursty, Profile
from queuetwin.model.language.trace import Trace

__all__ = [
    "Arrivals",
    "Backlog",
    "Batch",
    "BatchSize",
    "Closed",
    "ConstantSize",
    "GeometricSize",
    "Periodic",
    "Poisson",
    "Renewal",
    "UniformSize",
]

_LARGEST_BATCH = 1_000_000


class Poisson(Paced):
    """Items come by chance, none knows of another: independent exponential gaps."""

    process: Literal["poisson"]
    rate: Rate
    """How many items come on average, from all producers together."""

    @property
    def mean_rate(self) -> float:
        """Items per second in the long run."""
        return self.rate

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.rate:g}/s Poisson"


class Periodic(Paced):
    """Equal gaps; the first item comes at once."""

    process: Literal["periodic"]
    rate: Rate
    """How many items come on average, from all producers together."""

    @property
    def mean_rate(self) -> float:
        """Items per second in the long run."""
        return self.rate

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.rate:g}/s, evenly spaced"


class Renewal(Paced):
    """Independent gaps of any distribution; `rate`, where given, rescales them.

    By schedule `gap` lies between the items of all producers.  By gap it is still that of the
    total: one producer's are as many times longer as there are producers.
    """

    process: Literal["renewal"]
    gap: AnyDistribution = Field(examples=[{"distribution": "erlang", "mean": "3ms", "shape": 2}])
    """The time between two items of all producers."""
    rate: Rate | None = None
    """Rescales the gaps to so many items on average; left out, they stay as they are."""

    @property
    def mean_gap(self) -> float:
        """Mean seconds between items, of all producers together."""
        return self.gap.mean_time if self.rate is None else 1 / self.rate

    @property
    def mean_rate(self) -> float:
        """Items per second in the long run."""
        return 1 / self.gap.mean_time if self.rate is None else self.rate

    def text(self) -> str:
        """As people say it, for headings."""
        rescaled = "" if self.rate is None else ", rescaled"
        return f"{self.mean_rate:g}/s, gaps of {self.gap.text()}{rescaled}"


class ConstantSize(Table):
    """Every batch holds as many items."""

    distribution: Literal["constant"]
    value: int = Field(ge=1, le=_LARGEST_BATCH, examples=[10])
    """How many items a batch has."""

    @property
    def mean_size(self) -> float:
        """Mean number of items in a batch."""
        return float(self.value)

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.value:,}"


class GeometricSize(Table):
    """One item, and then another with the same probability each time."""

    distribution: Literal["geometric"]
    mean: float = Field(ge=1, le=_LARGEST_BATCH, allow_inf_nan=False, examples=[4.0])
    """How many items a batch has on average."""

    @property
    def mean_size(self) -> float:
        """Mean number of items in a batch."""
        return self.mean

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.mean:g} on average, geometric"


class UniformSize(Table):
    """Any whole number from `low` to `high`, each as often."""

    distribution: Literal["uniform"]
    low: int = Field(ge=1, le=_LARGEST_BATCH, examples=[1])
    """The fewest items that a batch has."""
    high: int = Field(ge=1, le=_LARGEST_BATCH, examples=[20])
    """The most items that a batch has."""

    @field_validator("high")
    @classmethod
    def _above_low(cls, high: int, fields: ValidationInfo) -> int:
        if high < fields.data.get("low", high):
            raise ValueError(f"must be at least low, {fields.data['low']}")
        return high

    @property
    def mean_size(self) -> float:
        """Mean number of items in a batch."""
        return (self.low + self.high) / 2

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.low:,} to {self.high:,}"


BatchSize = Annotated[
    ConstantSize | GeometricSize | UniformSize, Field(discriminator="distribution")
]


class Batch(Scheduled):
    """Batches come as a Poisson process, all items of one at one instant; `rate` counts items."""

    process: Literal["batch"]
    rate: Rate
    """How many items, not batches, come on average."""
    size: BatchSize = Field(examples=[{"distribution": "geometric", "mean": 4.0}])
    """How many items a batch has."""

    @property
    def mean_rate(self) -> float:
        """Items per second in the long run."""
        return self.rate

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.rate:g}/s in batches of {self.size.text()}"


class Backlog(Paced):
    """Everything is there at the start."""

    process: Literal["backlog"]

    @property
    def mean_rate(self) -> None:
        """A backlog has no rate."""
        return

    def text(self) -> str:
        """As people say it, for headings."""
        return "a backlog, all there at the start"


class Closed(Table):
    """Users who wait for their item and then think before the next; user *u* makes u, u + U, …."""

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


Arrivals = Annotated[
    Poisson | Periodic | Renewal | Batch | Backlog | Trace | Profile | Bursty | Closed,
    Field(discriminator="process"),
]
