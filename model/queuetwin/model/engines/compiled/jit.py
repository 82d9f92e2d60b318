"""How the compiled engine is compiled: no reference counting, steps inlined into kernels.

numba's private option `_nrt` is used in this file only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

Step = TypeVar("Step", bound=Callable[..., Any])

# Kernels allocate nothing, so `_nrt` turns numba's reference counting off: the event-driven
# engine is twelve times as fast without it.
_KERNEL: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
# A step is called in one or two places, where calling it would cost as much as what it does, so
# it is inlined.  Python never calls one: compiling wrappers would take longer than the step.
_STEP = {**_KERNEL, "forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(function: Step) -> Step:
    """Compile a function that Python calls; the machine code is cached on disk."""
    compiled: Step = numba.njit(cache=True, **_KERNEL)(function)
    return compiled


def step(function: Step) -> Step:
    """Compile a function that only kernels call, inlined into its callers."""
    compiled: Step = numba.njit(**_STEP)(function)
    return compiled


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The same values as a contiguous read-only array, whatever the array was.

    A kernel is compiled for each kind of array that it is given; this makes them one kind.
    """
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


@step
def at(row: int) -> int:
    """A non-negative index, as an unsigned number, so that numba does not test its sign.

    It makes the event-driven engine a tenth to a seventh faster.
    """
    return np.uint64(row)  # type: ignore[return-value]
