"""Faults injected on purpose: a comparison that does not find them may not be believed.

The model stays as it is; what really runs is made wrong, in one of three ways: another scenario
runs, another pacer sends the items, or a record is lost afterwards.  Each fault has a scenario
in which it must be found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Outcome, Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.realrun.execution import execute
from queuetwin.realrun.pacing.faulty_pacers import RelativeSleep, wait_spinning
from queuetwin.realrun.pacing.producers import Wait
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.verdicts import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectedFault:
    """A fault: what it is in words, how the real run is made wrong, and where it must be found.

    `changes` gives the keys of the scenario that runs in the model's place; `pacer` makes what
    sends its items; `loses_an_item` drops the record of a service.  `home` are the changes of
    `SELFTEST_POOL` in which the fault must be found.
    """

    name: str
    says: str
    changes: Callable[[Scenario], Mapping[str, Any]] = field(default=lambda _: {})
    pacer: Callable[[], Wait] | None = None
    loses_an_item: bool = False
    home: Mapping[str, Any] = field(default_factory=dict)

    def ran(self, scenario: Scenario) -> Scenario:
        """The scenario that really runs.  Raises ScenarioError where the fault cannot be in it."""
        return scenario.changed(changes) if (changes := self.changes(scenario)) else scenario

    def execute(self, scenario: Scenario, workload: Workload, **how: Any) -> Run:
        """As `execute`, of the scenario with the fault in it."""
        ran = self.ran(scenario)
        load = Workload.draw(ran, seed=workload.seed, replication=workload.replication)
        if self.pacer is not None:
            how["wait"] = self.pacer()
        return self.recorded(execute(ran, load, **how))

    def recorded(self, run: Run) -> Run:
        """The run as its records say that it was."""
        return _without_an_item(run) if self.loses_an_item else run

    @property
    def scenario(self) -> Scenario:
        """Where the fault must be found."""
        return SELFTEST_POOL.changed(self.home)


# Four workers at a load of .8, unless the fault needs another.
SELFTEST_POOL = Scenario.from_dict(
    {
        "name": "selftest",
        "seed": 7,
        "duration": "1200ms",
        "arrivals": {"process": "poisson", "rate": "640/s"},
        "workers": {"count": 4},
        "service": {"distribution": "exponential", "mean": "5ms"},
    }
)


def _longer(scenario: Scenario) -> dict[str, Any]:
    service = scenario.stage.service
    if service.task is not None or service.slowdown:
        raise _not_here("needs a service without task or slowdown")
    return {"service.slowdown": [[1, "5%"]]}


def _a_worker_fewer(scenario: Scenario) -> dict[str, Any]:
    workers = scenario.stage.workers
    if workers.count is None or workers.count == 1 or workers.schedule or workers.speeds:
        raise _not_here("needs workers.count of 2 or more, without schedule or speeds")
    return {"workers.count": workers.count - 1}


def _a_place_fewer(scenario: Scenario) -> dict[str, Any]:
    capacity = scenario.stage.queue.capacity
    if capacity is None or capacity == 1:
        raise _not_here("needs queue.capacity of 2 or more")
    return {"queue.capacity": capacity - 1}


def _last_first(scenario: Scenario) -> dict[str, Any]:
    if scenario.stage.queue.order == "lifo":
        raise _not_here('needs another queue.order than "lifo"')
    return {"queue.order": "lifo"}


def _not_here(why: str) -> ScenarioError:
    return ScenarioError([Problem(key="--plant", message=f"the fault {why}")])


def _without_an_item(run: Run) -> Run:
    """The run without the record of one service: its item is said to be completed all the same."""
    served = run.attempts["outcome"] == Outcome.COMPLETED
    if not served.any():
        return run
    kept = served.cumsum() != (served.sum() + 1) // 2
    kept |= ~served
    return replace(run, attempts={name: column[kept] for name, column in run.attempts.items()})


_REJECTS = {"queue.when_full": "reject"}

INJECTED_FAULTS: Mapping[str, InjectedFault] = {
    fault.name: fault
    for fault in (
        InjectedFault(name="service", says="services 5 % longer", changes=_longer),
        InjectedFault(name="worker", says="a worker fewer", changes=_a_worker_fewer),
        InjectedFault(
            name="capacity",
            says="a waiting place fewer",
            changes=_a_place_fewer,
            home={"arrivals.rate": "960/s", "queue.capacity": 2, **_REJECTS},
        ),
        InjectedFault(
            name="order",
            says="last in first out",
            changes=_last_first,
            home={"arrivals.rate": "720/s"},
        ),
        InjectedFault(name="lost-item", says="an item lost", loses_an_item=True),
        InjectedFault(
            name="relative-sleep",
            says="arrivals sent by sleeping each gap",
            pacer=RelativeSleep,
            home={"arrivals.rate": "1000/s", "service.mean": "2ms"},
        ),
        InjectedFault(
            name="spinning",
            says="arrivals sent by a producer that spins",
            pacer=lambda: wait_spinning,
            home={"arrivals.rate": "400/s", "queue.capacity": 1, **_REJECTS},
        ),
    )
}


def fault_named(name: str) -> InjectedFault:
    """The fault of this name.  Raises ScenarioError that says which there are."""
    if name not in INJECTED_FAULTS:
        message = f"no fault is called so: there are {', '.join(INJECTED_FAULTS)}"
        raise ScenarioError([Problem(key="--plant", value=name, message=message)])
    return INJECTED_FAULTS[name]


def caught_by(comparison: ComparisonResult) -> str:
    """What a fault was caught by: accounts, run checks or verdict; empty if it was not."""
    failed = [check.name for check in comparison.failed_checks]
    if "accounts" in failed:
        return "the accounts"
    if failed:
        return "the run checks"
    return "DIFFERENT" if comparison.verdict is Verdict.DIFFERENT else ""


def injected_text(comparison: ComparisonResult, fault: InjectedFault) -> str:
    """Whether an injected fault was found, and how."""
    caught = caught_by(comparison)
    return f"planted: {fault.says}; " + (f"caught by {caught}" if caught else "not caught")
