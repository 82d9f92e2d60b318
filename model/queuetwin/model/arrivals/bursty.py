"""A rate that changes by chance between two states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, field_validator

from queuetwin.model.arrivals.cumulative_rate import (
    Modulated,
    Pieces,
    format_rate_or_zero,
    parse_rate_or_zero,
)
from queuetwin.model.arrivals.process import GapSource, GeneratorOf, Scheduled
from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.fields import RATE, PositiveDuration, Rate
from queuetwin.model.base.units import format_duration

# Even, so that every block of stays begins in the same state.
_STAYS = 1024


def _pair(example: str) -> Callable[[object], object]:
    def pair(value: object) -> object:
        if not isinstance(value, (list, tuple)) or len(value) != 2:  # noqa: PLR2004
            raise ValueError(f"write two, one for each state, such as {example}")
        return tuple(value)

    return pair


_RateOrZero = Annotated[
    float,
    BeforeValidator(parse_rate_or_zero),
    PlainSerializer(format_rate_or_zero),
    WithJsonSchema(RATE),
]


class Bursty(Scheduled):
    """Two states in turn, each with its rate and its mean stay; stays are exponential.

    Known as a Markov-modulated Poisson process.  A run begins in a state of the long run's
    shares.  `rate`, where given, rescales both rates so that this is the mean.
    """

    stationary = True

    process: Literal["bursty"]
    rates: Annotated[
        tuple[_RateOrZero, _RateOrZero], BeforeValidator(_pair('["100/s", "10/s"]'))
    ] = Field(examples=[["100/s", "10/s"]])
    """How many items come in the one state and in the other; one of them may be 0."""
    stays: Annotated[
        tuple[PositiveDuration, PositiveDuration], BeforeValidator(_pair('["1s", "9s"]'))
    ] = Field(examples=[["1s", "9s"]])
    """How long each state lasts on average."""
    rate: Rate | None = None
    """Rescales both rates to this mean; left out, they stay as they are."""

    @field_validator("rates")
    @classmethod
    def _one_brings_items(cls, rates: tuple[float, float]) -> tuple[float, float]:
        if not any(rates):
            raise ValueError("are both 0: one of the two must be above 0")
        return rates

    @property
    def first_share(self) -> float:
        """The share of time in the first state."""
        return self.stays[0] / sum(self.stays)

    @property
    def mean_rate(self) -> float:
        """Items per second in the long run."""
        return self._own_rate if self.rate is None else self.rate

    @property
    def scaled_rates(self) -> tuple[float, float]:
        """Items per second in the two states, as they are to be walked."""
        factor = 1.0 if self.rate is None else self.rate / self._own_rate
        return self.rates[0] * factor, self.rates[1] * factor

    @property
    def _own_rate(self) -> float:
        share = self.first_share
        return share * self.rates[0] + (1 - share) * self.rates[1]

    def text(self) -> str:
        """As people say it, for headings."""
        (one, other), (stay, away) = self.scaled_rates, map(format_duration, self.stays)
        return f"bursty, {one:g}/s for {stay} and {other:g}/s for {away} on average"

    def interarrivals(self, generator_of: GeneratorOf) -> GapSource:
        """What yields the gaps in order."""
        return Modulated(_Bursts(self, generator_of("phase")).instants, generator_of)


class _Bursts:
    """The states of a bursty process, drawn as far as its items have come."""

    def __init__(self, arrivals: Bursty, phase: np.random.Generator) -> None:
        first = int(phase.random() >= arrivals.first_share)
        states = (first + np.arange(_STAYS)) % 2
        self._phase = phase
        self._mean_stays = np.array(arrivals.stays)[states]
        self._rates = np.array(arrivals.scaled_rates)[states]
        # The last piece has only begun: where it ends is not drawn yet.
        self._begin, self._total, self._rate = np.zeros(1), np.zeros(1), self._rates[:1]

    def instants(self, units: Floats) -> Floats:
        """Seconds at which the cumulative rate reaches each of `units`."""
        while len(units) and self._total[-1] <= units[-1]:
            self._draw()
        pieces = Pieces(
            begin=self._begin,
            rate=self._rate,
            slope=np.zeros(len(self._rate)),
            total=self._total,
        )
        instants = pieces.instants(units)
        if len(units):
            self._forget(int(np.searchsorted(self._total, units[-1], side="right")) - 1)
        return instants

    def _draw(self) -> None:
        stays = self._phase.standard_exponential(_STAYS) * self._mean_stays
        begin = np.cumsum(np.append(self._begin[-1], stays))
        total = np.cumsum(np.append(self._total[-1], stays * self._rates))
        self._begin = np.append(self._begin[:-1], begin)
        self._total = np.append(self._total[:-1], total)
        self._rate = np.append(self._rate[:-1], np.append(self._rates, self._rates[0]))

    def _forget(self, pieces: int) -> None:
        self._begin, self._total = self._begin[pieces:], self._total[pieces:]
        self._rate = self._rate[pieces:]
