"""Celery worker logs: "received" and "succeeded" of one task are laid together.

A success says how long the task ran, so its start is known; "received" is when the worker's
process took the message, which is later than the item came whenever the process held all that it
may prefetch.  Only names, times and numbers are kept: no result, no argument, no id.
"""

from __future__ import annotations

import re
from array import array
from datetime import UTC, datetime

import numpy as np

from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.log import NEVER, SECOND, SORTED, Ended, LeftOut, Log, joined_columns
from queuetwin.model.logs.text_source import Text, refusal
from queuetwin.model.logs.vocabulary import NameIndex

KIND = "Celery worker log"
_TASK_LINE = re.compile(
    r"(?P<prefix>.*?)\[(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(?P<milli>\d{3}): "
    r"\w+/(?P<process>[^\]]+)\] (?:Task |Received task: )(?P<task>[^\[\s]+)\[(?P<id>[^\]]+)\] ?"
    r"(?P<what>received|succeeded in (?P<run>[\d.e+-]+)s|retry: Retry in (?P<pause>[\d.]+)s"
    r"|retry|raised|ignored|rejected|$)"
)
# Not within an object: then it is a log of JSON Lines that quotes another.
_MAIN_PROCESS = re.compile(r"[^{]*INFO/MainProcess")
_COLUMNS = ("arrival", "end", "duration", "task", "worker", "group", "ended", "attempt")
_MILLISECOND = SECOND // 1000
# One pod's log after another's: its clock begins anew.
_NEW_GROUP = 60 * SECOND
_LONGEST = 1e9


def recognises(text: Text) -> bool:
    """Whether a line is about a task, or written by the process that starts the workers."""
    return any(_TASK_LINE.match(line) or _MAIN_PROCESS.match(line) for line in text.head)


def read(text: Text, _columns: LogColumns) -> Log:
    """The log of a Celery worker, or of several of which the lines follow one another.

    Raises ScenarioError where no task was seen to begin and end.
    """
    pairs = _Pairs(text.name)
    lines = 0
    for lines, line in enumerate(text.lines(), start=1):
        match = _TASK_LINE.match(line)
        if match is not None:
            try:
                pairs.take(match)
            except ValueError:
                pairs.unreadable(lines)
    return pairs.log(lines)


class _Pairs:
    """What was received and has not ended yet, and a row for each that has."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.rows = {
            name: array("d" if name == "duration" else "q") for name in _COLUMNS
        }  # fmt: skip
        self.open: dict[str, tuple[int, int, int, int]] = {}
        self.attempts: dict[str, int] = {}
        self.pauses: list[float] = []
        self.without_begin = self.task_lines = 0
        self.tasks, self.workers, self.groups = NameIndex(), NameIndex(), NameIndex()
        self.second, self.base = "", 0
        self.in_order, self.newest = True, NEVER
        self.broken, self.first_broken = 0, ""
        self.last = dict[str, int]()
        self.turns = dict[str, int]()

    def take(self, match: re.Match[str]) -> None:
        """One line about a task."""
        prefix, second, milli, process, task, identity, what, run, pause = match.groups()
        if second != self.second:
            moment = datetime.fromisoformat(second).replace(tzinfo=UTC)
            self.second, self.base = second, int(moment.timestamp()) * SECOND
        now = self.base + int(milli) * _MILLISECOND
        self.task_lines += 1
        group = self._group(prefix, now)
        self.in_order &= now >= self.newest
        self.newest = max(now, self.newest)
        if what in ("received", ""):
            attempt = self.attempts.get(identity, 0) + 1
            self.open[identity] = (now, self.tasks.number(task), group, attempt)
            return
        begun = self.open.pop(identity, None)
        if begun is None:
            self.without_begin += 1
            return
        received, number, group, attempt = begun
        completed = run is not None
        if completed and not float(run) < _LONGEST:
            raise ValueError(run)
        if what.startswith("retry"):
            self.attempts[identity] = attempt
            if pause is not None:
                self.pauses.append(float(pause))
        else:
            self.attempts.pop(identity, None)
        worker = self.workers.number(f"{group}/{process}")
        ended = Ended.COMPLETED if completed or what == "ignored" else Ended.FAILED
        row = (received, now, float(run) if completed else np.nan, number, worker, group,
               int(ended), attempt)  # fmt: skip
        for name, value in zip(_COLUMNS, row, strict=True):
            self.rows[name].append(value)  # type: ignore[arg-type]

    def unreadable(self, row: int) -> None:
        """A line with a date or a number that is none."""
        self.broken += 1
        self.first_broken = self.first_broken or f"{self.file} row {row:,}"

    def _group(self, prefix: str, now: int) -> int:
        """The process that wrote a line, by what stands before it or by where time turns back."""
        if now < self.last.get(prefix, now) - _NEW_GROUP:
            self.turns[prefix] = self.turns.get(prefix, 0) + 1
        self.last[prefix] = now
        return self.groups.number(f"{prefix}#{self.turns.get(prefix, 0)}")

    def log(self, lines: int) -> Log:
        """Everything that was seen."""
        count = len(self.rows["end"])
        if not count:
            message = "is a Celery log in which no task both begins and ends: is INFO switched on?"
            raise refusal(self.file, message)
        kinds = {"duration": np.float64}
        part = {
            name: np.frombuffer(values, dtype=kinds.get(name, np.int64))
            for name, values in self.rows.items()
        }
        run = np.where(np.isnan(part["duration"]), 0.0, part["duration"])
        start = part["end"] - np.rint(run * SECOND).astype(np.int64)
        # The log's clock shows milliseconds, and a task does not start before it is received.
        start = np.maximum(start, part["arrival"])
        part["start"] = np.where(np.isnan(part["duration"]), NEVER, start)
        whole = joined_columns([part], count)
        return Log(
            **whole, kind=KIND, means="service", lines=lines, clock=True,
            received=True, notes=() if self.in_order else (SORTED,),
            tasks=self.tasks.known(), workers=self.workers.known(),
            left_out=self._left_out(whole["end"].max(), float(run.max())),
            backoff=float(np.median(self.pauses)) if self.pauses else None,
            facts={"file": self.file, "groups": len(self.groups.known()),
                   "other": lines - self.task_lines},
        )  # fmt: skip

    def _left_out(self, end: int, longest: float) -> tuple[LeftOut, ...]:
        recent = end - int(2 * longest * SECOND) - SECOND
        running = sum(received >= recent for received, *_ in self.open.values())
        reasons = {
            "running at the end": running,
            "never ended (a restart)": len(self.open) - running,
            "received before the log begins": self.without_begin,
        }
        left = [
            LeftOut(reason=reason, count=count, place=self.file, wrong=False)
            for reason, count in reasons.items() if count
        ]  # fmt: skip
        if self.broken:
            reason = "no date or no number"
            left.append(LeftOut(reason=reason, count=self.broken, place=self.first_broken))
        return tuple(left)
