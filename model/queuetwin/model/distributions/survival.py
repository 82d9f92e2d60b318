"""P(time > t) of every distribution that a scenario may name, in closed form.

The laws are those that `variates` draws from; a test holds the two together.
"""

from __future__ import annotations

import math
from functools import singledispatch

import numpy as np
from scipy.special import gammaincc, ndtr  # type: ignore[import-untyped]

from queuetwin.model.base.arrays import Floats
from queuetwin.model.distributions.families import (
    Deterministic,
    Distribution,
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Lognormal,
    Mixture,
    Pareto,
    Uniform,
    Weibull,
)
from queuetwin.model.distributions.variates import pareto_span, weibull_power

__all__ = ["survival"]


def survival(distribution: Distribution, times: Floats) -> Floats:
    """The share of a distribution's times that are above each of `times`, in seconds.

    1 for negative times; any shape.

    >>> from queuetwin.model.distributions.families import Exponential
    >>> one = Exponential(distribution="exponential", mean="100ms")
    >>> survival(one, np.array([-1.0, 0.0, 0.1])).round(4).tolist()
    [1.0, 1.0, 0.3679]
    """
    relative = np.maximum(times, 0.0) / distribution.mean_time
    above = np.asarray(_above(distribution, relative), dtype=np.float64)
    return np.where(np.asarray(times) < 0, 1.0, above)


@singledispatch
def _above(distribution: object, times: Floats) -> Floats:
    """Of times relative to the mean."""
    raise TypeError(f"{type(distribution).__name__} has no survival function")


@_above.register
def _deterministic(_: Deterministic, times: Floats) -> Floats:
    return (times < 1).astype(np.float64)


@_above.register
def _exponential(_: Exponential, times: Floats) -> Floats:
    return np.exp(-times)


@_above.register
def _uniform(one: Uniform, times: Floats) -> Floats:
    return np.clip((one.high - times * one.mean_time) / (one.high - one.low), 0.0, 1.0)


@_above.register
def _gamma(one: Gamma, times: Floats) -> Floats:
    shape = one.cv**-2
    return np.asarray(gammaincc(shape, shape * times))


@_above.register
def _erlang(one: Erlang, times: Floats) -> Floats:
    return np.asarray(gammaincc(one.shape, one.shape * times))


@_above.register
def _weibull(one: Weibull, times: Floats) -> Floats:
    power = weibull_power(one.cv)
    return np.asarray(np.exp(-((times * math.gamma(1 + power)) ** (1 / power))))


@_above.register
def _lognormal(one: Lognormal, times: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(ndtr(-(np.log(times) / one.sigma + one.sigma / 2)))


@_above.register
def _hyperexponential(one: Hyperexponential, times: Floats) -> Floats:
    short = (1 + math.sqrt((one.cv**2 - 1) / (one.cv**2 + 1))) / 2
    long = 1 - short
    return np.asarray(short * np.exp(-2 * short * times) + long * np.exp(-2 * long * times))


@_above.register
def _pareto(one: Pareto, times: Floats) -> Floats:
    shape = one.shape
    if one.high is None:
        return np.asarray(np.minimum((shape - 1) / shape / np.maximum(times, 1e-300), 1.0) ** shape)
    high = one.high / one.mean
    span = pareto_span(shape, high)
    low = high * math.exp(-span)
    least = math.exp(-shape * span)
    above = (np.clip(times, low, high) / low) ** -shape
    return np.asarray((above - least) / (1 - least))


@_above.register
def _empirical(one: Empirical, times: Floats) -> Floats:
    samples = np.sort(one.samples) / np.mean(one.samples)
    return 1.0 - np.searchsorted(samples, times, side="right") / len(samples)


@_above.register
def _mixture(one: Mixture, times: Floats) -> Floats:
    seconds = times * one.mean_time
    parts = zip(one.shares, one.parts, strict=True)
    return np.asarray(sum(share * survival(part, seconds) for share, part in parts))
