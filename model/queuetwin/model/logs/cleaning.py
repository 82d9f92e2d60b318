"""Rows that contradict themselves are left out, and what they lack is worked out from the rest.

An end and a duration that is a service give a start; a start and a duration give an end.
Nothing is worked out from a duration of which nobody knows what it means.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.logs.log import NEVER, SECOND, Ended, Instants, LeftOut, Log
from queuetwin.model.logs.text_source import refusal

_YEAR = 366 * 86_400 * SECOND
# Clocks that show milliseconds, and clocks of two machines, differ by that much.
_SLACK = SECOND // 1000
_SAME = 0.002
# A share of rows that may contradict a reading of all others.
_ODD = 0.01


def cleaned(log: Log, *, complete_rows: bool) -> Log:
    """The log without its wrong rows, each counted by its reason.

    With `complete_rows` a row is wrong that lacks an instant or a duration which others show.

    Raises ScenarioError where instants of one column are in different units, or nothing is left.
    """
    for name in ("arrival", "start", "end"):
        _refuse_mixed_units(log, name)
    log = _with_meaning(log)
    kept = np.ones(len(log), dtype=np.bool_)
    left = list(log.left_out)
    for reason, wrong in _faults(log, complete_rows):
        new = wrong & kept
        if new.any():
            row = log.facts.get("row")
            first = int(np.argmax(new))
            place = f"{log.facts['file']}" + ("" if row is None else f" row {int(row[first]):,}")
            left.append(LeftOut(reason=reason, count=int(new.sum()), place=place))
            kept &= ~new
    facts = {name: value for name, value in log.facts.items() if name != "row"}
    log = log.rows(kept).having(left_out=tuple(left), facts=facts)
    if not len(log):
        reasons = "; ".join(f"{rows.count:,} {rows.reason} ({rows.place})" for rows in left)
        raise refusal(str(log.facts["file"]), f"holds no row that can be used: {reasons}")
    return _completed(log)


def _refuse_mixed_units(log: Log, name: str) -> None:
    """A column of which one instant counts seconds from 1970 and another milliseconds."""
    values = getattr(log, name)
    known = np.flatnonzero(values != NEVER)
    if not len(known) or not log.clock:
        return
    years = values[known].astype(np.float64) / _YEAR
    middle = float(np.median(years))
    odd = np.flatnonzero((np.abs(years) > 100 * abs(middle)) | (np.abs(years) < abs(middle) / 100))
    if len(odd) and "row" in log.facts:
        rows = log.facts["row"]
        message = f"the {name} of this row is in another unit than those of most rows"
        raise refusal(str(log.facts["file"]), message, row=int(rows[known[odd[0]]]))


def _faults(log: Log, complete_rows: bool) -> list[tuple[str, NDArray[np.bool_]]]:
    arrival, start, end = log.arrival, log.start, log.end
    served = log.ended != Ended.REJECTED
    needs = [name for name in ("arrival", "start", "end") if log.shows(name)]
    faults: list[tuple[str, NDArray[Any]]] = [
        (f"{name} is missing", (getattr(log, name) == NEVER) & (served | (name == "arrival")))
        for name in needs if complete_rows
    ]  # fmt: skip
    if complete_rows and log.shows("duration"):
        faults.append(("duration is missing", np.isnan(log.duration) & served))
    return [
        *faults,
        ("end before start", _before(end, start, 0)),
        ("end before arrival", _before(end, arrival, _SLACK)),
        ("start before arrival", _before(start, arrival, _SLACK)),
        ("negative duration", log.duration < 0),
    ]


def _before(instants: Instants, other: Instants, slack: int) -> NDArray[np.bool_]:
    known = (instants != NEVER) & (other != NEVER)
    return np.asarray(known & (instants < np.where(known, other, 0) - slack))


def _with_meaning(log: Log) -> Log:
    """What a duration means where the other columns show it."""
    both = (log.arrival != NEVER) & (log.end != NEVER) & (log.duration >= 0)
    if log.means or not both.any():
        return log
    response = (log.end[both] - log.arrival[both]) / SECOND
    slack = _SAME + _SAME * response
    if not (np.abs(response - log.duration[both]) > slack).any():
        means, shown = "response", "end minus arrival"
    elif np.mean(log.duration[both] > response + slack) > _ODD:
        return log
    else:
        means, shown = "service", "shorter than end minus arrival"
    return log.having(means=means, notes=(*log.notes, f"duration is a {means} time: it is {shown}"))


def _completed(log: Log) -> Log:
    """Instants that follow from the others."""
    arrival, start, end = log.arrival, log.start, log.end
    known = ~np.isnan(log.duration)
    length = np.rint(np.where(known, log.duration, 0.0) * SECOND).astype(np.int64)
    if log.means == "service":
        end = np.where((end == NEVER) & (start != NEVER) & known, start + length, end)
        start = np.where((start == NEVER) & (end != NEVER) & known, end - length, start)
    if log.means == "response":
        end = np.where((end == NEVER) & (arrival != NEVER) & known, arrival + length, end)
        arrival = np.where((arrival == NEVER) & (end != NEVER) & known, end - length, arrival)
    # Within the slack of a clock nothing starts before it comes.
    both = (start != NEVER) & (arrival != NEVER)
    start = np.where(both, np.maximum(start, arrival), start)
    return log.having(arrival=arrival, start=start, end=end)
