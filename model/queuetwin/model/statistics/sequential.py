"""When a run that chooses its own length knows enough, without the looking spoiling it.

Who stops at the first narrow interval picks the runs whose mean and spread are both low, and
the earlier the looks, the more of them.  So the first look comes at the length that theory
plans for the precision; most runs end there or at the next, which is as much longer as the
spread seen asks for, never a little longer until luck helps.  Whatever is narrow by luck alone,
with few independent observations behind it, does not count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import ndtri  # type: ignore[import-untyped]

from queuetwin.model.statistics.estimate import Estimate

_FEWEST = 100
_LEAST_GROWTH, _MOST_GROWTH = 1.2, 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at a run says: done, or go on until it is `next_items` long.

    `needed_items` is how long it takes by what is known now, infinite where that says nothing;
    it is the present length when that was enough.
    """

    reached: bool
    needed_items: float
    next_items: int


def planned_items(*, load: float, variability: float, precision: float, level: float) -> int:
    """Items after which the mean wait in a queue should be known within `precision`.

    `load` is utilisation, below 1, and `variability` the sum of the squared coefficients of
    variation of gaps and services: z^2 2 variability / (load (1 - load)^2 precision^2), the
    heavy-traffic formula of Whitt (Management Science 35, 1989) with the first power of the load
    that M/M/1 has.

    >>> planned_items(load=0.9, variability=2.0, precision=0.15, level=0.9)
    53443
    """
    point = float(ndtri(0.5 + level / 2))
    relative = 2 * variability / (load * (1 - load) ** 2)
    return math.ceil(relative * (point / precision) ** 2)


def look(figures: Sequence[Estimate], *, items: int, precision: float) -> Look:
    """Look at the figures of a run of `items` that are to be known within `precision`.

    `precision` is the half-width over the estimate that will do.  The first look belongs at
    `planned_items`; with one at a fifth of that coverage falls from .89 to .83.
    """
    needed = max((_needed(figure, items, precision) for figure in figures), default=items)
    if needed <= items:
        return Look(reached=True, needed_items=items, next_items=items)
    growth = min(max(needed / items, _LEAST_GROWTH), _MOST_GROWTH)
    return Look(reached=False, needed_items=needed, next_items=math.ceil(items * growth))


def _needed(figure: Estimate, items: int, precision: float) -> float:
    if not math.isnan(figure.needed_items):
        return figure.needed_items
    if math.isnan(figure.low):
        return math.inf
    half = (figure.high - figure.low) / 2
    if half == 0:
        return items
    allowed = precision * abs(figure.estimate)
    narrow = items * (half / allowed) ** 2 if allowed else math.inf
    return max(narrow, items * _FEWEST / figure.effective_size)
