"""The record of a run as it happens, and the tables of a Run that are made of it.

A row is added for each attempt when it is accepted, and filled in as the attempt goes on.
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.base.arrays import NEVER
from queuetwin.model.records.run import Columns, Outcome
from queuetwin.model.records.tables import attempt_table, by_item, item_table
from queuetwin.model.sampling.draws import Draws

# Numbers, not members: an array of an enumeration's members is slow to make.
_UNFINISHED, _NOT_OFFERED = int(Outcome.UNFINISHED), int(Outcome.NOT_OFFERED)


class EventLog:
    """Items by number, attempts in the order of their acceptance.

    Columns, not records: a hundred thousand small objects would keep the garbage collector busy.
    """

    def __init__(self, draws: Draws, *, by_schedule: bool) -> None:
        count = len(draws)
        never = [NEVER] * count
        # By schedule all items are planned beforehand, otherwise each by its producer.
        self.planned: list[float] = np.cumsum(draws.gap).tolist() if by_schedule else never[:]
        self.offered = never[:]
        self.ended = never[:]
        self.outcome = [_NOT_OFFERED] * count

        self.item: list[int] = []
        self.attempt: list[int] = []
        self.enqueued: list[float] = []
        # Room for one attempt at each item, and again as much whenever it is used up.
        self.started: list[float] = []
        self.finished: list[float] = []
        self.worker: list[int] = []
        self.result: list[int] = []

    def add_attempt(self, item: int, attempt: int, now: float) -> int:
        """Add an attempt that is accepted now; the number of its row."""
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

    def attempt_table(self, draws: Draws) -> Columns:
        """The attempts' table, by item and attempt."""
        item = np.array(self.item, dtype=np.int64)
        number = np.array(self.attempt, dtype=np.int16)
        rows = len(item)
        started, finished = np.array(self.started[:rows]), np.array(self.finished[:rows])
        table = attempt_table(
            item=item,
            attempt=number,
            enqueued=np.array(self.enqueued),
            started=started,
            finished=finished,
            released=draws.released(item, number, started, finished),
            worker=np.array(self.worker[:rows], dtype=np.int32),
            outcome=np.array(self.result[:rows], dtype=np.int8),
        )
        return by_item(table)

    def item_table(self, attempts: Columns, draws: Draws) -> Columns:
        """The items' table, as far as items were planned."""
        offered = np.array(self.offered)
        outcome = np.array(self.outcome, dtype=np.int8)
        outcome[(outcome == Outcome.NOT_OFFERED) & ~np.isnan(offered)] = Outcome.UNFINISHED
        accepted = np.full(len(offered), NEVER)
        first = attempts["attempt"] == 1
        accepted[attempts["item"][first]] = attempts["enqueued"][first]
        return item_table(
            planned=np.array(self.planned),
            offered=offered,
            accepted=accepted,
            outcome=outcome,
            finished=np.array(self.ended),
            item_class=draws.item_class,
            priority=draws.priority,
        )
