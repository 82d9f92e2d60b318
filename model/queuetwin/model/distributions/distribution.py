"""What every distribution of a time must have: a mean, a text, variates and a survival function.

Variates are standardised to mean 1, so that a change of the mean shifts no draw.  Item *i* takes
the *i*-th draw of each generator, used or not: so draws in chunks of any size join to the same
numbers, bit for bit.  `cv`, wherever it stands, is the standard deviation divided by the mean.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.random import Generator
from pydantic import Field

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.base.fields import PositiveDuration, Table
from queuetwin.model.base.units import format_duration

# count -> the next variates, shape (count,)
Variates = Callable[[int], Floats]
# the same, and for measured times the rows that were drawn
Sampler = Callable[[int], tuple[Floats, Integers | None]]

# A smaller cv is a constant in all but name, and 1/cv² leaves the range of a float.
_Cv = Annotated[float, Field(ge=1e-4, le=100, allow_inf_nan=False, examples=[0.5])]


class Distribution(Table):
    """A distribution of a time, as a table of a file; scipy is loaded only where it is needed."""

    if TYPE_CHECKING:  # each class has its own name, and pydantic wants it from there alone
        distribution: str

    @property
    @abstractmethod
    def mean_time(self) -> float:
        """Mean time in seconds."""

    @abstractmethod
    def text(self) -> str:
        """As people say it, for headings."""

    @abstractmethod
    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        """What draws times relative to the mean."""

    @abstractmethod
    def _survival(self, times: Floats) -> Floats:
        """P(time > t) for each t >= 0 in `times`, which are relative to the mean."""

    def sampler(self, generator: Generator, phase: Generator) -> Sampler:
        """What draws the times, relative to their mean, in order.

        The generators belong to the sampler from here on, and must be fresh: the parts of a
        mixture draw from children of both.  `phase` decides, with one uniform an item, which
        phase or part an item takes; only hyperexponential times and mixtures use it.
        """
        draw = self._variates(generator, phase)
        return lambda count: (draw(count), None)

    def survival(self, times: Floats) -> Floats:
        """P(time > t) for each t in `times`, in seconds, in closed form; 1 for negative times.

        >>> from queuetwin.model.distributions.light_tails import Exponential
        >>> exponential = Exponential(distribution="exponential", mean="100ms")
        >>> exponential.survival(np.array([-1.0, 0.0, 0.1])).round(4).tolist()
        [1.0, 1.0, 0.3679]
        """
        relative = np.maximum(times, 0.0) / self.mean_time
        share = np.asarray(self._survival(relative), dtype=np.float64)
        return np.where(np.asarray(times) < 0, 1.0, share)


class ByMean(Distribution):
    """A distribution that is given by its mean, and perhaps by more."""

    distribution: str
    mean: PositiveDuration
    """The mean time."""

    @property
    def mean_time(self) -> float:
        """Mean time in seconds."""
        return self.mean

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{format_duration(self.mean)} {self.distribution}"


class ByMeanAndCv(ByMean):
    """A distribution that is given by its mean and its coefficient of variation."""

    cv: _Cv
    """How much times differ: their standard deviation divided by their mean."""

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{super().text()} with cv {self.cv:g}"
