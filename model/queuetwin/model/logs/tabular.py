"""Rows of a table, CSV or JSON Lines, become columns, a chunk of rows at a time.

A row that cannot be read, or contradicts itself, is left out, counted by its reason, and the
first of each kind is named with its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.logs.column_mapping import LogColumns, mapped
from queuetwin.model.logs.log import Instants, LeftOut, Log, joined_columns
from queuetwin.model.logs.text_source import refusal
from queuetwin.model.logs.timestamps import TimeColumn, as_number, is_calendar, unit_seconds
from queuetwin.model.logs.vocabulary import NameIndex, statuses

Lines = Sequence[Sequence[str]]
CHUNK = 20_000
_TIMES = ("arrival", "start", "end", "duration")


class TableReader:
    """Turns chunks of rows into compact columns; all that is kept of a file."""

    def __init__(self, file: str, names: list[str], asked: LogColumns, first_row: int = 2) -> None:
        self.file, self.asked, self.first_row = file, asked, first_row
        self.columns, self.means = mapped(file, names, asked)
        self.names = names
        self.time_columns: dict[str, TimeColumn] = {}
        self.parts: list[dict[str, NDArray[Any]]] = []
        self.read = self.empty = 0
        self.wrong: dict[str, tuple[int, str]] = {}
        self.tasks, self.workers = NameIndex(), NameIndex()

    def take(self, rows: Lines) -> None:
        """Some more rows."""
        begin = self.first_row + self.read
        self.read += len(rows)
        filled = [row for row in rows if row]
        if not filled:
            self.empty += len(rows)
            return
        if len(filled) < len(rows):
            self.empty += len(rows) - len(filled)
            numbers = np.array([begin + place for place, row in enumerate(rows) if row])
            rows = filled
        else:
            numbers = np.arange(begin, begin + len(rows))
        part: dict[str, NDArray[Any]] = {}
        bad = np.zeros(len(rows), dtype=np.bool_)
        for meaning, column in self.columns.items():
            cells = _column(rows, column)
            if meaning in _TIMES:
                part[meaning], wrong = self._times(meaning, cells)
                what = "duration" if meaning == "duration" else "time"
                name = self.names[column]
                too_large = _numeric(cells, wrong) if meaning != "duration" else wrong & False
                self._count(f"time in another unit in {name}", too_large, rows, numbers, column)
                self._count(f"no {what} in {name}", wrong & ~too_large, rows, numbers, column)
                bad |= wrong
            elif meaning == "status":
                part["ended"], wrong = statuses(cells)
                self._count(f"unknown {self.names[column]}", wrong, rows, numbers, column)
                bad |= wrong
            else:
                part[meaning] = (self.tasks if meaning == "task" else self.workers).numbers(cells)
        part["row"] = numbers
        self.parts.append({name: values[~bad] for name, values in part.items()})

    def _times(self, meaning: str, cells: Sequence[str]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        if meaning not in self.time_columns:
            name = self.names[self.columns[meaning]]
            first = next((cell for cell in cells if cell), "")
            unit = None if self.asked.unit is None else _unit(self.asked.unit)
            # A size that stands for a time is counted in units that clocks do not know.
            time_column = TimeColumn(name, unit, first)
            if time_column.needs_unit:
                message = (
                    f"{name} holds numbers such as {first or '0'}: write their unit, `unit=s`, "
                    "ms, us or ns (or what a size of 1 lasts, `unit=25ms`)"
                )
                raise refusal(self.file, message, row=self.first_row)
            self.time_columns[meaning] = time_column
        time_column = self.time_columns[meaning]
        return (
            time_column.durations(cells) if meaning == "duration" else time_column.instants(cells)
        )

    def _count(
        self, reason: str, wrong: NDArray[np.bool_], rows: Lines, numbers: Instants, column: int
    ) -> None:
        if not wrong.any():
            return
        first = int(np.argmax(wrong))
        cell = _column(rows[first : first + 1], column)[0]
        place = f"row {int(numbers[first]):,}: {_shown(cell)}"
        count, before = self.wrong.get(reason, (0, place))
        self.wrong[reason] = (count + int(wrong.sum()), before)

    def log(self, kind: str) -> Log:
        """Everything that was taken."""
        if self.read == self.empty:
            raise refusal(self.file, "holds no rows below its heading", row=1)
        whole = joined_columns(self.parts, sum(len(part["row"]) for part in self.parts))
        rows = np.concatenate([part["row"] for part in self.parts])
        calendar = any(
            not time_column.is_number or is_calendar(whole[meaning])
            for meaning, time_column in self.time_columns.items() if meaning != "duration"
        )  # fmt: skip
        left_out = [
            LeftOut(reason=reason, count=count, place=f"{self.file} {place}")
            for reason, (count, place) in self.wrong.items()
        ]
        if self.empty:
            left_out.append(LeftOut(reason="empty", count=self.empty, wrong=False))
        return Log(
            **whole, kind=kind, means=self.means, lines=self.read, clock=calendar,
            tasks=self.tasks.known(), workers=self.workers.known(), left_out=tuple(left_out),
            facts={"file": self.file, "row": rows},
        )  # fmt: skip


def _column(rows: Lines, column: int) -> list[str]:
    try:
        return [row[column].strip() for row in rows]
    except IndexError:
        return [row[column].strip() if column < len(row) else "" for row in rows]


def _numeric(cells: Sequence[str], wrong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the wrong cells are numbers: too large for an instant in the unit of the others."""
    found = np.zeros(len(cells), dtype=np.bool_)
    for place in np.flatnonzero(wrong).tolist():
        found[place] = as_number(cells[place]) is not None
    return found


def _unit(text: str) -> float:
    try:
        return unit_seconds(text)
    except ValueError as fault:
        raise refusal("", str(fault), parameter="unit", value=text) from None


def _shown(cell: str) -> str:
    return '""' if not cell else f'"{cell[:40]}"'
