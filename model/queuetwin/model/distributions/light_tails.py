"""Distributions whose long times die out at least exponentially."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.random import Generator
from pydantic import Field, ValidationInfo, field_validator

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.fields import Duration, PositiveDuration
from queuetwin.model.base.units import format_duration
from queuetwin.model.distributions.distribution import (
    ByMean,
    ByMeanAndCv,
    Distribution,
    Variates,
)


class Deterministic(ByMean):
    """Always the same time."""

    distribution: Literal["deterministic"]

    def text(self) -> str:
        """As people say it, for headings."""
        return f"always {format_duration(self.mean)}"

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        return np.ones

    def _survival(self, times: Floats) -> Floats:
        return (times < 1).astype(np.float64)


class Exponential(ByMean):
    """Many short times, a few long ones; the textbook's choice."""

    distribution: Literal["exponential"]

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        return generator.standard_exponential

    def _survival(self, times: Floats) -> Floats:
        return np.exp(-times)


class Uniform(Distribution):
    """Any time from `low` to `high`, each as likely."""

    distribution: Literal["uniform"]
    low: Duration = Field(examples=["10ms"])
    """The shortest time."""
    high: PositiveDuration = Field(examples=["30ms"])
    """The longest time, above `low`."""

    @field_validator("high")
    @classmethod
    def _above_low(cls, high: float, fields: ValidationInfo) -> float:
        low = fields.data.get("low")
        if low is not None and high <= low:
            raise ValueError(f'must be above low, {format_duration(low)}; write "deterministic" '
                             "for a time that is always the same")  # fmt: skip
        return high

    @property
    def mean_time(self) -> float:
        """Mean time in seconds."""
        return (self.low + self.high) / 2

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{format_duration(self.low)} to {format_duration(self.high)} uniform"

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        low, width, mean = self.low, self.high - self.low, self.mean_time
        return lambda count: (low + width * generator.random(count)) / mean

    def _survival(self, times: Floats) -> Floats:
        return np.clip((self.high - times * self.mean_time) / (self.high - self.low), 0.0, 1.0)


class Gamma(ByMeanAndCv):
    """One hump and a light tail, as regular or as wild as `cv` says; at cv 1 exponential."""

    distribution: Literal["gamma"]

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        shape = self.cv**-2
        return lambda count: generator.standard_gamma(shape, count) / shape

    def _survival(self, times: Floats) -> Floats:
        return _gamma_survival(self.cv**-2, times)


class Erlang(ByMean):
    """The sum of `shape` equal exponential steps; its cv is 1/√shape."""

    distribution: Literal["erlang"]
    shape: int = Field(ge=1, le=1000, examples=[3])
    """How many steps; the more, the more alike the times."""

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{super().text()} of shape {self.shape}"

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        return lambda count: generator.standard_gamma(self.shape, count) / self.shape

    def _survival(self, times: Floats) -> Floats:
        return _gamma_survival(self.shape, times)


def _gamma_survival(shape: float, times: Floats) -> Floats:
    from scipy.special import gammaincc  # type: ignore[import-untyped]

    return np.asarray(gammaincc(shape, shape * times))
