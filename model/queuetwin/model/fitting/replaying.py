"""Items served in the order in which they came: the waits that follow from their own times."""

from __future__ import annotations

import heapq

import numpy as np

from queuetwin.model.fitting.log import Floats

__all__ = ["waits_in_order"]


def waits_in_order(arrivals: Floats, services: Floats, workers: int) -> Floats:
    """Seconds that each item waits, shape (items,), for the worker that is free first.

    >>> waits_in_order(np.array([0.0, 1.0]), np.array([3.0, 1.0]), 1).tolist()
    [0.0, 2.0]
    """
    free = [float("-inf")] * workers
    waits = []
    for came, length in zip(arrivals.tolist(), services.tolist(), strict=True):
        start = max(came, free[0])
        heapq.heapreplace(free, start + length)
        waits.append(start - came)
    return np.array(waits)
