"""How long an attempt takes: a distribution for the model, sleep or a task for the real side.

Every distribution knows its mean; its variates are drawn elsewhere, standardised to mean 1, so
that a change of the mean shifts no draw.  `task` names what real workers run instead of
sleeping; the model never imports it.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from queuetwin.model.fields import PositiveDuration, Table
from queuetwin.model.samples import Samples
from queuetwin.model.units import format_duration

__all__ = ["Deterministic", "Empirical", "Exponential", "Lognormal", "Service"]

# The 99 % point of the standard normal distribution, to tie p50 and p99 to a lognormal.
_NORMAL_P99 = 2.3263478740408408
_TASK = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


class _Distribution(Table):
    task: str | None = None
    hang_limit: PositiveDuration = 60.0

    @field_validator("task")
    @classmethod
    def _named(cls, task: str | None) -> str | None:
        if task is not None and not _TASK.fullmatch(task):
            raise ValueError('a task is written "module:function"')
        return task


class Deterministic(_Distribution):
    """Always the same time."""

    distribution: Literal["deterministic"]
    mean: PositiveDuration

    @property
    def mean_time(self) -> float:
        """Mean service time in seconds."""
        return self.mean

    def text(self) -> str:
        """As people say it, for headings."""
        return f"always {format_duration(self.mean)}"


class Exponential(_Distribution):
    """Many short times, a few long ones; the textbook's choice."""

    distribution: Literal["exponential"]
    mean: PositiveDuration

    @property
    def mean_time(self) -> float:
        """Mean service time in seconds."""
        return self.mean

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{format_duration(self.mean)} exponential"


class Lognormal(_Distribution):
    """A skewed time, given by `mean` and `cv`, or by its `p50` and `p99`.

    `cv` is the standard deviation divided by the mean.
    """

    distribution: Literal["lognormal"]
    mean: PositiveDuration | None = None
    cv: float | None = Field(default=None, gt=0, le=100, allow_inf_nan=False, strict=False)
    p50: PositiveDuration | None = None
    p99: PositiveDuration | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Lognormal:
        by_mean = (self.mean is not None, self.cv is not None)
        by_quantiles = (self.p50 is not None, self.p99 is not None)
        if all(by_mean) == all(by_quantiles) or any(by_mean) == any(by_quantiles):
            raise ValueError("a lognormal needs mean and cv, or p50 and p99")
        if self.p50 is not None and self.p99 is not None and self.p99 <= self.p50:
            raise ValueError("p99 must be above p50")
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
        """Mean service time in seconds."""
        if self.mean is not None:
            return self.mean
        assert self.p50 is not None
        return self.p50 * math.exp(self.sigma**2 / 2)

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{self.mean_time * 1000:.4g} ms lognormal"


class Empirical(_Distribution):
    """Times as they were measured; `mean`, where given, rescales them."""

    distribution: Literal["empirical"]
    samples: Samples
    mean: PositiveDuration | None = None

    @property
    def mean_time(self) -> float:
        """Mean service time in seconds."""
        return math.fsum(self.samples) / len(self.samples) if self.mean is None else self.mean

    def text(self) -> str:
        """As people say it, for headings."""
        return f"{len(self.samples):,} measured times, mean {self.mean_time * 1000:.4g} ms"


Service = Annotated[
    Deterministic | Exponential | Lognormal | Empirical, Field(discriminator="distribution")
]
