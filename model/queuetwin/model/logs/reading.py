"""From files to one Log: each is read in the format that recognises it; rows are sorted.

Wrong rows are left out up to one in a hundred; with more of them the log is refused, since what
is left would be a choice that nobody made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.logs.cleaning import cleaned
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.formats import FORMATS, format_of
from queuetwin.model.logs.log import COLUMNS, SORTED, LeftOut, Log
from queuetwin.model.logs.text_source import opened, refusal

_MOST_WRONG = 0.01


def read_log(paths: Sequence[str | Path], columns: LogColumns | None = None) -> Log:
    """One log of all files, sorted by time.

    Raises ScenarioError where a file cannot be read, says too little, or more than one row in a
    hundred is wrong; with file and row.
    """
    columns = columns or LogColumns()
    logs: list[Log] = []
    for path in paths:
        logs.append(_read(str(path), columns, sum(log.lines for log in logs)))
        _refuse_many_wrong(logs[-1])
    whole = logs[0] if len(logs) == 1 else _joined(logs)
    return _sorted(whole, several=len(logs) > 1)


def _read(path: str, columns: LogColumns, before: int) -> Log:
    with opened(path, before) as text:
        log_format = format_of(text)
        log = log_format.read(text, columns)
    return cleaned(log, complete_rows=log_format.complete_rows)


def _refuse_many_wrong(log: Log) -> None:
    wrong = [rows for rows in log.left_out if rows.wrong]
    count = sum(rows.count for rows in wrong)
    if count and count > _MOST_WRONG * (count + len(log)):
        raise ScenarioError(
            Problem(message=f"{rows.place}   {rows.count:,} of {log.lines:,}: {rows.reason}")
            for rows in wrong
        )


def _joined(logs: list[Log]) -> Log:
    kinds = {log.kind for log in logs}
    if len(kinds) > 1:
        message = f"is a {logs[-1].kind}, and others are a {logs[0].kind}: fit one kind at a time"
        raise refusal(str(logs[-1].facts["file"]), message)
    columns = {name: np.concatenate([getattr(log, name) for log in logs]) for name in COLUMNS}
    tasks = _renumbered(logs, "task", "tasks", columns)
    workers = _renumbered(logs, "worker", "workers", columns)
    group, groups = [], 0
    for log in logs:
        group.append(log.group + groups)
        groups += int(log.group.max(initial=0)) + 1
    columns["group"] = np.concatenate(group).astype(np.int32)
    pauses = [log.backoff for log in logs if log.backoff is not None]
    return logs[0].having(
        **columns, tasks=tasks, workers=workers, lines=sum(log.lines for log in logs),
        left_out=_summed([rows for log in logs for rows in log.left_out]),
        backoff=float(np.median(pauses)) if pauses else None,
        facts={**logs[0].facts, "files": len(logs), "groups": groups},
    )  # fmt: skip


def _renumbered(
    logs: list[Log], column: str, names: str, columns: dict[str, np.ndarray]
) -> tuple[str, ...]:
    """Give the same name the same number in all logs; workers of two files are two workers."""
    known: dict[str, int] = {}
    pieces = []
    for place, log in enumerate(logs):
        own = [f"{place}/{name}" if column == "worker" else name for name in getattr(log, names)]
        table = np.array([-1, *(known.setdefault(name, len(known)) for name in own)])
        pieces.append(table[getattr(log, column) + 1])
    columns[column] = np.concatenate(pieces).astype(np.int32)
    return tuple(known)


def _summed(left_out: list[LeftOut]) -> tuple[LeftOut, ...]:
    reasons: dict[str, LeftOut] = {}
    for rows in left_out:
        before = reasons.get(rows.reason)
        count = rows.count + (before.count if before else 0)
        place = before.place if before else rows.place
        reasons[rows.reason] = LeftOut(
            reason=rows.reason, count=count, place=place, wrong=rows.wrong
        )  # fmt: skip
    return tuple(reasons.values())


def _sorted(log: Log, *, several: bool) -> Log:
    first_seen = log.first_seen()
    if (first_seen[1:] >= first_seen[:-1]).all():
        return log
    log = log.rows(np.argsort(first_seen, kind="stable"))
    noted = any(log_format.notes_disorder for log_format in FORMATS if log_format.kind == log.kind)
    if noted and not several:
        return log
    return log.having(notes=tuple(dict.fromkeys((*log.notes, SORTED))))
