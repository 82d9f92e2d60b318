"""The steps of a run: when each could be done, when it was, and by whom.

What lies between is what the machine took: beside known services and plans, that is all that a
Run tells of a machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.run import Run

__all__ = ["Steps", "wakings_of"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Steps of one kind; arrays of shape (steps,), instants in seconds.

    `who` took each is the worker's number, below 0 a producer.
    """

    who: NDArray[np.int64]
    due: Floats
    done: Floats

    @property
    def late(self) -> Floats:
        """What each step took."""
        return self.done - self.due

    def kept(self, which: NDArray[np.bool_]) -> Steps:
        """Some of them."""
        return Steps(who=self.who[which], due=self.due[which], done=self.done[which])


def wakings_of(run: Run) -> tuple[Steps, Steps]:
    """Hand-offs to workers that were idle, turn-rounds of workers that found an item waiting."""
    attempts = run.attempts
    served = ~np.isnan(attempts["started"])
    names = ("worker", "started", "finished")
    # By finish too: an attempt of no length may start together with the next one.
    order = np.lexsort([attempts[name][served] for name in reversed(names)])
    worker, started, finished, enqueued = (
        attempts[name][served][order] for name in (*names, "enqueued")
    )
    same = worker[1:] == worker[:-1]
    free_since = finished[:-1]
    found_waiting = enqueued[1:] < free_since
    who = worker[1:].astype(np.int64)
    hand_offs = Steps(who=who, due=enqueued[1:], done=started[1:])
    turn_rounds = Steps(who=who, due=free_since, done=started[1:])
    return hand_offs.kept(same & ~found_waiting), turn_rounds.kept(same & found_waiting)
