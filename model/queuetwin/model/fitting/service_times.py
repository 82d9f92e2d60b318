"""Service times of a log: shown, worked out exactly, or refused; never guessed.

Law: first come first served, the item that came n-th is started when it has come and one of the
c workers is free, so start_n = max(arrival_n, the earliest of the c instants at which workers
end what came before), and its service is end_n - start_n, to the nanosecond.  A negative one
proves that the pool was not like that.
"""

from __future__ import annotations

import heapq

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.logs.log import NEVER, SECOND, Ended, Instants, Log
from queuetwin.model.logs.text_source import refusal

_SLACK = SECOND // 1000
_MOST_WRONG = 0.001
# Of the mean duration: how coarse a clock of ends may be.
_COARSE = 0.05


def with_services(log: Log, workers: int | None) -> Log:
    """The log with the start of every item, as far as it shows or determines it.

    Raises ScenarioError where it shows too little, with what to add.
    """
    file = str(log.facts.get("file", ""))
    if log.shows("start") and log.shows("end"):
        return log
    if log.shows("duration") and not log.means:
        message = (
            "does a duration hold the waiting too?  The log does not say: write "
            "`duration_is=service` or `duration_is=response`"
        )
        raise refusal(file, message)
    if log.shows("duration") and log.means == "service":
        return log
    if not (log.shows("arrival") and log.shows("end")):
        message = "shows no times of service: name `start` and `end`, or `duration`"
        raise refusal(file, message)
    if workers is None:
        message = (
            "shows when items came and when they ended, so how long they waited and were served "
            "together: write `workers=N`, and the service times follow exactly if they were "
            "served first come first served"
        )
        raise refusal(file, message)
    return _recovered(log, workers, file)


def _recovered(log: Log, workers: int, file: str) -> Log:
    tick = int(log.facts.get("tick", 0))
    if tick and tick > _COARSE * float(np.nanmean(log.duration)) * SECOND:
        message = (
            f"stamps ends to {tick / SECOND:g} s, too coarse to work out services: write "
            "`duration_is=service` if hardly anything waited, or take another log for services "
            "and this one as `arrivals`"
        )
        raise refusal(file, message)
    served = np.flatnonzero(log.ended != Ended.REJECTED)
    start = starts_in_order(log.arrival[served], log.end[served], workers)
    # A clock of whole seconds or milliseconds may show an end a tick before the start.
    slack = max(_SLACK, tick)
    wrong = start > log.end[served] + slack
    if wrong.mean() > _MOST_WRONG:
        message = (
            f"was not served first come first served by {workers} workers: {int(wrong.sum()):,} "
            f"of {len(wrong):,} items would have ended before they started; with more workers, "
            "or in another order, the log must show when items started (`start`)"
        )
        raise refusal(file, message)
    whole = np.full(len(log), NEVER)
    whole[served] = np.minimum(start, log.end[served])
    note = f"service worked out from arrival, end and {workers} workers, first come first served"
    return log.having(start=whole, notes=(*log.notes, note))


def starts_in_order(arrival: Instants, end: Instants, workers: int) -> Instants:
    """When each item was started, first come first served, shape (items,).

    The inverse of `engines.fcfs_waits`, which needs the services and gives the ends: here ends are
    given and services sought, in whole nanoseconds, which a float counts exactly up to 104 days.

    >>> came, ended = np.array([0, 1, 2]), np.array([10, 5, 12])
    >>> starts_in_order(came, ended, 2).tolist()
    [0, 1, 5]
    """
    free = [NEVER] * workers
    starts = []
    for came, ended in zip(arrival.tolist(), end.tolist(), strict=True):
        starts.append(max(came, heapq.heapreplace(free, ended)))
    return np.array(starts, dtype=np.int64)


def services_of(log: Log) -> Floats:
    """Seconds of service of each row, NaN where they are not shown, shape (rows,)."""
    known = (log.start != NEVER) & (log.end != NEVER)
    shown = np.where(known, (log.end - np.where(known, log.start, 0)) / SECOND, np.nan)
    if log.means == "service" and log.shows("duration"):
        return np.where(np.isnan(log.duration), shown, log.duration)
    return shown


def most_at_once(log: Log) -> int:
    """How many were at work at the same time at most; an end frees its worker first."""
    # A start worked out from a rounded end may lie before the end that made way for it.
    slack = _SLACK if log.means == "service" and log.shows("duration") else 0
    known = (log.start != NEVER) & (log.end != NEVER) & (log.end > log.start)
    start, end = np.sort(log.start[known]), np.sort(log.end[known])
    if not len(start):
        return 0
    busy = np.arange(1, len(start) + 1) - np.searchsorted(end, start + slack, side="right")
    return int(busy.max())
