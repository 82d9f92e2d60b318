"""Columns of text become instants and durations, a chunk at a time.

Law: a number needs a unit, from the name of its column (`time_ms`) or from whoever asks
(`unit`); it is never guessed.  A cell that cannot be read is marked, not repaired.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.columns import TextCell, date_time, time_exponent
from queuetwin.model.base.units import parse_duration
from queuetwin.model.logs.log import NEVER, SECOND, Instants

_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
# Date-times that NumPy reads: of these centuries, with a time of day, without a zone.
_PLAIN = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\d[T ][\d:.]+")
_ZONE = re.compile(r" ?(Z|[+-]\d\d:?\d\d)$")
_DAY = len("2023-11-16")
_LATEST = 9.2e18  # of nanoseconds in 64 bits
_FROM_YEAR_1_TO_1970 = 62_135_596_800 * SECOND
_CALENDAR = 1e8  # seconds: a count from 1970 passed it in 1973


def unit_seconds(unit: str) -> float:
    """Seconds of a unit: s, ms, us, ns, or what a size of 1 lasts, such as "25ms".

    Raises ValueError for anything else.

    >>> unit_seconds("ms"), unit_seconds("25ms")
    (0.001, 0.025)
    """
    if unit in _UNITS:
        return _UNITS[unit]
    try:
        seconds = parse_duration(unit)
    except ValueError:
        seconds = 0.0
    if not seconds:
        raise ValueError("must be s, ms, us, ns, or what a size of 1 lasts, such as 25ms")
    return seconds


class TimeColumn:
    """Reads the cells of one column; `unit` in seconds where the column's name does not say it."""

    def __init__(self, name: str, unit: float | None, first: str) -> None:
        exponent = time_exponent(name)
        self.name = name
        self.unit = 10.0**exponent if exponent is not None else unit
        self.is_number = as_number(first) is not None
        self.zone: bool | None = None

    @property
    def needs_unit(self) -> bool:
        """Whether its cells are numbers that nobody gave a unit."""
        return self.is_number and self.unit is None

    def instants(self, cells: Sequence[str]) -> tuple[Instants, NDArray[np.bool_]]:
        """Nanoseconds of each cell, NEVER where it is empty, and which cells are no instant."""
        if self.is_number:
            numbers, wrong = _numbers(cells)
            with np.errstate(over="ignore"):
                nanoseconds = numbers * ((self.unit or 1.0) * SECOND)
            wrong |= np.abs(nanoseconds) > _LATEST
            missing = wrong | np.isnan(nanoseconds)
            whole = np.rint(np.where(missing, 0.0, nanoseconds)).astype(np.int64)
            return np.where(missing, NEVER, whole), wrong
        found = self._quick(cells)
        if found is not None:
            return found, np.zeros(len(cells), dtype=np.bool_)
        read = [self._one(cell) for cell in cells]
        wrong = np.array([nanoseconds is None for nanoseconds in read])
        return np.array([nanoseconds or NEVER for nanoseconds in read]), wrong

    def _quick(self, cells: Sequence[str]) -> Instants | None:
        """All cells at once where they are alike; None where they are not."""
        match = _ZONE.search(cells[0]) if len(cells[0]) > _DAY else None
        zone = match.group() if match else ""
        if self.zone is not None and bool(zone) != self.zone:
            return None
        cut = -len(zone) or None
        plain = [cell[:cut].replace(",", ".") for cell in cells if cell.endswith(zone)]
        if len(plain) < len(cells) or not all(map(_PLAIN.fullmatch, plain)):
            return None
        try:
            read = np.array(plain, dtype="M8[ns]")
            ahead = date_time(TextCell(0, f"1970-01-01T00:00:00{zone.strip()}"))[0]
        except ValueError:
            return None
        self.zone = bool(zone)
        return read.astype(np.int64) + (ahead - _FROM_YEAR_1_TO_1970)

    def _one(self, cell: str) -> int | None:
        """Nanoseconds of one date-time, 0 for an empty cell, None for what is none."""
        if not cell:
            return 0
        try:
            nanoseconds, zoned = date_time(TextCell(0, cell))
        except ValueError:
            return None
        if self.zone is None:
            self.zone = zoned
        since = nanoseconds - _FROM_YEAR_1_TO_1970
        return since if zoned == self.zone and abs(since) < _LATEST else None

    def durations(self, cells: Sequence[str]) -> tuple[Floats, NDArray[np.bool_]]:
        """Seconds of each cell, NaN where it is empty, and which cells are no duration."""
        if self.is_number:
            numbers, wrong = _numbers(cells)
            with np.errstate(over="ignore"):
                seconds = numbers * (self.unit or 1.0)
            wrong |= np.abs(seconds) > _LATEST / SECOND
            return np.where(wrong, np.nan, seconds), wrong
        read = [_with_unit(cell) for cell in cells]
        wrong = np.array([number is None or number > _LATEST / SECOND for number in read])
        seconds = np.array([math.nan if number is None else number for number in read])
        return np.where(wrong, np.nan, seconds), wrong


def is_calendar(instants: Instants) -> bool:
    """Whether numbers are so large that they count from 1970."""
    known = instants[instants != NEVER]
    return bool(len(known)) and float(known[0]) / SECOND > _CALENDAR


def as_number(cell: str) -> float | None:
    """The number of a cell; None where it is none.

    >>> as_number("12.5"), as_number("12ms")
    (12.5, None)
    """
    try:
        return float(cell)
    except ValueError:
        return None


def _numbers(cells: Sequence[str]) -> tuple[Floats, NDArray[np.bool_]]:
    try:
        numbers = np.array(cells, dtype=np.float64)
        return numbers, np.isinf(numbers)
    except ValueError:
        read = [as_number(cell) if cell else math.nan for cell in cells]
        wrong = np.array([number is None or math.isinf(number) for number in read])
        return np.array([math.nan if number is None else number for number in read]), wrong


def _with_unit(cell: str) -> float | None:
    """Seconds of a cell such as 12ms, NaN for an empty one, None for what is none."""
    if not cell:
        return math.nan
    try:
        return parse_duration(cell)
    except ValueError:
        return None
