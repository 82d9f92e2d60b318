"""Items that come several at one instant, and how many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from queuetwin.model.arrivals.process import GapSource, GeneratorOf, Scheduled
from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.base.fields import Rate, Table

_LARGEST_BATCH = 1_000_000


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

    stationary = True

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

    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order."""
        return _Batches(self, generator_of)


class _Batches:
    """A gap before the first item of each batch, none before the others."""

    def __init__(self, arrivals: Batch, generator_of: GeneratorOf) -> None:
        self._unit = generator_of("gap").standard_exponential
        self._mean_size = arrivals.size.mean_size
        self._mean_gap = self._mean_size / arrivals.rate
        self._sizes = _batch_sizes(arrivals.size, generator_of("batch"))
        self._left: Floats = np.empty(0)

    def __call__(self, count: int) -> Floats:
        while len(self._left) < count:
            batches = max(1, int((count - len(self._left)) / self._mean_size))
            sizes = self._sizes(batches)
            gaps = np.zeros(int(sizes.sum()))
            gaps[np.cumsum(sizes) - sizes] = self._unit(batches) * self._mean_gap
            self._left = np.append(self._left, gaps)
        taken, self._left = self._left[:count], self._left[count:]
        return taken


def _batch_sizes(size: BatchSize, generator: np.random.Generator) -> Callable[[int], Integers]:
    if isinstance(size, ConstantSize) or size.mean_size == 1:
        return lambda count: np.full(count, int(size.mean_size))
    if isinstance(size, GeometricSize):
        another = np.log1p(-1 / size.mean)
        return lambda count: 1 + (np.log1p(-generator.random(count)) / another).astype(np.int64)
    low, values = size.low, size.high - size.low + 1
    return lambda count: low + (generator.random(count) * values).astype(np.int64)
