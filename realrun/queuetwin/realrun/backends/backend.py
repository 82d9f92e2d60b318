"""The interface of a backend: it supplies the line and the workers of a run.

Producers, pacing, recording and the end of a run are the same for all backends.  A backend refuses
by name what it cannot do, and never approximates it.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.shared_processor import Shares
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.sampling.workload import Workload
from queuetwin.realrun.line.line import Line
from queuetwin.realrun.line.line_rules import LineRules
from queuetwin.realrun.serving.services import load_task
from queuetwin.realrun.serving.worker import Service, WorkerLog

TaskFunction = Callable[[Any], Any] | None
# key of the scenario, its value in words, why not
Refusals = Iterator[tuple[str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that a backend needs to make its team for a run.

    `logs` has one for each worker; `backoff` (ns) is by attempt and item, `serve` serves in this
    process, `origin` gives the start of the run (ns of the clock) once it is set.
    """

    scenario: Scenario
    workload: Workload
    draws: Draws
    outages: list[Outages]
    rules: LineRules
    logs: Sequence[WorkerLog]
    backoff: Sequence[Sequence[int]]
    serve: Service
    origin: Callable[[], int]
    stopping: threading.Event


class Team(Protocol):
    """The line of a run and its workers."""

    @property
    def line(self) -> Line:
        """What producers and workers share."""

    def thread_targets(self) -> dict[str, list[Callable[[], None]]]:
        """What each thread of the run is to call, by the kind of thread."""

    def threads(self) -> Sequence[threading.Thread]:
        """Threads that the team has started by itself, to be joined in the end."""

    def interrupt(self) -> None:
        """The line is closed: interrupt workers that still serve, where that can be done."""

    def remote_processor_time(self) -> float:
        """Processor time of the run outside this process, in seconds."""


def _nothing(_: Scenario) -> Refusals:
    yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A way to run a scenario, and all that anything else must know of it.

    `shares` is what its workers share when they work, `refusals` what of a scenario it cannot do.
    `make_team` raises RunError when the machine cannot, and so does `look`, which looks
    beforehand, for a server where the backend `needs_server`.  `queue.capacity` bounds the queue,
    or the system with those in service (capacity + workers).  Items are taken in the order in
    which they were accepted, unless answers of a server may overtake each other
    (`takes_in_order`).
    """

    name: str
    shares: Shares
    make_team: Callable[[Job], Team]
    refusals: Callable[[Scenario], Refusals] = _nothing
    look: Callable[[], None] = lambda: None
    needs_server: bool = False
    awaits_tasks: bool = False
    bounds: Literal["queue", "system"] = "queue"
    takes_in_order: bool = True


def refuse(backend: Backend, scenario: Scenario, task: TaskFunction) -> None:
    """Raise ScenarioError with everything in the scenario that the backend cannot do."""
    problems: list[Problem] = []
    if scenario.stage.queue.capacity == 0:
        message = "real workers need a place to take from: only the model and theory know 0"
        problems += scenario.source.error("queue.capacity", "0", message).problems
    if inspect.iscoroutinefunction(task) and not backend.awaits_tasks:
        name, message = scenario.stage.service.task, "only the backend asyncio awaits a task"
        problems += scenario.source.error("service.task", f'"{name}"', message).problems
    for key, value, why in backend.refusals(scenario):
        message = f"the backend {backend.name} cannot do this: {why}"
        problems += scenario.source.error(key, value, message).problems
    if problems:
        raise ScenarioError(problems)


def refuse_unable(backend: Backend, scenario: Scenario) -> None:
    """Raise what a run would raise before its first item.

    ScenarioError where the backend cannot do the scenario, RunError where the machine lacks what
    it needs.
    """
    refuse(backend, scenario, load_task(scenario))
    backend.look()


def beyond_a_plain_queue(
    scenario: Scenario,
    *,
    order: str,
    own_queue: str,
    dropping: str,
    patience: str,
    workers: str,
    producers: str,
) -> Refusals:
    """The keys that only the line of this package can honour, each with the reason given."""
    queue, staff, arrivals = scenario.stage.queue, scenario.stage.workers, scenario.arrivals
    if queue.order != "fifo":
        yield "queue.order", f'"{queue.order}"', order
    if queue.when_full == "drop-oldest":
        yield "queue.when_full", f'"{queue.when_full}"', dropping
    if queue.patience is not None:
        yield "queue.patience", queue.patience.text(), patience
    if staff.own_queue:
        yield "workers.own_queue", "true", own_queue
    if staff.schedule:
        yield "workers.schedule", "", workers
    if staff.idle_timeout is not None:
        yield "workers.idle_timeout", f"{staff.idle_timeout:g}s", workers
    if staff.breakdown is not None:
        yield "workers.breakdown", "", workers
    if arrivals.producers > 1:
        key = "arrivals.users" if arrivals.pacing == "outcome" else "arrivals.producers"
        yield key, f"{arrivals.producers}", producers
