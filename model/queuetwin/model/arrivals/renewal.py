"""Processes of independent gaps: by chance, evenly spaced, or of any distribution."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from queuetwin.model.arrivals.process import GapSource, GeneratorOf, Paced, scaled_gaps
from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.fields import Rate
from queuetwin.model.distributions.distribution import Distribution
from queuetwin.model.distributions.families import AnyDistribution
from queuetwin.model.distributions.light_tails import Deterministic, Exponential

_EXPONENTIAL = Exponential.model_validate({"distribution": "exponential", "mean": "1s"})
_DETERMINISTIC = Deterministic.model_validate({"distribution": "deterministic", "mean": "1s"})


class Poisson(Paced):
    """Items come by chance, none knows of another: independent exponential gaps."""

    stationary = True

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

    @property
    def independent_gaps(self) -> Distribution:
        """Exponential."""
        return _EXPONENTIAL

    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order."""
        unit, mean = generator_of("gap").standard_exponential, self.sources / self.rate

        def gaps(count: int) -> Floats:
            drawn: Floats = unit(count)
            drawn *= mean
            return drawn

        return gaps


class Periodic(Paced):
    """Equal gaps; the first item comes at once."""

    stationary = True

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

    @property
    def independent_gaps(self) -> Distribution:
        """Always the same."""
        return _DETERMINISTIC

    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order."""
        return _Periodic(self.sources, self.sources / self.rate)


class _Periodic:
    """Equal gaps, after a first item of each producer that comes at once."""

    def __init__(self, at_once: int, gap: float) -> None:
        self._at_once, self._gap = at_once, gap

    def __call__(self, count: int) -> Floats:
        gaps = np.full(count, self._gap)
        gaps[: self._at_once] = 0.0
        self._at_once = max(0, self._at_once - count)
        return gaps


class Renewal(Paced):
    """Independent gaps of any distribution; `rate`, where given, rescales them.

    By schedule `gap` lies between the items of all producers.  By gap it is still that of the
    total: one producer's are as many times longer as there are producers.
    """

    stationary = True

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

    @property
    def independent_gaps(self) -> Distribution:
        """As the file says."""
        return self.gap

    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order."""
        return scaled_gaps(self.gap, self.sources * self.mean_gap, generator_of, "gap")
