"""How kernels are compiled: without counting references, with their steps laid into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["at", "kernel", "read_only", "step"]

Step = TypeVar("Step", bound=Callable[..., Any])

# Nothing is allocated, so numba need not count references: `_nrt` makes the calendar twelve
# times as quick.
_KERNEL: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}
# A step is called from one or two places, so copies of it cost little, while calling it would
# cost as much as what it does.  Python never calls one, so it needs no face for that, whose
# compiling would take longer than the step's own.
_STEP = {**_KERNEL, "forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(function: Step) -> Step:
    """Compile what Python calls, and keep it for the next process."""
    compiled: Step = numba.njit(cache=True, **_KERNEL)(function)
    return compiled


def step(function: Step) -> Step:
    """Compile a step of a kernel, to be laid into whatever calls it."""
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
    """A number as an index that does not count from the end, which need not be asked then.

    It makes the calendar a tenth to a seventh quicker.
    """
    return np.uint64(row)  # type: ignore[return-value]
