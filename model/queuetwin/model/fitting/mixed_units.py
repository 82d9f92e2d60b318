"""Two heaps of times, a thousand times apart and nothing between, may be two units in one column.

Seconds and milliseconds leave such a gap.  So do cached and computed answers, so it is said, and
nothing is changed.  Of exponential times, a gap of a factor of thirty with three times or more on
either side comes at random at most once in 27,000 logs (the third smallest of many is below a
thirtieth of the fourth with probability 1 / 30^3).
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.fitting.distribution_fits import length_text

_EMPTY = 30.0
_FROM, _TO = 300.0, 3000.0
_FEWEST = 3


def mixed_units(times: Floats) -> str:
    """What is said of two heaps in these seconds, shape (items,), NaN where unknown; "" of one.

    >>> mixed_units(np.array([0.02, 0.021, 0.022, 0.019, 20.0, 21.0, 23.0]))
    '3 of 7 services take about 21 s, the others about 20.5 ms (is it one unit?)'
    >>> mixed_units(np.array([0.02, 0.021, 0.022, 0.5, 0.6, 0.7]))
    ''
    """
    known = np.sort(times[times > 0])
    if len(known) < 2 * _FEWEST:
        return ""
    inside = known[_FEWEST - 1 : len(known) - _FEWEST + 1]
    steps = inside[1:] / inside[:-1]
    place = int(np.argmax(steps))
    split = place + _FEWEST
    low, high = (float(np.median(one)) for one in (known[:split], known[split:]))
    if steps[place] < _EMPTY or not _FROM <= high / low <= _TO:
        return ""
    fewer, few, many = len(known) - split, high, low
    if fewer > split:
        fewer, few, many = split, low, high
    return (
        f"{fewer:,} of {len(known):,} services take about {length_text(few)}, the others "
        f"about {length_text(many)} (is it one unit?)"
    )
