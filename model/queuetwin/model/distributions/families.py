"""Distributions of a time: what a file says about them, and their mean.

Every distribution knows its mean; its variates are drawn elsewhere, standardised to mean 1, so
that a change of the mean shifts no draw.  `cv`, wherever it stands, is the standard deviation
divided by the mean.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from queuetwin.model.base.fields import (
    Duration,
    FromList,
    PositiveDuration,
    Share,
    Table,
    either,
)
from queuetwin.model.base.units import format_duration
from queuetwin.model.distributions.samples import Samples

__all__ = [
    "Deterministic",
    "Distribution",
    "Empirical",
    "Erlang",
    "Exponential",
    "Gamma",
    "Hyperexponential",
    "Lognormal",
    "Mixture",
    "Pareto",
    "Uniform",
    "Weibull",
]

# The 99 % point of the standard normal distribution, to tie p50 and p99 to a lognormal.
_NORMAL_P99 = 2.3263478740408408
_ROUNDING = 1e-9
# Beyond, the mean of a lognormal is made of times that no run is long enough to see.
_WIDEST = 1e6

# A smaller cv is a constant in all but name, and 1/cv² leaves the range of a float.
_Cv = Annotated[float, Field(ge=1e-4, le=100, allow_inf_nan=False, examples=[0.5])]


class _ByMean(Table):
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


class _ByMeanAndCv(_ByMean):
    cv: _Cv
    """How much times differ: their standard deviation divided by their mean."""

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{super().text()} with cv {self.cv:g}"


class Deterministic(_ByMean):
    """Always the same time."""

    distribution: Literal["deterministic"]

    def text(self) -> str:
        """As people say it, for headings."""
        return f"always {format_duration(self.mean)}"


class Exponential(_ByMean):
    """Many short times, a few long ones; the textbook's choice."""

    distribution: Literal["exponential"]


class Uniform(Table):
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


class Gamma(_ByMeanAndCv):
    """One hump and a light tail, as regular or as wild as `cv` says; at cv 1 exponential."""

    distribution: Literal["gamma"]


class Erlang(_ByMean):
    """The sum of `shape` equal exponential steps; its cv is 1/√shape."""

    distribution: Literal["erlang"]
    shape: int = Field(ge=1, le=1000, examples=[3])
    """How many steps; the more, the more alike the times."""

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{super().text()} of shape {self.shape}"


class Weibull(_ByMeanAndCv):
    """The time to a failure: with cv below 1 of what wears out, above 1 of early faults."""

    distribution: Literal["weibull"]


class Lognormal(Table):
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


class Hyperexponential(_ByMeanAndCv):
    """Two kinds of exponential times, short and long, of which each makes up half the work."""

    distribution: Literal["hyperexponential"]
    cv: Annotated[float, Field(ge=1, le=100, allow_inf_nan=False, examples=[2.0])]
    """How much times differ: their standard deviation divided by their mean."""


class Pareto(_ByMean):
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


class Empirical(Table):
    """Times as they were measured; `mean`, where given, rescales them."""

    distribution: Literal["empirical"]
    samples: Samples
    """The times; in a file, the first column with a unit in its name, such as `service_ms`."""
    mean: PositiveDuration | None = None
    """Rescales the times to this mean; left out, they stay as they are."""
    draw: Literal["random", "in-order"] = Field(default="random", examples=["in-order"])
    """Each by chance, or one after the other as they stand, from the top again after the last."""

    @property
    def mean_time(self) -> float:
        """Mean time in seconds."""
        return math.fsum(self.samples) / len(self.samples) if self.mean is None else self.mean

    def text(self) -> str:
        """As people say it, for headings."""
        order = ", in order" if self.draw == "in-order" else ""
        return f"{len(self.samples):,} measured times{order}, mean {self.mean_time * 1000:.4g} ms"


_Simple = (
    Deterministic | Exponential | Uniform | Gamma | Erlang | Weibull | Lognormal
    | Hyperexponential | Pareto | Empirical
)  # fmt: skip
_Part = Annotated[_Simple, Field(discriminator="distribution")]
_PARTS = [{"distribution": "exponential", "mean": mean} for mean in ("10ms", "200ms")]


class Mixture(Table):
    """Several kinds of times: each item's is of one of the `parts`, by their `shares`."""

    distribution: Literal["mixture"]
    shares: Annotated[tuple[Share, ...], FromList] = Field(examples=[[0.9, 0.1]])
    """How large a share of the times is of each part; together 1."""
    parts: Annotated[tuple[_Part, ...], FromList] = Field(
        examples=[_PARTS], json_schema_extra={"minItems": 2}
    )
    """The distribution of each part, in the order of `shares`."""

    @field_validator("shares")
    @classmethod
    def _whole(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if abs(math.fsum(shares) - 1) > _ROUNDING:
            raise ValueError(f"must add up to 1, not {math.fsum(shares):.10g}")
        return shares

    @field_validator("parts")
    @classmethod
    def _one_each(cls, parts: tuple[_Simple, ...], fields: ValidationInfo) -> tuple[_Simple, ...]:
        shares = fields.data.get("shares")
        if len(parts) < 2:  # noqa: PLR2004 - one part alone is no mixture
            raise ValueError("a mixture has at least two parts; write a single one by itself")
        if shares is not None and len(shares) != len(parts):
            raise ValueError(f"one for each share is needed: {len(shares)} shares, "
                             f"{len(parts)} parts")  # fmt: skip
        return parts

    @property
    def mean_time(self) -> float:
        """Mean time in seconds."""
        pairs = zip(self.shares, self.parts, strict=True)
        return math.fsum(share * part.mean_time for share, part in pairs)

    def text(self) -> str:
        """As people say it, for headings."""
        return f"mixture of {len(self.parts)} parts, mean {self.mean_time * 1000:.4g} ms"


_EXAMPLE = {"distribution": "exponential", "mean": "10ms"}
Distribution = Annotated[
    _Simple | Mixture, Field(discriminator="distribution", examples=[_EXAMPLE])
]
