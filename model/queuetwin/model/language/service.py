"""How long an attempt takes: a distribution, and what the real side runs.

The distribution's keys and those of serving stand side by side in one table.  `task` names what
real workers run instead of sleeping; the model never imports it.  `cpu_share` of an attempt
needs the processor, which workers share; of the rest, `slowdown` is what the attempts cost each
other: one that starts among many busy workers takes longer.
"""

from __future__ import annotations

import re
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, field_validator

from queuetwin.model.base.fields import SHARE, FromList, PositiveDuration, Share
from queuetwin.model.distributions.distribution import Distribution
from queuetwin.model.distributions.families import DISTRIBUTIONS

_TASK = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_PERCENT = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*%\s*")
_LARGEST_EXTRA = 10.0
_EXTRA_SCHEMA = {
    "title": "share",
    "anyOf": [{"type": "number", "minimum": 0, "maximum": _LARGEST_EXTRA}, SHARE["anyOf"][1]],
}


def _extra(value: object) -> float:
    # A share as elsewhere, but it may be above 1: a time can more than double.
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value)):
        extra = float(match.group(1)) / 100
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        extra = value
    else:
        raise ValueError('how much longer is written like 0.1 or "10%"')
    if not 0 <= extra <= _LARGEST_EXTRA:
        raise ValueError("must be between 0 and 10")
    return float(extra)


def _step(value: object) -> object:
    if not isinstance(value, (list, tuple)) or len(value) != 2:  # noqa: PLR2004 - a pair
        raise ValueError('busy workers and how much longer are written like [4, "10%"]')
    return tuple(value)


_Extra = Annotated[float, BeforeValidator(_extra), WithJsonSchema(_EXTRA_SCHEMA)]
_Step = Annotated[tuple[Annotated[int, Field(ge=1)], _Extra], BeforeValidator(_step)]


class Serving(Distribution):
    """The keys that stand beside those of the distribution.

    Each step of `slowdown` is the number of busy workers, the starting one included, from which
    it holds, and the share by which an attempt that starts then takes longer.
    """

    task: str | None = Field(
        default=None,
        examples=["shop.images:resize"],
        json_schema_extra={"pattern": f"^{_TASK.pattern}$"},
    )
    """The Python function that real workers call, `module:function`; left out, they sleep."""
    cpu_share: Share = Field(default=0.0, examples=[1.0, "30%"])
    """The part of each attempt that needs the processor, and so the GIL; it comes first."""
    hang_limit: PositiveDuration = Field(default=60.0, examples=["5m"])
    """A real run in which a task takes longer is given up."""
    slowdown: Annotated[tuple[_Step, ...], FromList] = Field(default=(), examples=[[[4, "10%"]]])
    """From so many busy workers on, attempts take so much longer; left out, none does."""

    @field_validator("task")
    @classmethod
    def _named(cls, task: str | None) -> str | None:
        if task is not None and not _TASK.fullmatch(task):
            raise ValueError('a task is written "module:function"')
        return task

    @field_validator("slowdown")
    @classmethod
    def _rising(cls, steps: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
        if any(busy >= more for (busy, _), (more, _) in pairwise(steps)):
            raise ValueError("its numbers of busy workers must rise from step to step")
        return steps


def _serving(kind: type[Distribution]) -> type[Distribution]:
    """The table `[service]` of one distribution: the keys of both."""
    # Its fields have their meanings already: pydantic need not look for a source that is not there.
    settings = ConfigDict(use_attribute_docstrings=False)
    metaclass: Any = type(kind)
    table: type[Distribution] = metaclass(
        f"{kind.__name__}Service",
        (Serving, kind),
        {"__module__": __name__, "__doc__": kind.__doc__, "model_config": settings},
    )
    return table


_KINDS = tuple(map(_serving, DISTRIBUTIONS))
globals().update({kind.__name__: kind for kind in _KINDS})  # where pickle looks for them

if TYPE_CHECKING:
    Service = Serving
else:
    Service = Annotated[reduce(or_, _KINDS), Field(discriminator="distribution")]
