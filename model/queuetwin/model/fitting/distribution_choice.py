"""Model selection of a distribution: the simplest that predicts times it was not fitted to.

Times are cut into blocks; distributions are fitted to the odd ones and judged on the even ones, and
the other way round.  Of those that do as well as the best, within random error, the simplest is
taken; where not even the best fits, two parts are tried, and then the measured times themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.fitting.distribution_fits import (
    MAXIMUM_LIKELIHOOD_FITS,
    DistributionFit,
    fit_mixture,
    rounded,
    written_duration,
)

_MOST = 50_000
_BLOCKS = 20
_LIGHT = 2000
_ERRORS = 2.0  # standard errors
_CONSTANT = 1e-3  # of the mean
_FEW = 50
# How far the fitted distribution may be from the measured share of times, beyond random error.
_KS, _AWAY, _TAIL, _TAIL_ERRORS = 1.63, 0.01, 0.002, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenDistribution:
    """How a scenario writes the times, why in words, and the samples where no distribution fits.

    `density` is None for what has none (constant and measured times).
    """

    table: dict[str, Any]
    why: str
    mean: float
    density: Callable[[Floats], Floats] | None = None
    samples: Floats | None = None

    @property
    def name(self) -> str:
        """The distribution's name."""
        return str(self.table["distribution"])

    @property
    def is_in_order(self) -> bool:
        """Whether the samples are taken one after the other, and not at random."""
        return "draw" in self.table

    def light(self) -> ChosenDistribution:
        """The same distribution, quicker to draw from: a few thousand quantiles, the same mean."""
        if self.samples is None or len(self.samples) <= _LIGHT or self.is_in_order:
            return self
        levels = (np.arange(_LIGHT) + 0.5) / _LIGHT
        few = np.quantile(self.samples, levels)
        return replace(self, samples=few * (self.mean / few.mean()))


def choose_distribution(times: Floats, generator: np.random.Generator) -> ChosenDistribution:
    """The distribution of times in seconds, shape (times,), in the order of the log."""
    mean = float(times.mean())
    if float(times.std()) <= _CONSTANT * mean:
        table = {"distribution": "deterministic", "mean": written_duration(mean)}
        return ChosenDistribution(table=table, why=f"all {len(times):,} are the same", mean=mean)
    x = np.maximum(times, float(times[times > 0].min()) / 2)
    x = x[:: math.ceil(len(x) / _MOST)]
    if len(x) < _FEW:
        return _measured(times, generator, f"only {len(times):,} times: too few for a law")
    best, runner_up = _best(x)
    if _fits(best, x):
        why = f"foretells times left out of the fit better than {runner_up}"
        return _of(best, why)
    try:
        mixture = fit_mixture(x)
    except (ValueError, OverflowError):  # parts that a scenario cannot say
        mixture = None
    if mixture is not None and _fits(mixture, x):
        return _of(mixture, f"two kinds of times; no single law fits ({best.name} is nearest)")
    return _measured(times, generator, f"no law fits; {best.name} is nearest")


def _of(fit: DistributionFit, why: str) -> ChosenDistribution:
    return ChosenDistribution(table=fit.table, why=why, mean=fit.mean, density=fit.density)


def _best(x: Floats) -> tuple[DistributionFit, str]:
    """The simplest fit that does as well as the best, and the name of the next best."""
    block = np.arange(len(x)) * _BLOCKS // len(x) % 2
    odd, even = x[block == 0], x[block == 1]
    scores: list[tuple[DistributionFit, Floats]] = []
    for fit_distribution in MAXIMUM_LIKELIHOOD_FITS:
        try:
            whole, on_odd, on_even = (
                fit_distribution(x),
                fit_distribution(odd),
                fit_distribution(even),
            )
        except (ValueError, OverflowError):  # no parameter, or none that a scenario can say
            continue
        if whole is None or on_odd is None or on_even is None:
            continue
        # A least or a greatest time is known from all: it is no matter of likelihood.
        use_whole = whole.name in ("pareto", "uniform")
        judged = [(whole if use_whole else on_odd).density(even),
                  (whole if use_whole else on_even).density(odd)]  # fmt: skip
        score = np.concatenate(judged)
        if np.isfinite(score).all():
            scores.append((whole, score))
    top, top_score = max(scores, key=lambda one: float(one[1].mean()))
    equals = [
        (fit, score) for fit, score in scores
        if fit is top or _no_worse(top_score - score)
    ]  # fmt: skip
    chosen, _ = min(equals, key=lambda one: (one[0].simplicity, -float(one[1].mean())))
    others = [(fit, score) for fit, score in scores if fit is not chosen]
    second, _ = max(others, key=lambda one: float(one[1].mean()))
    return chosen, second.name


def _no_worse(behind: Floats) -> bool:
    return float(behind.mean()) <= _ERRORS * float(behind.std()) / math.sqrt(len(behind))


def _fits(fit: DistributionFit, x: Floats) -> bool:
    """Whether the distribution is that of the times, in the body and in the tail."""
    ordered = np.sort(x)
    below = np.asarray(fit.below(ordered))
    count = len(x)
    steps = np.arange(count + 1) / count
    away = float(max(np.abs(below - steps[1:]).max(), np.abs(below - steps[:-1]).max()))
    above = 1 - float(np.searchsorted(below, 0.99)) / count
    tail = abs(above - 0.01)
    return away <= _KS / math.sqrt(count) + _AWAY and (
        tail <= _TAIL_ERRORS * math.sqrt(0.01 / count) + _TAIL
    )


def in_order(times: Floats, why: str) -> ChosenDistribution:
    """Times in seconds, shape (times,), to be taken one after the other."""
    samples = np.array([rounded(one) for one in times.tolist()])
    table = {"distribution": "empirical", "samples": "", "draw": "in-order"}
    return ChosenDistribution(table=table, why=why, mean=float(samples.mean()), samples=samples)


def _measured(times: Floats, generator: np.random.Generator, why: str) -> ChosenDistribution:
    samples = times if len(times) <= _MOST else generator.choice(times, _MOST, replace=False)
    samples = np.array([rounded(one) for one in samples.tolist()])
    table = {"distribution": "empirical", "samples": ""}
    return ChosenDistribution(table=table, why=why, mean=float(samples.mean()), samples=samples)
