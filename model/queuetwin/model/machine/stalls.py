"""Stalls: stretches of time in which the machine lets no worker and no producer go on.

Law: nothing happens within a stall [begin, end); what would happen within it happens at its end,
and there in the order of one instant.  A member that sleeps right through a stall loses nothing
by it.  Plans are instants on paper, so they stay; what was planned is offered at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from queuetwin.model.base.arrays import Floats

_AT_ONCE = 64


def past_stall(edges: Sequence[float] | Floats, instant: float) -> float:
    """The instant itself, or the end of the stall that it falls into.

    `edges` are the begins and ends of stalls by turns, rising.  The one reading of the law: the
    reference model calls it, and the compiled engine compiles it.

    >>> [past_stall([1.0, 3.0, 7.0, 8.0], instant) for instant in (0.5, 1.0, 2.9, 3.0, 7.5, 9.0)]
    [0.5, 3.0, 3.0, 3.0, 8.0, 9.0]
    """
    low, high = 0, len(edges)
    while low < high:
        middle = (low + high) // 2
        if edges[middle] <= instant:
            low = middle + 1
        else:
            high = middle
    return edges[low] if low % 2 else instant


class Stalls:
    """The stalls of one run, made as far as they are asked for.

    `draw(count)` gives for the next stalls the time from the end of the one before to its begin,
    and its length, arrays of shape (count,), in seconds.

    >>> run = Stalls(lambda count: (np.full(count, 5.0), np.full(count, 2.0)))
    >>> run.past(4.0), run.past(5.0), run.past(6.9), run.past(7.0), run.past(13.0)
    (4.0, 7.0, 7.0, 7.0, 14.0)
    """

    __slots__ = ("_draw", "_edges")

    def __init__(self, draw: Callable[[int], tuple[Floats, Floats]]) -> None:
        self._draw = draw
        self._edges: list[float] = [0.0, 0.0]

    def past(self, instant: float) -> float:
        """The instant, or the end of the stall that it falls into."""
        self._make(instant)
        return past_stall(self._edges, instant)

    def until(self, instant: float) -> Floats:
        """The begins and ends of all stalls up to an instant at least, and of at least one."""
        self._make(instant)
        return np.array(self._edges)

    def _make(self, instant: float) -> None:
        while self._edges[-1] <= instant:
            gaps, lengths = self._draw(_AT_ONCE)
            for gap, length in zip(gaps.tolist(), lengths.tolist(), strict=True):
                # However short the gap, the end of a stall is not within the next one.
                after = self._edges[-1]
                begin = max(after + gap, math.nextafter(after, math.inf))
                self._edges += [begin, begin + length]
