"""Whether a Run can be held: it is refused before the machine begins to swap, and told how big.

What counts is the most that is held while it is made: its draws, what the engine writes down,
and the Run itself.  A few percent more or less do not matter, since the limit is all the memory
that the machine has.
"""

from __future__ import annotations

import os

from queuetwin.model.load import long_run
from queuetwin.model.scenario import Scenario

__all__ = ["expected_items", "machine_memory", "refuse_too_large"]

# Bytes an item and bytes a drawn attempt of it, measured as the peak of a process.
_COMPILED, _SIMPY = (200, 70), (550, 220)
_DIGITS = 2


def expected_items(scenario: Scenario) -> float | None:
    """How many items come, on average where a duration ends the arrivals; None if unknown."""
    if scenario.items is not None:
        return scenario.items
    rate = scenario.arrivals.mean_rate
    return None if rate is None or scenario.duration is None else rate * scenario.duration


def refuse_too_large(scenario: Scenario, *, by_simpy: bool) -> None:
    """Raise ScenarioError for a Run that is larger than the machine's memory."""
    count, memory = expected_items(scenario), machine_memory()
    if count is None or memory is None:
        return
    an_item, an_attempt = _SIMPY if by_simpy else _COMPILED
    each = an_item + an_attempt * scenario.stage.failures.attempts
    if count * each <= memory:
        return
    key = "duration" if scenario.items is None else "items"
    instead = "`predict` gives the figures of the long run without holding it, or "
    message = (
        f"a Run of {count:,.0f} items would take {count * each / 1e9:,.0f} GB, and this machine "
        f"has {memory / 1e9:,.0f}: {instead if long_run(scenario) else ''}"
        f"write at most {_rounded_down(memory // each):,} items"
    )
    raise scenario.source.error(key, "", message)


def machine_memory() -> int | None:
    """Bytes of memory, used or not: what caches hold gives way; None where nobody says."""
    if not hasattr(os, "sysconf"):
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _rounded_down(number: int) -> int:
    step: int = 10 ** max(len(str(number)) - _DIGITS, 0)
    return number // step * step
