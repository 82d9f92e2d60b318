"""Real runs for a comparison: five of them, seen as they are done, kept when interrupted."""

from __future__ import annotations

from collections.abc import Callable

import click

from queuetwin.model.errors import Problem, ScenarioError
from queuetwin.model.figures import statistic_of
from queuetwin.model.measures import MEASURES
from queuetwin.model.run import Run
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import simulate
from queuetwin.model.units import parse_duration
from queuetwin.model.workload import Workload
from queuetwin.reports.interruption import interruptible
from queuetwin.reports.progress import progress_of

__all__ = [
    "RUNS", "SHARES", "budget_of", "length_of", "no_longer", "real_runs",
]  # fmt: skip

RUNS = 5
# Five runs share the budget with what comes before and after them.
SHARES = 6
_PILOT_ITEMS = 2000


def real_runs(scenario: Scenario, execute: Callable[..., Run]) -> tuple[list[Run], str]:
    """Five runs or, where one ends early, those before it; and how the last one ended."""
    runs: list[Run] = []
    with interruptible() as stop:
        for replication in range(RUNS):
            workload = Workload.draw(scenario, replication=replication)
            with progress_of(f"run {replication + 1} of {RUNS}") as observer:
                run = execute(scenario, workload, stop=stop, observer=observer)
            if run.header.ended == "stopped":
                return runs, "stopped"
            runs.append(run)
            mean = statistic_of(run, MEASURES["response_time"], "mean") * 1000
            click.echo(f"run {len(runs)} of {RUNS}: mean response {mean:.2f} ms", err=True)
            if not run.header.ended_by_itself:
                return runs, run.header.ended
    return runs, "complete"


def budget_of(text: str) -> float:
    """The seconds of a budget; raises ScenarioError for what is none."""
    try:
        seconds = parse_duration(text)
    except ValueError as fault:
        raise ScenarioError([Problem(key="budget", value=text, message=str(fault))]) from None
    if seconds == 0:
        raise ScenarioError([Problem(key="budget", value=text, message="must be longer than 0")])
    return seconds


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
