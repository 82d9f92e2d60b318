"""Rounded time stamps are un-rounded: spread evenly over the step of the clock, by a seed.

A clock of whole seconds shows ten arrivals at one instant where ten came one after another; taken
as it stands, a queue would be seen that was never there.  Only a clock whose step is so coarse
that stamps coincide is touched.
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.logs.log import NEVER, SECOND, Instants

_STEPS = (60 * SECOND, 10 * SECOND, *(SECOND // 10**power for power in range(7)))
_ALL = 0.999
# Shares of stamps that coincide with another from which on a clock is called coarse.
_COINCIDE = 0.01
_COARSE_LENGTH = 0.02
_FEW = 20
_KINDS, _ALIKE = 8, 1e-3


def step_of(instants: Instants) -> int:
    """The step of the clock that wrote these instants, in nanoseconds; 1 where it is fine.

    >>> step_of(np.array([0, 3, 3, 7]) * SECOND)
    1000000000
    """
    known = instants[instants != NEVER]
    step: int
    for step in _STEPS:
        if len(known) and np.mean(known % step == 0) >= _ALL:
            return step
    return 1


def unrounded(instants: Instants, step: int, generator: np.random.Generator) -> Floats:
    """Sorted nanoseconds as floats from the first tick on, spread over their steps, sorted."""
    spread: Floats = (instants - instants[0]).astype(np.float64)
    if step == 1 or len(instants) < _FEW or np.mean(np.diff(instants) == 0) < _COINCIDE:
        return spread
    spread += step * generator.random(len(instants))
    spread.sort()
    return spread


def unrounded_lengths(seconds: Floats, generator: np.random.Generator) -> tuple[Floats, float]:
    """Lengths spread over the step of their clock, and that step in seconds; 0 where it is fine.

    Lengths that are all about the same, or of a few kinds, are left: they are no sign of a clock.
    """
    whole = np.rint(seconds * SECOND).astype(np.int64)
    step = step_of(whole)
    is_coarse = step > max(1, _COARSE_LENGTH * float(np.mean(whole)))
    if not is_coarse or len(np.unique(whole)) < _KINDS or whole.std() < _ALIKE * whole.mean():
        return seconds, 0.0
    width = step / SECOND
    return np.abs(seconds + width * (generator.random(len(seconds)) - 0.5)), width
