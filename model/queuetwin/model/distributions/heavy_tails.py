"""Distributions of which few long times may make up much of the sum."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.random import Generator
from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.fields import PositiveDuration, either
from queuetwin.model.base.units import format_duration
from queuetwin.model.distributions.distribution import (
    ByMean,
    ByMeanAndCv,
    Distribution,
    Variates,
)

# The 99 % point of the standard normal distribution, to tie p50 and p99 to a lognormal.
_NORMAL_P99 = 2.3263478740408408
# Beyond, the mean of a lognormal is made of times that no run is long enough to see.
_WIDEST = 1e6
_MOST_INVERSE_SHAPE = 20.0  # of a Weibull distribution: its cv is then above 100,000


class Weibull(ByMeanAndCv):
    """The time to a failure: with cv below 1 of what wears out, above 1 of early faults."""

    distribution: Literal["weibull"]

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        power = weibull_power(self.cv)
        scale = math.gamma(1 + power)
        return lambda count: generator.standard_exponential(count) ** power / scale

    def _survival(self, times: Floats) -> Floats:
        power = weibull_power(self.cv)
        return np.asarray(np.exp(-((times * math.gamma(1 + power)) ** (1 / power))))


def weibull_power(cv: float) -> float:
    """1/k of the Weibull shape k with this cv: cv² + 1 = Γ(1 + 2/k) / Γ(1 + 1/k)²."""
    from scipy.optimize import brentq  # type: ignore[import-untyped]

    target = math.log1p(cv**2)

    def excess(power: float) -> float:
        return math.lgamma(1 + 2 * power) - 2 * math.lgamma(1 + power) - target

    return float(brentq(excess, 0.0, _MOST_INVERSE_SHAPE, xtol=1e-15))


class Lognormal(Distribution):
    """A skewed time, given by `mean` and `cv`, or by its `p50` and `p99`."""

    model_config = ConfigDict(json_schema_extra=either(("mean", "cv"), ("p50", "p99")))

    distribution: Literal["lognormal"]
    mean: PositiveDuration | None = None
    """The mean time, together with `cv`; left out, `p50` and `p99` say it."""
    cv: float | None = Field(default=None, gt=0, le=100, allow_inf_nan=False, examples=[0.8])
    """How much times differ, together with `mean`: their standard deviation divided by it."""
    p50: PositiveDuration | None = Field(default=None, examples=["15ms"])
    """The time that half of all stay below, together with `p99`; left out, `mean` and `cv`."""
    p99: PositiveDuration | None = Field(default=None, examples=["80ms"])
    """The time that 99 of 100 stay below, together with `p50` and above it."""

    @field_validator("p99")
    @classmethod
    def _above_p50(cls, p99: float | None, fields: ValidationInfo) -> float | None:
        p50 = fields.data.get("p50")
        if p50 is not None and p99 is not None and p99 <= p50:
            raise ValueError(f"must be above p50, {format_duration(p50)}")
        if p50 is not None and p99 is not None and p99 / p50 > _WIDEST:
            raise ValueError(f"must be at most {_WIDEST:,.0f} times p50")
        return p99

    @model_validator(mode="after")
    def _one_way(self) -> Lognormal:
        by_mean = (self.mean is not None, self.cv is not None)
        by_quantiles = (self.p50 is not None, self.p99 is not None)
        if all(by_mean) == all(by_quantiles) or any(by_mean) == any(by_quantiles):
            raise ValueError("a lognormal needs mean and cv, or p50 and p99")
        return self

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm of the time."""
        if self.cv is not None:
            return math.sqrt(math.log1p(self.cv**2))
        assert self.p50 is not None and self.p99 is not None
        return math.log(self.p99 / self.p50) / _NORMAL_P99

    @property
    def mean_time(self) -> float:
        """Mean time in seconds."""
        if self.mean is not None:
            return self.mean
        assert self.p50 is not None
        return self.p50 * math.exp(self.sigma**2 / 2)

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.mean_time * 1000:.4g} ms lognormal"

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        sigma = self.sigma
        return lambda count: np.exp(sigma * generator.standard_normal(count) - sigma**2 / 2)

    def _survival(self, times: Floats) -> Floats:
        from scipy.special import ndtr  # type: ignore[import-untyped]

        with np.errstate(divide="ignore"):
            return np.asarray(ndtr(-(np.log(times) / self.sigma + self.sigma / 2)))


class Hyperexponential(ByMeanAndCv):
    """Two kinds of exponential times, short and long, of which each makes up half the work."""

    distribution: Literal["hyperexponential"]
    cv: Annotated[float, Field(ge=1, le=100, allow_inf_nan=False, examples=[2.0])]
    """How much times differ: their standard deviation divided by their mean."""

    @property
    def short_share(self) -> float:
        """The share of the times that are of the short kind."""
        return (1 + math.sqrt((self.cv**2 - 1) / (self.cv**2 + 1))) / 2

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        short = self.short_share
        short_mean, long_mean = 1 / (2 * short), 1 / (2 * (1 - short))

        def draw(count: int) -> Floats:
            means = np.where(phase.random(count) < short, short_mean, long_mean)
            return generator.standard_exponential(count) * means

        return draw

    def _survival(self, times: Floats) -> Floats:
        short = self.short_share
        long = 1 - short
        return np.asarray(short * np.exp(-2 * short * times) + long * np.exp(-2 * long * times))


class Pareto(ByMean):
    """A heavy tail: P(time > t) falls as t^-shape, up to `high` where that is given.

    Its variance is finite only for a shape above 2, or with `high`.
    """

    distribution: Literal["pareto"]
    shape: float = Field(gt=1, allow_inf_nan=False, examples=[2.5])
    """How fast long times become rare: the smaller, the heavier the tail."""
    high: PositiveDuration | None = Field(default=None, examples=["2s"])
    """No time is longer; left out, any may come."""

    @field_validator("high")
    @classmethod
    def _above_mean(cls, high: float | None, fields: ValidationInfo) -> float | None:
        mean = fields.data.get("mean")
        if high is not None and mean is not None and high <= mean:
            raise ValueError(f"must be above the mean, {format_duration(mean)}")
        return high

    def text(self) -> str:
        """As people say it, for headings."""
        most = "" if self.high is None else f", at most {format_duration(self.high)}"
        return f"{super().text()} of shape {self.shape:g}{most}"

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        shape = self.shape
        if self.high is None:
            low = (shape - 1) / shape
            return lambda count: low * np.exp(generator.standard_exponential(count) / shape)
        high = self.high / self.mean
        span = pareto_span(shape, high)
        bounded_low, below = high * math.exp(-span), math.expm1(-shape * span)

        def draw(count: int) -> Floats:
            times = bounded_low * np.exp(-np.log1p(generator.random(count) * below) / shape)
            return np.minimum(times, high)  # rounding may lift the last one above the bound

        return draw

    def _survival(self, times: Floats) -> Floats:
        shape = self.shape
        if self.high is None:
            low = (shape - 1) / shape
            return np.asarray(np.minimum(low / np.maximum(times, 1e-300), 1.0) ** shape)
        high = self.high / self.mean
        span = pareto_span(shape, high)
        low = high * math.exp(-span)
        least = math.exp(-shape * span)
        share = (np.clip(times, low, high) / low) ** -shape
        return np.asarray((share - least) / (1 - least))


def pareto_span(shape: float, high: float) -> float:
    """log(high / low) of the Pareto distribution from `low` to `high` whose mean is 1."""
    from scipy.optimize import brentq

    factor = shape / (shape - 1)

    def excess(span: float) -> float:
        if span == 0:
            return high - 1
        tail = math.expm1(-(shape - 1) * span) / math.expm1(-shape * span)
        return high * factor * math.exp(-span) * tail - 1

    # The mean is at most high * factor * exp(-span): one further and it is safely below 1.
    return float(brentq(excess, 0.0, math.log(high * factor) + 1, xtol=1e-15))
