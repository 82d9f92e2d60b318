"""What features cost in the compiled calendar, beside this project's own SimPy model.

No other simulator of the comparison knows all of them, and no formula does: what is checked
first is that both engines give the same events, bit for bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from measuring import row, spread, table
from our_engines import RETRIES, scenario_of
from queuetwin.model import Scenario, Workload, simulate, summarise
from queuetwin.model.engines.compiled.event_driven import EventDrivenStation
from textbook_systems import System

__all__ = ["measure"]

_ITEMS, _FEWER, _ROUNDS = 300_000, 20_000, 5
_CLASSES = [{"name": "urgent", "share": 0.6}, {"name": "patient", "share": 0.4, "priority": 1}]
_EXPONENTIAL = {"distribution": "exponential", "mean": "20s"}
_BURSTS = {"process": "bursty", "rates": ["9/s", "1/s"], "stays": ["30s", "90s"]}
_ALL = {
    "queue": {"capacity": 16, "when_full": "drop-oldest", "order": "priority"},
    "queue.patience": _EXPONENTIAL,
    "class": _CLASSES,
    "failures": {**RETRIES, "growth": "exponential", "jitter": True, "cost": "uniform"},
    "failures.time_limit": "5s",
    "service.slowdown": [[4, "5%"]],
    "workers.speeds": [1.5, 1, 1, 0.8],
    "workers.idle_timeout": "1h",
    "workers.schedule": [["1000s", 3], ["2000s", 4]],
    "workers.breakdown": {"every": {**_EXPONENTIAL, "mean": "1h"}, "repair": _EXPONENTIAL},
}
# features -> (workers, load, places, changes)
_POOLS: dict[str, tuple[int, float, int | None, Mapping[str, Any]]] = {
    "retries, 10 % fail": (4, 1.0, 16, {"failures": RETRIES}),
    "last come first served": (4, 0.9, None, {"queue.order": "lifo"}),
    "priorities": (4, 0.9, None, {"queue.order": "priority", "class": _CLASSES}),
    "patience": (4, 1.1, None, {"queue.patience": _EXPONENTIAL}),
    "bursts": (4, 0.9, 16, {"arrivals": _BURSTS, "failures": RETRIES}),
    "64 workers": (64, 0.9, 200, {"failures": RETRIES}),
    "1,000 workers": (1000, 0.9, 200, {"failures": RETRIES}),
    "all features": (4, 0.9, 16, _ALL),
}


class _Costs(NamedTuple):
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
        name: scenario_of(
            System(name=name, workers=workers, load=load, places=places), items
        ).changed(changes)
        for name, (workers, load, places, changes) in _POOLS.items()
    }
    for name, scenario in scenarios.items():
        fewer = scenario.changed({"items": _FEWER})
        same = simulate(fewer, engine="fast").same_events(simulate(fewer, engine="simpy"))
        assert same, f"the engines differ: {name}"
    rounds: dict[str, list[_Costs]] = {name: [] for name in scenarios}
    for _ in range(_ROUNDS):
        for name, scenario in scenarios.items():
            rounds[name].append(_costs(scenario, items))
    table(
        f"ns an item, {items:,} items", "draws", "calendar", "whole Run", "all figures of it",
        "SimPy model", "Run: x SimPy model",
    )  # fmt: skip
    for name, costs in rounds.items():
        ratios = [cost.reference / cost.run for cost in costs]
        row(name, *(spread(column) for column in zip(*costs, strict=True)), spread(ratios))


def _costs(scenario: Scenario, items: int) -> _Costs:
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
    return _Costs(
        draws=draws / items,
        calendar=_calendar_seconds(scenario) * 1e9 / items,
        run=whole / items,
        figures=figures / items,
        reference=reference / _FEWER,
    )


def _calendar_seconds(scenario: Scenario) -> float:
    """Processor seconds of the calendar alone: laying in draws and taking out rows is not timed."""
    workload = Workload.draw(scenario)
    station = EventDrivenStation(scenario, workload.outages())
    seconds = 0.0
    for draws in list(workload.chunks()):
        station.add_items(draws)
        seconds += _seconds(station.run)
        station.remove_ended()
    return seconds + _seconds(station.finish)


def _seconds(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
