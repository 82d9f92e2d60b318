"""The law of stalls, compiled: an instant of the calendar, or the end of the stall it is in.

Without stalls there are no edges, and it costs a comparison.
"""

from __future__ import annotations

from queuetwin.model import stalls
from queuetwin.model.fast_engine.compiling import step
from queuetwin.model.fast_engine.tables import Pool

__all__ = ["past_stall"]

_past_stall = step(stalls.past_stall)


@step
def past_stall(pool: Pool, instant: float) -> float:
    """When something happens that would happen at an instant."""
    return _past_stall(pool.stalls, instant)
