"""Maximum-likelihood fits of a time: parameters, density, and how a scenario writes it.

Each distribution of one positive time that the language knows: closed forms where there are any,
one equation where not.  One that the data rule out (a heavy tail without a mean) is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.units import format_duration

_LIGHTEST_PARETO = 1.05
_LARGEST_SHAPE = 1000
_NARROWEST_CV, _WIDEST_CV = 1e-4, 100.0
_ROUNDS = 60
_DIGITS = 6
_MILLISECOND = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionFit:
    """A fitted distribution: `density(x)` is the log density, `below(x)` the share up to x.

    `table` is how a scenario writes it; `simplicity` orders distributions that say the same.
    """

    name: str
    simplicity: int
    table: dict[str, Any]
    mean: float
    density: Callable[[Floats], Floats]
    below: Callable[[Floats], Floats]


def rounded(value: float) -> float:
    """A figure with as many digits as a fit may claim."""
    return float(f"{value:.{_DIGITS}g}")


def written_duration(seconds: float) -> str:
    """A duration as people write it: in milliseconds from one up to a second."""
    if _MILLISECOND <= seconds < 1:
        return f"{rounded(seconds * 1000):g}ms"
    return format_duration(rounded(seconds))


def length_text(seconds: float) -> str:
    """A duration in a sentence: seconds from one on, else milliseconds, four digits.

    >>> length_text(1.81459), length_text(0.0123456)
    ('1.815 s', '12.35 ms')
    """
    return f"{seconds:.4g} s" if seconds >= 1 else f"{seconds * 1000:.4g} ms"


def _cv(spread: float) -> float:
    """A cv as it is written; ValueError beyond what a scenario may say."""
    if not _NARROWEST_CV <= spread <= _WIDEST_CV:
        raise ValueError(f"cv {spread}")
    return rounded(spread)


def _of_scipy(name: str, simplicity: int, frozen: Any, mean: float, **keys: Any) -> DistributionFit:
    table = {"distribution": name, "mean": written_duration(mean), **keys}
    return DistributionFit(
        name=name, simplicity=simplicity, table=table, mean=mean,
        density=frozen.logpdf, below=frozen.cdf,
    )  # fmt: skip


def _exponential(x: Floats) -> DistributionFit:
    from scipy import stats  # type: ignore[import-untyped]

    mean = float(x.mean())
    return _of_scipy("exponential", 0, stats.expon(scale=mean), mean)


def _gamma_shape(x: Floats) -> float:
    """The likeliest shape: log k - digamma(k) = log(mean x) - mean(log x)."""
    from scipy.optimize import brentq  # type: ignore[import-untyped]
    from scipy.special import digamma  # type: ignore[import-untyped]

    spread = math.log(float(x.mean())) - float(np.log(x).mean())
    return float(brentq(lambda k: math.log(k) - digamma(k) - spread, 1e-4, 1e8))


def _gamma(x: Floats) -> DistributionFit:
    from scipy import stats

    shape, mean = _gamma_shape(x), float(x.mean())
    return _of_scipy("gamma", 2, stats.gamma(shape, scale=mean / shape), mean,
                     cv=_cv(shape**-0.5))  # fmt: skip


def _erlang(x: Floats) -> DistributionFit | None:
    from scipy import stats

    shape, mean = round(_gamma_shape(x)), float(x.mean())
    if not 1 < shape <= _LARGEST_SHAPE:
        return None
    return _of_scipy("erlang", 1, stats.gamma(shape, scale=mean / shape), mean, shape=shape)


def _weibull(x: Floats) -> DistributionFit:
    """The likeliest shape k: sum(x^k log x) / sum(x^k) - 1/k = mean(log x)."""
    from scipy import stats
    from scipy.optimize import brentq

    logs = np.log(x / x.max())
    middle = float(logs.mean())

    def excess(k: float) -> float:
        powers = np.exp(k * logs)
        return float(powers @ logs / powers.sum()) - 1 / k - middle

    shape = float(brentq(excess, 0.05, 1e4))
    scale = float(x.max()) * float(np.exp(shape * logs).mean()) ** (1 / shape)
    frozen = stats.weibull_min(shape, scale=scale)
    second = math.exp(math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape))
    return _of_scipy("weibull", 2, frozen, scale * math.gamma(1 + 1 / shape),
                     cv=_cv(math.sqrt(second - 1)))  # fmt: skip


def _lognormal(x: Floats) -> DistributionFit:
    from scipy import stats

    logs = np.log(x)
    middle, sigma = float(logs.mean()), float(logs.std())
    mean = math.exp(middle + sigma**2 / 2)
    frozen = stats.lognorm(sigma, scale=math.exp(middle))
    return _of_scipy("lognormal", 2, frozen, mean, cv=_cv(math.sqrt(math.expm1(sigma**2))))


def _uniform(x: Floats) -> DistributionFit | None:
    from scipy import stats

    low, high = float(x.min()), float(x.max())
    table = {
        "distribution": "uniform",
        "low": written_duration(low),
        "high": written_duration(high),
    }
    frozen = stats.uniform(low, high - low)
    return DistributionFit(name="uniform", simplicity=1, table=table, mean=(low + high) / 2,
               density=frozen.logpdf, below=frozen.cdf)  # fmt: skip


def _pareto(x: Floats) -> DistributionFit | None:
    from scipy import stats

    low = float(x.min())
    shape = 1 / max(float(np.log(x / low).mean()), 1e-9)
    if shape < _LIGHTEST_PARETO:
        return None
    frozen = stats.pareto(shape, scale=low)
    return _of_scipy("pareto", 2, frozen, low * shape / (shape - 1), shape=rounded(shape))


def _hyperexponential(x: Floats) -> DistributionFit | None:
    """The likeliest cv of two phases with balanced means, at the mean of the data."""
    from scipy.optimize import minimize_scalar

    mean = float(x.mean())
    found = minimize_scalar(
        lambda log_cv: -float(_two_phases(mean, math.exp(log_cv))[0](x).mean()),
        bounds=(1e-3, math.log(_WIDEST_CV)), method="bounded", options={"xatol": 1e-4},
    )  # fmt: skip
    cv = math.exp(float(found.x))
    density, below = _two_phases(mean, cv)
    table = {"distribution": "hyperexponential", "mean": written_duration(mean), "cv": rounded(cv)}
    return DistributionFit(name="hyperexponential", simplicity=2, table=table, mean=mean,
               density=density, below=below)  # fmt: skip


def _two_phases(
    mean: float, cv: float
) -> tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]:
    short = (1 + math.sqrt((cv**2 - 1) / (cv**2 + 1))) / 2
    rates = 2 * short / mean, 2 * (1 - short) / mean
    shares = short, 1 - short

    def density(x: Floats) -> Floats:
        logs = [math.log(p * rate) - rate * x for p, rate in zip(shares, rates, strict=True)]
        both: Floats = np.logaddexp(*logs)
        return both

    def below(x: Floats) -> Floats:
        return np.asarray(
            1 - sum(p * np.exp(-rate * x) for p, rate in zip(shares, rates, strict=True))
        )

    return density, below


MAXIMUM_LIKELIHOOD_FITS: tuple[Callable[[Floats], DistributionFit | None], ...] = (
    _exponential, _erlang, _uniform, _gamma, _weibull, _lognormal, _hyperexponential, _pareto,
)  # fmt: skip


def fit_mixture(x: Floats) -> DistributionFit | None:
    """Two lognormal parts, by expectation and maximisation; None where one of them vanishes."""
    from scipy import stats

    logs = np.log(x)
    split = float(np.median(logs))
    upper = (logs > split).astype(np.float64)
    for _ in range(_ROUNDS):
        weights = np.stack([1 - upper, upper])
        shares = weights.mean(axis=1)
        if shares.min() < 1 / len(x):
            return None
        middles = weights @ logs / weights.sum(axis=1)
        spreads = np.sqrt((weights * (logs - middles[:, None]) ** 2).mean(axis=1) / shares)
        spreads = np.maximum(spreads, 1e-3)
        parts = np.log(shares)[:, None] + stats.norm.logpdf(
            logs, middles[:, None], spreads[:, None]
        )
        upper = np.exp(parts[1] - np.logaddexp(parts[0], parts[1]))
    means = np.exp(middles + spreads**2 / 2)
    share = rounded(float(shares[0]))
    table = {
        "distribution": "mixture", "shares": [share, 1 - share],
        "parts": [
            {"distribution": "lognormal", "mean": written_duration(mean),
             "cv": _cv(math.sqrt(math.expm1(spread**2)))}
            for mean, spread in zip(means.tolist(), spreads.tolist(), strict=True)
        ],
    }  # fmt: skip
    components = [
        stats.lognorm(spread, scale=math.exp(middle))
        for spread, middle in zip(spreads.tolist(), middles.tolist(), strict=True)
    ]

    def density(y: Floats) -> Floats:
        both: Floats = np.logaddexp(
            *(
                math.log(p) + frozen.logpdf(y)
                for p, frozen in zip(shares.tolist(), components, strict=True)
            )
        )
        return both

    def below(y: Floats) -> Floats:
        return np.asarray(
            sum(p * frozen.cdf(y) for p, frozen in zip(shares.tolist(), components, strict=True))
        )

    return DistributionFit(name="mixture", simplicity=5, table=table, mean=float(shares @ means),
               density=density, below=below)  # fmt: skip
