"""The array types and the two constants that modules share.

`Floats` are seconds or plain numbers, `Integers` counts or instants in nanoseconds.  `NEVER` is
the instant, in seconds, of what has not happened; `SECOND_NS` turns seconds into nanoseconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

NEVER = float("nan")
SECOND_NS = 1_000_000_000
