"""When a run that chooses its own length knows enough, without the looking spoiling it.

Who stops at the first narrow interval picks the runs whose mean and spread are both low.  So
looks are few and far apart, none counts before enough independent observations stand behind
it, and the length is grown to what the spread seen so far asks for, instead of by a little
until luck helps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from queuetwin.model.estimates import Interval

__all__ = ["Look", "look"]

_FEWEST = 100
_LEAST_GROWTH, _MOST_GROWTH = 1.25, 2.0
_MARGIN = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look at a run says: done, or go on until it is `next_items` long.

    `needed_items` is how long it takes by what is known now, infinite where that says nothing;
    it is the present length when that was enough.
    """

    reached: bool
    needed_items: float
    next_items: int


def look(figures: Sequence[Interval], *, items: int, precision: float) -> Look:
    """Look at the figures of a run of `items` that are to be known within `precision`.

    `precision` is the half-width over the estimate that will do.
    """
    needed = max((_needed(figure, items, precision) for figure in figures), default=items)
    if needed <= items:
        return Look(reached=True, needed_items=items, next_items=items)
    growth = min(max(_MARGIN * needed / items, _LEAST_GROWTH), _MOST_GROWTH)
    return Look(reached=False, needed_items=needed, next_items=math.ceil(items * growth))


def _needed(figure: Interval, items: int, precision: float) -> float:
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
