"""Stalls that a run shows: nothing happened, though several members had long been due.

One member that is late alone was late by itself, and stays in the sample of its step.  Two or more
at once, with no event of any member meanwhile, were held up together: a stall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.machine.measured import Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class StallTimes:
    """When stalls began and ended; arrays of shape (stalls,), in seconds, rising."""

    begins: Floats
    ends: Floats

    @property
    def lengths(self) -> Floats:
        """Seconds of each."""
        return self.ends - self.begins

    def per_second(self, window: float) -> float:
        """How many began in each second without a stall, of a run of so many seconds."""
        return float(len(self.begins) / (window - self.lengths.sum()))

    def outside(self, steps: Steps) -> Steps:
        """The steps that no stall held up."""
        # The first stall to end after a step was due: did it end before the step was done?
        next_end = np.append(self.ends, np.inf)[np.searchsorted(self.ends, steps.due, side="right")]
        return steps.kept(next_end > steps.done)


def stalls_in(kinds: Sequence[Steps], ordinary: float) -> StallTimes:
    """The stalls in the steps of a run, of which those up to `ordinary` seconds are not late.

    A stall ends with the first event.  It begins somewhere between the last event before and the
    first step that was held up; if steps come at any time, both are equally far from the beginning
    on average, so the middle is taken.

    >>> sleeps = Steps(who=np.array([0, 1, 2, 0]), due=np.array([1.0, 1.5, 1.75, 3.0]),
    ...                done=np.array([1.0, 2.0, 2.0, 3.0]))
    >>> found = stalls_in([sleeps], ordinary=0.1)
    >>> found.begins.tolist(), found.ends.tolist(), found.outside(sleeps).due.tolist()
    ([1.25], [2.0], [1.0, 3.0])
    """
    who, due, done = (
        np.concatenate([getattr(steps, name) for steps in kinds]) for name in ("who", "due", "done")
    )
    alive = np.unique(done)
    begins, ends = [], []
    for after in np.flatnonzero(np.diff(alive) > ordinary):
        last, end = alive[after], alive[after + 1]
        held = (due < end - ordinary) & (done >= end)
        if len(np.unique(who[held])) > 1:
            begins.append((last + max(last, due[held].min())) / 2)
            ends.append(end)
    return StallTimes(begins=np.array(begins), ends=np.array(ends))
