"""Waiting times first come first served where only they are wanted: no scenario, no Run."""

from __future__ import annotations

from queuetwin.model.base.arrays import Floats


def fcfs_waits(arrivals: Floats, services: Floats, workers: int) -> Floats:
    """Seconds that each item waits in an unbounded queue, shape (items,).

    `arrivals` are instants and ascend, `services` are lengths; both have shape (items,), in
    seconds.  The items are served in their order, each by the worker that is free first.

    >>> import numpy as np
    >>> fcfs_waits(np.array([0.0, 1.0]), np.array([3.0, 1.0]), 1).tolist()
    [0.0, 2.0]
    """
    # numba takes half a second to load, and only commands that fit a log come here.
    from queuetwin.model.engines.compiled.fcfs_kernel import waits

    return waits(arrivals, services, workers)
