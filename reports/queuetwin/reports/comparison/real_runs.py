"""Real runs for a comparison: seen as they are done, kept when interrupted, paced by a budget.

A budget buys five runs of up to ten seconds first; more of it buys more runs, then longer ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from queuetwin.model.engines.simulation import simulate
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.statistics.group_sequential import LOOKS, level_of, looks_within
from queuetwin.reports.presentation.console import interruptible, progress_of

# Called with the number of the run that is done, how many are planned, and the run.
RunObserver = Callable[[int, int, Run], None]

RUNS = LOOKS[0]
# Five runs share the budget with what comes before and after them.
SHARES = 6
_PILOT_ITEMS = 2000
_LONG_ENOUGH_S = 10.0
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long each run is (seconds), and after how many runs the verdict is looked at."""

    each: float
    looks: tuple[int, ...]

    @property
    def level(self) -> float:
        """The level of the intervals, so that all looks together are right 95 times in 100."""
        return level_of(len(self.looks))


def pace_of(budget: float, length: float) -> Pace:
    """What a budget (seconds) is spent on, where a whole run of the scenario has this length.

    >>> pace_of(60, 100), pace_of(120, 100)
    (Pace(each=10.0, looks=(5,)), Pace(each=10.0, looks=(5, 8)))
    """
    share = SHARES / RUNS
    each = max(min(budget / SHARES, _LONG_ENOUGH_S), budget / share / LOOKS[-1])
    each = min(each, length)
    return Pace(each=each, looks=looks_within(int(budget / share / each + _ROUNDING)))


def real_runs(
    scenario: Scenario,
    execute: Callable[..., Run],
    *,
    before: Sequence[Run] = (),
    upto: int = RUNS,
    observer: RunObserver | None = None,
) -> tuple[list[Run], str]:
    """So many runs, those done before included; and how the last one ended.

    Where one ends early, those before it.  The `observer` is told each run as soon as it is done.
    """
    runs = list(before)
    with interruptible() as stop:
        for replication in range(len(runs), upto):
            workload = Workload.draw(scenario, replication=replication)
            with progress_of(f"run {replication + 1} of {upto}") as progress:
                run = execute(scenario, workload, stop=stop, observer=progress)
            if run.header.ended == "stopped":
                return runs, "stopped"
            runs.append(run)
            if observer is not None:
                observer(len(runs), upto, run)
            if not run.header.ended_by_itself:
                return runs, run.header.ended
    return runs, "complete"


def length_of(scenario: Scenario) -> float:
    """About how long one run takes, from the model of its first items."""
    if scenario.items is None:
        assert scenario.duration is not None
        return scenario.duration
    few = min(scenario.items, _PILOT_ITEMS)
    window = simulate(scenario.changed({"items": few})).header.window
    return window * scenario.items / few


def no_longer(scenario: Scenario, seconds: float) -> Scenario:
    """The scenario with runs no longer than so many seconds."""
    length = length_of(scenario)
    if length <= seconds:
        return scenario
    if scenario.items is None:
        return scenario.changed({"duration": f"{seconds!r}s"})
    return scenario.changed({"items": max(1, int(scenario.items * seconds / length))})
