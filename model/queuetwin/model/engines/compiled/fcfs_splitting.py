"""Importance splitting for rare waiting times of a first come first served station.

A run whose waiting time rises above a level is continued `RETRIALS` times from there, each with
variates of its own, until it falls below that level again; a wait above n levels has the weight
RETRIALS**-n.  Every level is then visited about equally often, and the weighted waits are
without bias whatever the levels are (RESTART: Villen-Altamirano and Villen-Altamirano, in
Queueing, Performance and Control in ATM, 1991).  Interarrival and service times have to be
independent, since a retrial takes the next of each.
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.engines.compiled.fcfs_kernel import sift_down
from queuetwin.model.engines.compiled.jit import kernel
from queuetwin.model.sampling.draws import Draws

RETRIALS = 4
_ROOTS, _FLOOR, _HEIGHT = range(3)


class Splitting:
    """A run with retrials that goes on as long as it is given draws.

    `levels` are waits in seconds, ascending, and `edges`, from 0 on with equal steps, those of
    the histogram of waits, whose last bin has no end.  `weights`, shape (batches, bins + 1),
    say what the waits of each batch of `size` items of the run itself weigh by bin, the first
    that of no wait.
    """

    def __init__(
        self, workers: int, levels: Floats, edges: Floats, *, batches: int, size: int
    ) -> None:
        depth = max(len(levels), 1)
        self.weights = np.zeros((batches, len(edges)))
        self.steps = 0
        self._levels, self._size = levels, size
        self._scale = float((len(edges) - 1) / edges[-1])
        self._state = (np.zeros(workers), np.arange(workers), np.zeros(1))
        self._saved = (np.zeros((depth, workers)), np.zeros(depth))
        # By level: trials that are still to come, and the floor to return to after them.
        self._stack = np.zeros((depth, 2), dtype=np.int64)
        self._at = np.zeros(3, dtype=np.int64)

    @property
    def batches(self) -> int:
        """How many batches are full."""
        return min(int(self._at[_ROOTS]) // self._size, len(self.weights))

    def serve(self, draws: Draws) -> None:
        """Continue with the next draws, until they are used up or all batches are full."""
        self.steps += _serve(
            (draws.gap, draws.lengths()[0]),
            self._levels,
            (self._scale, self._size),
            (*self._state, *self._saved),
            (self._stack, self._at),
            self.weights,
        )


@kernel
def _serve(
    variates: tuple[Floats, Floats],
    levels: Floats,
    shape: tuple[float, int],
    state: tuple[Floats, Integers, Floats, Floats, Floats],
    tree: tuple[Integers, Integers],
    weights: Floats,
) -> int:
    """Serve the next items; how many were served.

    A trial begins with the very item whose wait rose above its level, and is over with the
    first that waits less; the trial before it then continues, and the last of all never ends.
    """
    gap, length = variates
    scale, size = shape
    free, number, clock, saved_free, saved_clock = state
    stack, at = tree
    batches, bins = weights.shape
    taken = 0
    while taken < len(gap) and at[_ROOTS] < batches * size:
        wait = max(free[0] - clock[0], 0.0)
        height = 0
        while height < len(levels) and wait > levels[height]:
            height += 1
        if height < at[_FLOOR]:
            level = at[_FLOOR] - 1
            for worker in range(len(free)):
                free[worker] = saved_free[level, worker]
            clock[0] = saved_clock[level]
            at[_HEIGHT] = level + 1
            stack[level, 0] -= 1
            if stack[level, 0] == 0:
                at[_FLOOR] = stack[level, 1]
            continue
        at[_HEIGHT] = min(at[_HEIGHT], height)
        while at[_HEIGHT] < height:
            level = at[_HEIGHT]
            for worker in range(len(free)):
                saved_free[level, worker] = free[worker]
            saved_clock[level] = clock[0]
            stack[level, 0] = RETRIALS - 1
            stack[level, 1] = at[_FLOOR]
            at[_HEIGHT] = at[_FLOOR] = level + 1
        column = 0 if wait == 0 else min(int(wait * scale) + 1, bins - 1)
        weights[at[_ROOTS] // size, column] += 1.0 / RETRIALS**height
        if at[_FLOOR] == 0:
            at[_ROOTS] += 1
        free[0] = max(free[0], clock[0]) + length[taken]
        sift_down(free, number)
        clock[0] += gap[taken]
        taken += 1
    return taken
