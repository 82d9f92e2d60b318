"""What the model writes down, and the tables of a Run that come of it.

A row for each attempt when it is accepted, filled in as it goes on; a row for each presence of
a worker when it ends.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.draws import Draws
from queuetwin.model.run import Outcome, Presence, Table

__all__ = ["NEVER", "Log"]

NEVER = float("nan")
# Numbers, not members: an array of an enumeration's members is slow to make.
_UNFINISHED, _NOT_OFFERED = int(Outcome.UNFINISHED), int(Outcome.NOT_OFFERED)


class Log:
    """Items by number, attempts in the order of their acceptance, presences as they end.

    Columns, not records: a hundred thousand small objects would keep the garbage collector busy.
    """

    def __init__(self, planned: list[float]) -> None:
        self.planned = planned
        self.offered = [NEVER] * len(planned)
        self.ended = [NEVER] * len(planned)
        self.outcome = [_NOT_OFFERED] * len(planned)

        self.item: list[int] = []
        self.attempt: list[int] = []
        self.enqueued: list[float] = []
        # Room for one attempt at each item, and again as much whenever it is used up.
        self.started: list[float] = []
        self.finished: list[float] = []
        self.worker: list[int] = []
        self.result: list[int] = []

        self.presences: list[Presence] = []

    def enter(self, item: int, attempt: int, now: float) -> int:
        """The row of a new attempt."""
        row = len(self.item)
        self.item.append(item)
        self.attempt.append(attempt)
        self.enqueued.append(now)
        if row == len(self.started):
            more = len(self.planned)
            self.started += [NEVER] * more
            self.finished += [NEVER] * more
            self.worker += [-1] * more
            self.result += [_UNFINISHED] * more
        return row

    def attempt_table(self, draws: Draws) -> Table:
        """The attempts' table, by item and attempt."""
        item = np.array(self.item, dtype=np.int64)
        number = np.array(self.attempt, dtype=np.int16)
        rows = len(item)
        started, finished = np.array(self.started[:rows]), np.array(self.finished[:rows])
        served = np.where(np.isnan(started), NEVER, finished)
        columns: dict[str, NDArray[Any]] = {
            "item": item,
            "attempt": number,
            "stage": np.zeros_like(number),
            "enqueued": np.array(self.enqueued),
            "taken": started,
            "started": started,
            "finished": finished,
            "released": served + draws.turn_round[number - 1, item],
            "worker": np.array(self.worker[:rows], dtype=np.int32),
            "outcome": np.array(self.result[:rows], dtype=np.int8),
            "cpu": np.full(rows, NEVER),
        }
        order = np.lexsort((number, item))
        return {name: column[order] for name, column in columns.items()}

    def item_table(self, attempts: Table, draws: Draws) -> Table:
        """The items' table, as far as items were planned."""
        planned = np.array(self.planned)
        # Beyond the duration nothing was planned; rows in between stay, an item being its row.
        known = np.flatnonzero(~np.isnan(planned))
        count = int(known[-1]) + 1 if len(known) else 0
        offered = np.array(self.offered[:count])
        outcome = np.array(self.outcome[:count], dtype=np.int8)
        outcome[(outcome == Outcome.NOT_OFFERED) & ~np.isnan(offered)] = Outcome.UNFINISHED
        accepted = np.full(count, NEVER)
        first = attempts["attempt"] == 1
        accepted[attempts["item"][first]] = attempts["enqueued"][first]
        return {
            "planned": planned[:count],
            "offered": offered,
            "accepted": accepted,
            "outcome": outcome,
            "finished": np.array(self.ended[:count]),
            "class": draws.item_class[:count],
            "priority": draws.priority[:count],
        }
