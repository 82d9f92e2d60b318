"""Whether the model of a plan holds on real threads, where it decided: at winner and neighbour.

Five runs of each, within a stated time, against the model of the same items.  That says whether
the model may be believed there; so short a run does not know its own tail, so whether a limit is
kept stays the model's word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from queuetwin.model.base.errors import RunError
from queuetwin.model.base.units import format_duration
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.traffic import long_run
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.planning.planner import Plan
from queuetwin.model.records.run import Run
from queuetwin.reports.comparison.comparer import Comparison, compare
from queuetwin.reports.comparison.real_runs import SHARES, RunObserver, no_longer, real_runs

TAIL = "whether a limit is kept stays the model's word: so short a run does not know its tail"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadCheck:
    """A number of workers, or machines, and how model and threads compare there."""

    number: int
    comparison: Comparison


def refuse_unreal(scenario: Scenario) -> None:
    """Raise ScenarioError, before anything is computed, for what threads cannot do."""
    if scenario.stage.queue.capacity == 0:
        message = "real queues have a place at least: plan it without --check-on-threads"
        raise scenario.source.error("queue.capacity", "0", message)


def numbers_to_check(plan: Plan) -> list[int]:
    """The winner, and the neighbour where it keeps up: on threads its queue would only grow."""
    both = [one for one in (plan.winner, plan.neighbour) if one is not None]
    return [one for one in both if plan.tried[one].summary is not None]


def on_threads(
    plan: Plan,
    seconds: float,
    overheads: Overheads | None,
    execute: Callable[..., Run],
    *,
    announce: Callable[[int, float], None] | None = None,
    observer: RunObserver | None = None,
) -> Iterator[ThreadCheck]:
    """Five real runs of each number to check, in so many seconds of all together.

    `announce` is told each number and the seconds of a run before its runs, `observer` each run.
    What was interrupted is left out.  Raises RunError where a run ends early by itself.
    """
    numbers = numbers_to_check(plan)
    for number in numbers:
        each = seconds / len(numbers) / SHARES
        scenario = _lasting(plan.scenario.changed({plan.key: number}), each)
        if announce is not None:
            announce(number, each)
        runs, ended = real_runs(scenario, execute, observer=observer)
        if ended == "stopped":
            return
        if ended != "complete":
            raise RunError(f"a run with {number} ended early: {ended}")
        yield ThreadCheck(
            number=number, comparison=compare(scenario, runs=runs, overheads=overheads)
        )


def checks_rows(checks: Sequence[ThreadCheck]) -> list[list[str]]:
    """Number, verdict and why, for text and page."""
    return [[str(check.number), *check.comparison.sections.findings[0]] for check in checks]


def checks_document(plan: Plan, checks: Sequence[ThreadCheck]) -> list[dict[str, Any]]:
    """The comparisons without their runs."""
    kept = ("verdict", "verdicts", "differences")
    return [
        {
            "changes": {plan.key: one.number},
            **{key: value for key, value in one.comparison.to_dict().items() if key in kept},
            "tail": TAIL,
        }
        for one in checks
    ]


def _lasting(scenario: Scenario, seconds: float) -> Scenario:
    """Runs of this length in the long run; else the run as it is written, at most so long."""
    if long_run(scenario):
        return scenario.changed({"duration": format_duration(seconds)})
    return no_longer(scenario, seconds)
