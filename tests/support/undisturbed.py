"""Claims about time: judged where other programs left the processors alone, unjudged elsewhere.

What must hold on any machine is asserted elsewhere, whatever runs beside the tests.
"""

from collections.abc import Callable
from typing import TypeVar

import pytest

from queuetwin.realrun.machine import facts_between, read_machine

QUIET_CORES = 0.2
TRIES = 4

Measured = TypeVar("Measured")


def undisturbed(measure: Callable[[], Measured]) -> Measured:
    """The first of a few measurements beside which nothing else ran; skips where there is none."""
    for _ in range(TRIES):
        before = read_machine()
        measured = measure()
        foreign_cores = facts_between(before, read_machine()).get("foreign_cores", 0.0)
        if foreign_cores <= QUIET_CORES:
            return measured
    pytest.skip(f"too disturbed to judge times: other programs took {foreign_cores:.1f} cores")
