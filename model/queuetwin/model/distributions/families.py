"""The table of distributions: what a file may name.  A new distribution is a row here.

`Part` lists those of which a mixture may be made; `AnyDistribution` is what pydantic reads.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, get_args

import numpy as np
from numpy.random import Generator
from pydantic import Field, ValidationInfo, field_validator

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.fields import FromList, Share
from queuetwin.model.distributions.distribution import Distribution, Variates
from queuetwin.model.distributions.empirical import Empirical
from queuetwin.model.distributions.heavy_tails import Hyperexponential, Lognormal, Pareto, Weibull
from queuetwin.model.distributions.light_tails import (
    Deterministic,
    Erlang,
    Exponential,
    Gamma,
    Uniform,
)

Part = (
    Deterministic
    | Exponential
    | Uniform
    | Gamma
    | Erlang
    | Weibull
    | Lognormal
    | Hyperexponential
    | Pareto
    | Empirical
)

_ROUNDING = 1e-9
_PARTS = [{"distribution": "exponential", "mean": mean} for mean in ("10ms", "200ms")]


class Mixture(Distribution):
    """Several kinds of times: each item's is of one of the `parts`, by their `shares`."""

    distribution: Literal["mixture"]
    shares: Annotated[tuple[Share, ...], FromList] = Field(examples=[[0.9, 0.1]])
    """How large a share of the times is of each part; together 1."""
    parts: Annotated[tuple[Annotated[Part, Field(discriminator="distribution")], ...], FromList] = (
        Field(examples=[_PARTS], json_schema_extra={"minItems": 2})
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
    def _one_each(cls, parts: tuple[Part, ...], fields: ValidationInfo) -> tuple[Part, ...]:
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

    def _variates(self, generator: Generator, phase: Generator) -> Variates:
        """Each part draws from its own children of both generators, whatever the other parts do."""
        number, mean = len(self.parts), self.mean_time
        own = zip(self.parts, generator.spawn(number), phase.spawn(number), strict=True)
        parts = [(part.sampler(*both), part.mean_time / mean) for part, *both in own]
        edges = np.cumsum(self.shares)[:-1]

        def draw(count: int) -> Floats:
            part = np.searchsorted(edges, phase.random(count), side="right")
            times = np.stack([sampler(count)[0] * relative for sampler, relative in parts])
            return times[part, np.arange(count)]

        return draw

    def _survival(self, times: Floats) -> Floats:
        seconds = times * self.mean_time
        pairs = zip(self.shares, self.parts, strict=True)
        return np.asarray(sum(share * part.survival(seconds) for share, part in pairs))


DISTRIBUTIONS: tuple[type[Distribution], ...] = (*get_args(Part), Mixture)
"""Every distribution, in the order in which pages list them."""

_EXAMPLE = {"distribution": "exponential", "mean": "10ms"}
AnyDistribution = Annotated[
    Part | Mixture, Field(discriminator="distribution", examples=[_EXAMPLE])
]
