"""Web access logs: the combined format with the request time behind it.

A line is written when the response was sent, so an item came its request time earlier; that
time holds the waiting.  A number with a decimal point is in seconds (nginx `$request_time`), one
without needs `unit` (Apache `%D` counts microseconds).  No address and no path is kept.
"""

from __future__ import annotations

import re
from array import array
from datetime import datetime

import numpy as np

from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.log import NEVER, SECOND, LeftOut, Log, joined_columns
from queuetwin.model.logs.text_source import Text, refusal
from queuetwin.model.logs.timestamps import unit_seconds
from queuetwin.model.logs.vocabulary import statuses

KIND = "web access log"
_REQUEST_LINE = re.compile(
    r"\S+ \S+ \S+ \[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    r'"(?:[^"\\]|\\.)*" (\d{3}) \S+(.*)'
)
_NAMED_TIME = re.compile(r"\b(?:rt|request_time)=\"?(\d+(?:\.\d+)?)\b")
_LAST_NUMBER = re.compile(r"\s\"?(\d+(?:\.\d+)?)\"?\s*$")
_FORMAT = "%d/%b/%Y:%H:%M:%S %z"


def recognises(text: Text) -> bool:
    """Whether a line is about a request."""
    return any(map(_REQUEST_LINE.match, text.head))


def read(text: Text, columns: LogColumns) -> Log:
    """The log of a web server.

    Raises ScenarioError where its times have no unit.
    """
    ends, durations, codes = array("q"), array("d"), []
    unit = None if columns.unit is None else unit_seconds(columns.unit)
    second, base, other, lines, first_other = "", 0, 0, 0, ""
    for lines, line in enumerate(text.lines(), start=1):
        match = _REQUEST_LINE.match(line)
        if match is None:
            first_other = first_other or f"{text.name} row {lines:,}"
            other += 1
            continue
        stamp, code, rest = match.groups()
        if stamp != second:
            try:
                second, base = stamp, int(datetime.strptime(stamp, _FORMAT).timestamp()) * SECOND
            except ValueError:
                raise refusal(text.name, f'"{stamp}" is not a time', row=lines) from None
        ends.append(base)
        durations.append(_request_time(rest, unit, text.name, lines))
        codes.append(code)
    return _log(text.name, lines, ends, durations, codes, (other, first_other), columns)


def _request_time(rest: str, unit: float | None, file: str, row: int) -> float:
    """Seconds of the time behind a line, NaN where there is none."""
    match = _NAMED_TIME.search(rest) or _LAST_NUMBER.search(rest)
    if match is None:
        return float("nan")
    if "." in match[1]:
        return float(match[1])
    if unit is None:
        message = f"ends in {match[1]}, without a unit: write `unit=us` (Apache %D), ms or s"
        raise refusal(file, message, row=row)
    return float(match[1]) * unit


def _log(
    file: str, lines: int, ends: array[int], durations: array[float], codes: list[str],
    other: tuple[int, str], columns: LogColumns,
) -> Log:  # fmt: skip
    end = np.frombuffer(ends, dtype=np.int64)
    duration = np.frombuffer(durations, dtype=np.float64)
    missing = np.isnan(duration)
    before = np.rint(np.where(missing, 0.0, duration) * SECOND).astype(np.int64)
    ended, _ = statuses(codes)
    means = columns.duration_is or "response"
    # Where nothing waited, an end would only say again what the duration says.
    unknown = missing | (means == "service")
    part = {
        "arrival": end - before, "end": np.where(unknown, NEVER, end),
        "duration": duration, "ended": ended,
    }  # fmt: skip
    count, place = other
    left = (LeftOut(reason="not a line of an access log", count=count, place=place),)
    return Log(
        **joined_columns([part], len(end)), kind=KIND, means=means, lines=lines,
        clock=True, left_out=left if count else (), facts={"file": file, "tick": SECOND},
    )  # fmt: skip
