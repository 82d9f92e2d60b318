"""The tables of a Run from what a kernel wrote down."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.draws import Draws
from queuetwin.model.run import Table

__all__ = ["attempt_table", "item_table"]

Floats = NDArray[np.float64]
Integers = NDArray[Any]


def item_table(
    draws: Draws,
    *,
    planned: Floats,
    offered: Floats,
    accepted: Floats,
    outcome: Integers,
    finished: Floats,
) -> Table:
    """Items by number, as far as they were planned."""
    known = np.flatnonzero(~np.isnan(planned))
    end = int(known[-1]) + 1 if len(known) else 0
    return {
        "planned": planned[:end],
        "offered": offered[:end],
        "accepted": accepted[:end],
        "outcome": outcome[:end],
        "finished": finished[:end],
        "class": draws.item_class[:end],
        "priority": draws.priority[:end],
    }


def attempt_table(
    draws: Draws,
    *,
    item: Integers,
    attempt: Integers,
    enqueued: Floats,
    started: Floats,
    finished: Floats,
    worker: Integers,
    outcome: Integers,
) -> Table:
    """Attempts, which come by item and number."""
    served = np.where(np.isnan(started), np.nan, finished)
    return {
        "item": item,
        "attempt": attempt,
        "stage": np.zeros(len(item), dtype=np.int16),
        "enqueued": enqueued,
        "taken": started,
        "started": started,
        "finished": finished,
        "released": served + draws.turn_round[attempt - 1, item],
        "worker": worker,
        "outcome": outcome,
        "cpu": np.full(len(item), np.nan),
    }
