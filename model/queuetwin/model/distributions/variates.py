"""Variates of mean 1: what chance decides of a time, whatever its mean.

Item *i* takes the *i*-th draw of each generator, used or not: so draws in chunks of any size
join to the same numbers, bit for bit, and a change of the mean shifts none of them.  What a
distribution needs beside its keys is solved here, when a sampler is made; scipy is loaded only
for those that have no closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import singledispatch

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

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

__all__ = ["Indices", "Sampler", "pareto_span", "sampler", "weibull_power"]

Indices = NDArray[np.int64]
# count -> the next variates, shape (count,), and for measured times the rows that were drawn
Sampler = Callable[[int], tuple[Floats, Indices | None]]
_Draw = Callable[[int], Floats]

_MOST_INVERSE_SHAPE = 20.0  # of a Weibull distribution: its cv is then above 100,000


def sampler(distribution: Distribution, generator: Generator, phase: Generator) -> Sampler:
    """The variates of a distribution, relative to its mean, in order.

    The generators belong to the sampler from here on, and must be fresh: the parts of a mixture
    draw from children of both (`spawn`, in the order of the parts), so that no part's draws
    depend on another's or on the size of a chunk.  `phase` decides, with one uniform an item,
    which phase or part an item takes; only hyperexponential times and mixtures use it.
    """
    if isinstance(distribution, Empirical):
        if distribution.draw == "in-order":
            return _in_order(distribution)
        return _resampled(distribution, generator)
    draw = _drawn(distribution, generator, phase)
    return lambda count: (draw(count), None)


def _resampled(distribution: Empirical, generator: Generator) -> Sampler:
    samples = np.array(distribution.samples)
    relative = samples / samples.mean()

    def resample(count: int) -> tuple[Floats, Indices]:
        rows = (generator.random(count) * len(samples)).astype(np.int64)
        return relative[rows], rows

    return resample


def _in_order(distribution: Empirical) -> Sampler:
    samples = np.array(distribution.samples)
    relative = samples / samples.mean()
    taken = 0

    def take(count: int) -> tuple[Floats, Indices]:
        nonlocal taken
        rows = np.arange(taken, taken + count) % len(samples)
        taken += count
        return relative[rows], rows

    return take


@singledispatch
def _drawn(distribution: object, generator: Generator, phase: Generator) -> _Draw:
    raise TypeError(f"{type(distribution).__name__} has no variates")


@_drawn.register
def _deterministic(_: Deterministic, generator: Generator, phase: Generator) -> _Draw:
    return np.ones


@_drawn.register
def _exponential(_: Exponential, generator: Generator, phase: Generator) -> _Draw:
    return generator.standard_exponential


@_drawn.register
def _uniform(one: Uniform, generator: Generator, phase: Generator) -> _Draw:
    low, width, mean = one.low, one.high - one.low, one.mean_time
    return lambda count: (low + width * generator.random(count)) / mean


@_drawn.register
def _gamma(one: Gamma, generator: Generator, phase: Generator) -> _Draw:
    shape = one.cv**-2
    return lambda count: generator.standard_gamma(shape, count) / shape


@_drawn.register
def _erlang(one: Erlang, generator: Generator, phase: Generator) -> _Draw:
    return lambda count: generator.standard_gamma(one.shape, count) / one.shape


@_drawn.register
def _weibull(one: Weibull, generator: Generator, phase: Generator) -> _Draw:
    power = weibull_power(one.cv)
    scale = math.gamma(1 + power)
    return lambda count: generator.standard_exponential(count) ** power / scale


def weibull_power(cv: float) -> float:
    """1/k of the Weibull shape k with this cv: cv² + 1 = Γ(1 + 2/k) / Γ(1 + 1/k)²."""
    from scipy.optimize import brentq  # type: ignore[import-untyped]

    target = math.log1p(cv**2)

    def excess(power: float) -> float:
        return math.lgamma(1 + 2 * power) - 2 * math.lgamma(1 + power) - target

    return float(brentq(excess, 0.0, _MOST_INVERSE_SHAPE, xtol=1e-15))


@_drawn.register
def _lognormal(one: Lognormal, generator: Generator, phase: Generator) -> _Draw:
    sigma = one.sigma
    return lambda count: np.exp(sigma * generator.standard_normal(count) - sigma**2 / 2)


@_drawn.register
def _hyperexponential(one: Hyperexponential, generator: Generator, phase: Generator) -> _Draw:
    short = (1 + math.sqrt((one.cv**2 - 1) / (one.cv**2 + 1))) / 2
    short_mean, long_mean = 1 / (2 * short), 1 / (2 * (1 - short))

    def draw(count: int) -> Floats:
        means = np.where(phase.random(count) < short, short_mean, long_mean)
        return generator.standard_exponential(count) * means

    return draw


@_drawn.register
def _pareto(one: Pareto, generator: Generator, phase: Generator) -> _Draw:
    shape = one.shape
    if one.high is None:
        low = (shape - 1) / shape
        return lambda count: low * np.exp(generator.standard_exponential(count) / shape)
    high = one.high / one.mean
    span = pareto_span(shape, high)
    bounded_low, below = high * math.exp(-span), math.expm1(-shape * span)

    def draw(count: int) -> Floats:
        times = bounded_low * np.exp(-np.log1p(generator.random(count) * below) / shape)
        return np.minimum(times, high)  # rounding may lift the last one above the bound

    return draw


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


@_drawn.register
def _mixture(one: Mixture, generator: Generator, phase: Generator) -> _Draw:
    number, mean = len(one.parts), one.mean_time
    own = zip(one.parts, generator.spawn(number), phase.spawn(number), strict=True)
    parts = [(sampler(part, *both), part.mean_time / mean) for part, *both in own]
    edges = np.cumsum(one.shares)[:-1]

    def draw(count: int) -> Floats:
        taken = np.searchsorted(edges, phase.random(count), side="right")
        times = np.stack([drawn(count)[0] * relative for drawn, relative in parts])
        return times[taken, np.arange(count)]

    return draw
