"""The tables of a Run, from plain columns; both engines, the recorder and the log reader use it.

Law: which columns a table has, and in which order its rows stand, is said here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.records.run import Columns, Left

Integers = NDArray[Any]
# worker, from, until (seconds), why it ended
Presence = tuple[int, float, float, Left]


def item_table(
    *,
    planned: Floats,
    offered: Floats,
    accepted: Floats,
    outcome: Integers,
    finished: Floats,
    item_class: Integers,
    priority: Integers,
) -> Columns:
    """Items by number, up to the last that was planned; columns of shape (items,), in seconds.

    Rows in between stay where nothing was planned, since an item is its row.
    """
    known = np.flatnonzero(~np.isnan(planned))
    end = int(known[-1]) + 1 if len(known) else 0
    columns = {
        "planned": planned,
        "offered": offered,
        "accepted": accepted,
        "outcome": outcome,
        "finished": finished,
        "class": item_class,
        "priority": priority,
    }
    return {name: column[:end] for name, column in columns.items()}


def attempt_table(
    *,
    item: Integers,
    attempt: Integers,
    enqueued: Floats,
    started: Floats,
    finished: Floats,
    released: Floats,
    worker: Integers,
    outcome: Integers,
    stage: Integers | None = None,
    taken: Floats | None = None,
    cpu: Floats | None = None,
) -> Columns:
    """Attempts at a stage, in the order in which they come; columns of shape (attempts,).

    Left out, `stage` is the first, `taken` the start, and `cpu` (seconds) unknown.
    """
    return {
        "item": item,
        "attempt": attempt,
        "stage": np.zeros(len(item), dtype=np.int16) if stage is None else stage,
        "enqueued": enqueued,
        "taken": started if taken is None else taken,
        "started": started,
        "finished": finished,
        "released": released,
        "worker": worker,
        "outcome": outcome,
        "cpu": np.full(len(item), np.nan) if cpu is None else cpu,
    }


def by_item(attempts: Columns) -> Columns:
    """The rows of an attempts' table ordered by item, then stage, then attempt."""
    order = np.lexsort((attempts["attempt"], attempts["stage"], attempts["item"]))
    return {name: column[order] for name, column in attempts.items()}


def presence_table(presences: Sequence[Presence], window: float) -> Columns:
    """The workers' table: presences by worker and time, as far as the window reaches."""
    rows = sorted(
        (worker, came, min(left, window), why if left <= window else Left.STAYED)
        for worker, came, left, why in presences
        if came < window or came == 0
    )
    worker, came, left, why = zip(*rows, strict=True) if rows else ((), (), (), ())
    return {
        "stage": np.zeros(len(rows), dtype=np.int16),
        "worker": np.array(worker, dtype=np.int32),
        "from": np.array(came, dtype=np.float64),
        "until": np.array(left, dtype=np.float64),
        "why": np.array(why, dtype=np.int8),
    }
