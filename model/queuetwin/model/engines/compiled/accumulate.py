"""The accumulators, compiled: values go to their base batches and bins in one pass.

`add_values_compiled` does what `accumulators.add_values` does.  Both add in the order of the
items, so every sum is the same to the last bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.engines.compiled.jit import at, kernel, step
from queuetwin.model.statistics.accumulators import (
    ABREAST,
    COARSE_SHIFT,
    FINE_SHIFT,
    LOWEST,
    Counts,
    Tables,
)


def add_values_compiled(batch: Integers, values: Floats, tables: Tables, shift: int) -> None:
    """Add values, each to its base batch and bin; `batch` is ascending, both of shape (n,)."""
    _add_values(batch, values, tables, shift, np.empty(len(values), dtype=np.int32))


@kernel
def _add_values(
    batch: Integers, values: Floats, tables: Tables, shift: int, places: Counts
) -> None:
    sums, counts = tables[:2]
    begin, count = 0, len(values)
    while begin < count:
        row, end = batch[begin], begin
        total = sums[row]
        while end < count and batch[end] == row:
            total += values[end]
            end += 1
        sums[row] = total
        counts[row] += end - begin
        count_values(values[begin:end], row >> shift, tables, places)
        begin = end


@step
def count_values(values: Floats, column: int, tables: Tables, places: Counts) -> None:
    """Count values, none of them negative, in the bins of a base batch, where there are any.

    The first of two passes finds the `places` of the values, several at a time, since they are
    independent; the second one counts.
    """
    _, _, fine, coarse, reach = tables
    bins, count = len(fine), len(values)
    if count == 0 or bins == 0:
        return
    bits: Any = values.view(np.int64)
    place: Any
    least = greatest = bits[0]
    for i in range(count):
        least = min(least, bits[i])
        greatest = max(greatest, bits[i])
        places[i] = _bin_of(bits[i], bins)
    reach[0] = min(reach[0], np.int64(least).view(np.float64))
    reach[1] = max(reach[1], np.int64(greatest).view(np.float64))
    group, lane = column // ABREAST, column % ABREAST
    if least == greatest:  # as where no item is blocked
        place = np.int64(places[0])
        fine[at(place)] += count
        coarse[at(group), at(((place - 1) >> COARSE_SHIFT) + 1), at(lane)] += count
        return
    for i in range(count):
        place = np.int64(places[i])
        fine[at(place)] += 1
        coarse[at(group), at(((place - 1) >> COARSE_SHIFT) + 1), at(lane)] += 1


@step
def _bin_of(bits: int, bins: int) -> int:
    """The fine bin of a value, which is given by its bits."""
    place: int = min(max(((bits - 1) >> FINE_SHIFT) - LOWEST + 1, 0), bins - 1)
    return place
