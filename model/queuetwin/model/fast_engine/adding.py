"""`add_values`, compiled: each value goes to its base batch and bins in one pass.

It adds in the same order as the one on arrays, so the sums are the same to the bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.fast_engine.compiling import kernel
from queuetwin.model.tallies import COARSE_SHIFT, FINE_SHIFT, LOWEST

__all__ = ["add_values_compiled"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@kernel
def _add(
    batch: Integers,
    values: Floats,
    bits: Integers,
    over: Floats,
    under: Floats,
    fine: Integers,
    coarse: NDArray[np.int32],
) -> None:
    last = len(fine) - 1
    for i in range(len(values)):
        over[batch[i]] += values[i]
        under[batch[i]] += 1
        if last > 0:
            place = min(max(((bits[i] - 1) >> FINE_SHIFT) - LOWEST + 1, 0), last)
            fine[place] += 1
            coarse[batch[i], ((place - 1) >> COARSE_SHIFT) + 1] += 1


def add_values_compiled(
    batch: Integers,
    values: Floats,
    sums: tuple[Floats, Floats],
    fine: Integers,
    coarse: NDArray[np.int32],
) -> None:
    """Add values, each to its base batch and bin; `batch` is ascending, both of shape (n,)."""
    _add(batch, values, values.view(np.int64), *sums, fine, coarse)
