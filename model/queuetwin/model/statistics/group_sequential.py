"""Looks at 5, 8, 12 and 20 real runs: who looks more often needs surer intervals.

Each look's interval is wider than one alone would be, so that all of them together hold the true
difference 95 times in 100, whenever the looking ends.  These are repeated confidence intervals
(Jennison and Turnbull, Journal of the Royal Statistical Society B 51, 1989) at one level for all
looks (Pocock, Biometrika 64, 1977), with Student's t of the runs so far.  The levels were found
by simulation of that t, four million times; how many looks there will be is settled before the
first run.
"""

from __future__ import annotations

LOOKS = (5, 8, 12, 20)
# By the number of looks.
_LEVELS = (0.95, 0.9706, 0.9787, 0.9836)


def level_of(looks: int) -> float:
    """The level of each interval where there are so many looks, 1 to 4.

    >>> level_of(1), level_of(4)
    (0.95, 0.9836)
    """
    return _LEVELS[looks - 1]


def looks_within(runs: int) -> tuple[int, ...]:
    """The looks that so many runs allow; always the first.

    >>> looks_within(11)
    (5, 8)
    """
    return (LOOKS[0], *(look for look in LOOKS[1:] if look <= runs))
