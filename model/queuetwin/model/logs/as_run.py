"""A log as a Run, to be laid beside others: what it shows, and nothing that it does not.

Every row of the log is an item of one attempt.  Where the log does not say when services began,
the Run has no starts, and nobody may ask it for queue depth or utilisation.
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.logs.log import NEVER, SECOND, Ended, Instants, Log
from queuetwin.model.logs.text_source import refusal
from queuetwin.model.records.run import Columns, Header, Left, Outcome, Run, StageHeader
from queuetwin.model.records.tables import attempt_table, item_table, presence_table

_OUTCOMES = {
    Ended.COMPLETED: Outcome.COMPLETED,
    Ended.FAILED: Outcome.FAILED,
    Ended.REJECTED: Outcome.REJECTED,
}
_FEWEST = 100


def run_of(log: Log, scenario: Scenario) -> Run:
    """The Run that a log of this scenario's pool shows.

    Raises ScenarioError where it does not show when items came and ended, tells of second
    attempts, or has fewer than a hundred items.
    """
    file = str(log.facts.get("file", ""))
    if log.received or not log.shows("arrival"):
        raise refusal(file, "does not show when items came, so it has no response times")
    if (log.attempt > 1).any():
        raise refusal(file, "tells of second attempts: which are of one item, it does not say")
    log = _with_instants(log)
    known = (log.arrival != NEVER) & ((log.end != NEVER) | (log.ended == Ended.REJECTED))
    if known.sum() < _FEWEST:
        message = f"shows arrival and end of {int(known.sum()):,} items: {_FEWEST} are needed"
        raise refusal(file, message)
    log = log.rows(np.flatnonzero(known)[np.argsort(log.arrival[known], kind="stable")])
    items, attempts = _tables(log)
    window = float(np.nanmax(items["finished"]))
    workers = scenario.stage.workers.number
    queue = scenario.stage.queue
    stage = StageHeader(
        name="main", workers=workers, capacity=queue.capacity, when_full=queue.when_full
    )
    return Run(
        header=Header(
            engine=log.kind,
            real=False,
            stages=(stage,),
            window=window,
            seed=scenario.seed,
            replication=0,
            digest="",
            scenario=scenario.document,
        ),
        items=items,
        attempts=attempts,
        workers=presence_table(
            [(number, 0.0, window, Left.STAYED) for number in range(workers)], window
        ),
    )


def _with_instants(log: Log) -> Log:
    """Starts and ends that follow from a duration."""
    if not log.shows("duration"):
        return log
    lasts = np.rint(np.nan_to_num(log.duration) * SECOND).astype(np.int64)
    timed = ~np.isnan(log.duration)
    start, end = log.start, log.end
    if log.means == "response":
        end = np.where((end == NEVER) & timed, log.arrival + lasts, end)
    elif log.means == "service":
        end = np.where((end == NEVER) & (start != NEVER) & timed, start + lasts, end)
        start = np.where((start == NEVER) & (end != NEVER) & timed, end - lasts, start)
    return log.having(start=start, end=end)


def _tables(log: Log) -> tuple[Columns, Columns]:
    came, started, ended = (_seconds(log, name) for name in ("arrival", "start", "end"))
    outcome = np.array([_OUTCOMES[Ended(ended)] for ended in log.ended], dtype=np.int8)
    served = outcome != Outcome.REJECTED
    number = np.flatnonzero(served)
    begun = np.clip(started, came, ended)[served]
    items = item_table(
        planned=came,
        offered=came,
        accepted=np.where(served, came, np.nan),
        outcome=outcome,
        finished=np.where(served, np.maximum(ended, came), came),
        item_class=np.zeros(len(came)),
        priority=np.zeros(len(came)),
    )
    attempts = attempt_table(
        item=number,
        attempt=np.ones(len(number)),
        enqueued=came[served],
        started=begun,
        finished=items["finished"][served],
        released=items["finished"][served],
        worker=log.worker[served],
        outcome=outcome[served],
    )
    return items, attempts


def _seconds(log: Log, name: str) -> Floats:
    """Instants since the first arrival, NaN where the log shows none."""
    instants: Instants = getattr(log, name)
    known = instants != NEVER
    since = np.where(known, instants, log.arrival[0]) - log.arrival[0]
    return np.where(known, since / SECOND, np.nan)
