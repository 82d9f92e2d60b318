"""What features cost in the compiled calendar, beside this project's own SimPy model.

No other simulator of the comparison knows all of them, and no formula does: what is checked
first is that both engines give the same events, bit for bit.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import NamedTuple

from against_theory import pool
from events import POOLS, kernel
from queuetwin.model import Scenario, Workload, simulate, summarise
from speed.measuring import row, spread, table

__all__ = ["measure"]

_ITEMS, _FEWER, _ROUNDS = 300_000, 20_000, 5


class _Parts(NamedTuple):
    """Processor nanoseconds an item."""

    draws: float
    calendar: float
    run: float
    figures: float
    reference: float


def measure(share: float) -> None:
    """Print the table."""
    items = max(_FEWER, round(_ITEMS * share))
    scenarios = {
        name: pool(items, workers, load, places).changed(changes)
        for name, (workers, load, places, changes) in POOLS.items()
    }
    for name, scenario in scenarios.items():
        fewer = scenario.changed({"items": _FEWER})
        same = simulate(fewer, engine="fast").same_events(simulate(fewer, engine="simpy"))
        assert same, f"the engines differ: {name}"
    found: dict[str, list[_Parts]] = {name: [] for name in scenarios}
    for _ in range(_ROUNDS):
        for name, scenario in scenarios.items():
            found[name].append(_parts(scenario, items))
    table(
        f"ns an item, {items:,} items", "draws", "calendar", "whole Run", "all figures of it",
        "SimPy model", "Run: x SimPy model",
    )  # fmt: skip
    for name, parts in found.items():
        ratios = [one.reference / one.run for one in parts]
        row(name, *(spread(column) for column in zip(*parts, strict=True)), spread(ratios))


def _parts(scenario: Scenario, items: int) -> _Parts:
    fewer = scenario.changed({"items": _FEWER})
    marks = [time.process_time()]
    simulate(fewer, engine="simpy")
    marks.append(time.process_time())
    Workload.draw(scenario).all()
    marks.append(time.process_time())
    run = simulate(scenario, engine="fast")
    marks.append(time.process_time())
    summarise(run)
    marks.append(time.process_time())
    reference, draws, whole, figures = ((end - start) * 1e9 for start, end in pairwise(marks))
    return _Parts(
        draws=draws / items,
        calendar=kernel(scenario) * 1e9 / items,
        run=whole / items,
        figures=figures / items,
        reference=reference / _FEWER,
    )
