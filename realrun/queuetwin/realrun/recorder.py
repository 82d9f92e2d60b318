"""From the logs of the threads to the tables of a Run, after the last of them has ended.

Every thread wrote its own log in integer nanoseconds; here the logs are put together and turned
into seconds from the start, and every item gets its outcome.  An attempt that was accepted and is
in no worker's log is unfinished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import NEVER, SECOND_NS
from queuetwin.model.records.run import Columns, Outcome
from queuetwin.model.records.tables import attempt_table, by_item, item_table
from queuetwin.model.sampling.draws import Draws
from queuetwin.realrun.line.line import Line
from queuetwin.realrun.pacing.producers import Put, PutLog
from queuetwin.realrun.serving.worker import WorkerLog


def tables(
    producers: Sequence[PutLog],
    line: Line,
    workers: Sequence[WorkerLog],
    *,
    origin: int,
    planned: NDArray[np.float64],
    draws: Draws,
) -> tuple[Columns, Columns]:
    """The items and attempts of a Run, in seconds from `origin` (ns).

    `planned` has shape (items,), NaN where only the run could plan.
    """
    puts = [put for log in producers for put in log.puts]
    attempts = _attempts(puts, line, workers, origin)
    planned = planned.copy()
    offered, accepted, finished = (np.full(len(planned), NEVER) for _ in range(3))
    outcome = np.full(len(planned), Outcome.NOT_OFFERED, dtype=np.int8)
    item, plan, offer, answer = _columns([put[:4] for put in puts], 4)
    entered = np.array([put[4] for put in puts], dtype=bool)
    by_gap = np.isnan(planned[item])
    planned[item[by_gap]] = _seconds(plan, origin)[by_gap]
    offered[item] = _seconds(offer, origin)
    accepted[item[entered]] = _seconds(answer, origin)[entered]
    outcome[item] = Outcome.UNFINISHED
    went, _, _, instant, how = _columns(line.unserved, 5)
    outcome[went] = how
    finished[went] = _seconds(instant, origin)
    completed = attempts["outcome"] == Outcome.COMPLETED
    tries = len(draws.demand)
    out_of_tries = (attempts["outcome"] == Outcome.FAILED) & (attempts["attempt"] == tries)
    final = completed | out_of_tries | (attempts["outcome"] == Outcome.LOST)
    outcome[attempts["item"][final]] = attempts["outcome"][final]
    finished[attempts["item"][final]] = attempts["finished"][final]
    items = item_table(
        planned=planned,
        offered=offered,
        accepted=accepted,
        outcome=outcome,
        finished=finished,
        item_class=draws.item_class,
        priority=draws.priority,
    )
    return items, attempts


def error_texts(workers: Sequence[WorkerLog]) -> dict[str, int]:
    """What failing tasks said, by how often, most frequent first."""
    texts = Counter(row[-1] for log in workers for row in log.rows if row[-1])
    return dict(texts.most_common())


def _attempts(
    puts: Sequence[Put], line: Line, workers: Sequence[WorkerLog], origin: int
) -> Columns:
    """Accepted attempts, overwritten by those that left, that began, and that ended."""
    rows = {(put[0], 1): _unserved(put[0], 1, put[3]) for put in puts if put[4]}
    rows.update(((entry[0], entry[1]), _unserved(*entry)) for entry in line.returned)
    for item, attempt, enqueued, instant, outcome in line.unserved:
        if attempt:
            rows[item, attempt] = (item, attempt, enqueued, 0, 0, instant, 0, outcome, -1, -1)
    for worker, log in enumerate(workers):
        if log.entry is not None:
            began = max(log.started, log.entry[3])
            rows[log.entry[:2]] = (*log.entry[:4], began, 0, 0, Outcome.UNFINISHED, -1, worker)
        for row in log.rows:
            outcome = Outcome.FAILED if row[7] else Outcome.COMPLETED
            if row[:2] in log.lost:
                outcome = Outcome.LOST
            rows[row[0], row[1]] = (*row[:7], outcome, row[8], worker)
    item, attempt, enqueued, taken, started, finished, released, outcomes, cpu, worker_number = (
        _columns(list(rows.values()), 10)
    )
    table = attempt_table(
        item=item,
        attempt=attempt,
        enqueued=_seconds(enqueued, origin),
        taken=_seconds(taken, origin),
        started=_seconds(started, origin),
        finished=_seconds(finished, origin),
        released=_seconds(released, origin),
        worker=worker_number,
        outcome=outcomes,
        cpu=np.where(cpu < 0, NEVER, cpu / SECOND_NS),
    )
    return by_item(table)


def _unserved(item: int, attempt: int, enqueued: int) -> tuple[int, ...]:
    return (item, attempt, enqueued, 0, 0, 0, 0, Outcome.UNFINISHED, -1, -1)


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> NDArray[np.int64]:
    """Rows of integers as columns, shape (width, rows)."""
    return np.array(rows, dtype=np.int64).reshape(len(rows), width).T


def _seconds(instants: NDArray[np.int64], origin: int) -> NDArray[np.float64]:
    """Seconds from the origin; NaN where an instant (ns) is 0, which means never."""
    return np.where(instants == 0, NEVER, (instants - origin) / SECOND_NS)
