"""The table of log formats: how a file of each is recognised, read and checked.

The first format that recognises a file reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from queuetwin.model.logs import access_log, celery_log, csv_table, json_lines, saved_run
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.log import Log
from queuetwin.model.logs.text_source import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFormat:
    """One kind of log; `needs` is what a file of it must hold, as the documentation says it."""

    kind: str
    recognises: Callable[[Text], bool]
    read: Callable[[Text, LogColumns], Log]
    needs: str
    complete_rows: bool = False
    """Whether a row is wrong that lacks an instant or a duration which other rows show."""
    notes_disorder: bool = False
    """Whether `read` itself notes lines out of order, since it does not give rows in theirs."""


FORMATS = (
    LogFormat(
        kind=saved_run.KIND,
        recognises=saved_run.recognises,
        read=saved_run.read,
        needs="a file that `run` or `compare` wrote",
    ),
    LogFormat(
        kind=celery_log.KIND,
        recognises=celery_log.recognises,
        read=celery_log.read,
        needs='INFO lines "received" and "succeeded in"',
        notes_disorder=True,
    ),
    LogFormat(
        kind=access_log.KIND,
        recognises=access_log.recognises,
        read=access_log.read,
        needs="combined format with the request time behind it",
    ),
    LogFormat(
        kind=json_lines.KIND,
        recognises=json_lines.recognises,
        read=json_lines.read,
        needs="a column of arrivals, starts or ends",
        complete_rows=True,
    ),
    LogFormat(
        kind=csv_table.KIND,
        recognises=csv_table.recognises,
        read=csv_table.read,
        needs="a column of arrivals, starts or ends",
        complete_rows=True,
    ),
)


def format_of(text: Text) -> LogFormat:
    """The format that a log is in."""
    return next(log_format for log_format in FORMATS if log_format.recognises(text))
