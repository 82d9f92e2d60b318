"""The fold, compiled: values go to their base batches and bins in one pass.

`add_values_compiled` is `tallies.add_values` over again.  Both add in the order of the items, so
every sum is the same to the bit.  The values of one batch are counted in a row of coarse bins
that lie side by side, and go to the batch's own bins, which lie far apart, when it is over.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.fast_engine.compiling import at, kernel, step
from queuetwin.model.tallies import (
    COARSE_BINS,
    COARSE_SHIFT,
    FINE_SHIFT,
    LOWEST,
    Counts,
    Tables,
)

__all__ = ["Rows", "add_some", "add_values_compiled", "empty_rows", "put_away"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
# Coarse bins side by side, a row a measure, and the first and the last that hold something.
Rows = tuple[Counts, Integers]


def empty_rows(measures: int) -> Rows:
    """Coarse bins of one base batch."""
    return np.zeros((measures, COARSE_BINS), dtype=np.int32), np.tile(
        [COARSE_BINS, 0], (measures, 1)
    )


def add_values_compiled(batch: Integers, values: Floats, tables: Tables, shift: int) -> None:
    """Add values, each to its base batch and bin; `batch` is ascending, both of shape (n,)."""
    _add_values(batch, values, tables, shift, empty_rows(1))


@kernel
def _add_values(batch: Integers, values: Floats, tables: Tables, shift: int, rows: Rows) -> None:
    begin, count = 0, len(values)
    while begin < count:
        here, end = batch[begin], begin + 1
        while end < count and batch[end] == here:
            end += 1
        add_some(values, (begin, end), here, tables, rows, 0)
        if end == count or batch[end] >> shift != here >> shift:
            put_away(rows, 0, here >> shift, tables)
        begin = end


@step
def add_some(
    values: Floats, span: tuple[int, int], batch: int, tables: Tables, rows: Rows, measure: int
) -> None:
    """Add the values of a span, all of one base batch; `put_away` must follow some time."""
    begin, end = span
    over, under, fine, _, reach = tables
    counts, touched = rows
    if begin == end:
        return
    total, least, greatest = over[batch], values[begin], values[begin]
    bins = len(fine)
    for i in range(begin, end):
        value = values[at(i)]
        total += value
        least = min(least, value)
        greatest = max(greatest, value)
        if bins:
            place = _bin_of(value, bins)
            fine[at(place)] += 1
            counts[at(measure), at(_coarse_bin(place))] += 1
    over[batch] = total
    under[batch] += end - begin
    reach[0], reach[1] = min(reach[0], least), max(reach[1], greatest)
    if bins:
        low, high = touched[measure]
        touched[measure, 0] = min(low, _coarse_bin(_bin_of(least, bins)))
        touched[measure, 1] = max(high, _coarse_bin(_bin_of(greatest, bins)))


@step
def put_away(rows: Rows, measure: int, column: int, tables: Tables) -> None:
    """What was counted goes to the bins of its batch, which is over, or to be gone on with."""
    counts, touched = rows
    coarse = tables[3]
    for place in range(touched[measure, 0], touched[measure, 1] + 1):
        coarse[at(place), at(column)] += counts[at(measure), at(place)]
        counts[at(measure), at(place)] = 0
    touched[measure, 0], touched[measure, 1] = counts.shape[1], 0


@step
def _bin_of(value: float, bins: int) -> int:
    """The fine bin of a value."""
    bits: Any = np.float64(value).view(np.int64)
    place: int = min(max(((bits - 1) >> FINE_SHIFT) - LOWEST + 1, 0), bins - 1)
    return place


@step
def _coarse_bin(place: int) -> int:
    """The coarse bin that holds a fine one."""
    return ((place - 1) >> COARSE_SHIFT) + 1
