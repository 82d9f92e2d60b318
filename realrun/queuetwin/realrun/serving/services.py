"""The service of a scenario: a sleep, work on the processor, or the user's task.

A service is made from the recipe alone, so it is the same in this process and in any other.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.rules.attempt_duration import AttemptDuration
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws
from queuetwin.realrun.serving.burn import Burn
from queuetwin.realrun.serving.worker import Sleep, TaskService

_FAR_NS = 1 << 62


def service_of(
    scenario: Scenario,
    draws: Draws,
    outages: list[Outages],
    task: Callable[[Any], Any] | None,
    *,
    origin: Callable[[], int],
    stopping: threading.Event,
) -> Sleep | Burn | TaskService:
    """The service of a scenario; `origin` gives the start of the run (ns of the clock)."""
    fails = draws.fails.tolist()
    if task is not None:
        return _task(scenario, draws, task, fails)
    effort = AttemptDuration(scenario.stage, outages)
    length, rules = nanoseconds(draws.lengths()).tolist(), None if effort.is_plain else effort
    if share := scenario.stage.service.cpu_share:
        return Burn(
            length=length,
            fails=fails,
            cpu_share=share,
            effort=rules,
            origin=origin,
            stopping=stopping,
        )
    return Sleep(length=length, fails=fails, effort=rules, origin=origin, stopping=stopping)


def _task(
    scenario: Scenario, draws: Draws, task: Callable[[Any], Any], fails: list[list[bool]]
) -> TaskService:
    payload: list[Any] = draws.payload.tolist()
    if scenario.arrivals.process == "trace" and scenario.arrivals.payloads is not None:
        payload = list(scenario.arrivals.payloads)
    limit, cost = scenario.stage.failures.time_limit, scenario.stage.failures.cost
    return TaskService(
        call=task,
        payload=payload,
        fails=fails,
        failing_costs=cost != "none",
        time_limit=None if limit is None else round(limit * SECOND_NS),
    )


def nanoseconds(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole nanoseconds, of the same shape; past what an integer holds is for ever."""
    return np.minimum((seconds * SECOND_NS).round(), _FAR_NS).astype(np.int64)


def load_task(scenario: Scenario) -> Callable[[int], Any] | None:
    """The callable that `service.task` names, or None where workers sleep.

    Raises ScenarioError when it cannot be imported or called.
    """
    name = scenario.stage.service.task
    if name is None:
        return None
    folder = str(scenario.source.folder.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module, _, attribute = name.partition(":")
    try:
        task = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as fault:  # noqa: BLE001 - importing a module may raise anything
        reason = f"cannot be imported: {type(fault).__name__}: {fault}"
        raise scenario.source.error("service.task", f'"{name}"', reason) from None
    if not callable(task):
        raise scenario.source.error("service.task", f'"{name}"', "cannot be called")
    return task  # type: ignore[no-any-return]
