"""How long the user's task takes, measured alone before the runs that it is to explain.

One real worker serves one item after the other, as the backend would, for a short while; what
each payload took replaces the distribution that the scenario guesses.  From then on an item
draws a payload that was measured: the model takes its time, and a real worker its work.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.errors import RunError
from queuetwin.model.run import Outcome
from queuetwin.model.scenario import Scenario
from queuetwin.realrun.execution import execute

__all__ = ["PILOT_S", "is_guessed", "task_times", "with_task_times"]

PILOT_S = 2.0
"""How long a pilot takes at most, beside the call that it is in."""

_ITEMS = 10_000
_WARM_UP = 3
_KEPT = ("task", "cpu_share", "hang_limit", "slowdown")


def is_guessed(scenario: Scenario) -> bool:
    """Whether a task runs whose times nobody has measured, and a pilot could."""
    service, process = scenario.stage.service, scenario.arrivals.process
    measured = service.distribution == "empirical" or bool(scenario.classes) or process == "trace"
    return service.task is not None and not measured


def task_times(
    scenario: Scenario, *, backend: str = "threads", seconds: float = PILOT_S
) -> NDArray[np.float64]:
    """Seconds that the task takes for the payloads 0, 1, 2 and so on, as far as time allows.

    Raises RunError when no call ends in time, or when one fails.
    """
    alone = scenario.changed(_alone(scenario))
    execute(alone.changed({"items": _WARM_UP}), backend=backend)
    stop = threading.Event()
    alarm = threading.Timer(seconds, stop.set)
    alarm.start()
    try:
        run = execute(alone, backend=backend, stop=stop)
    finally:
        alarm.cancel()
    if run.header.errors:
        raise RunError(f"the task fails: {next(iter(run.header.errors))}")
    attempts = run.attempts
    done = np.flatnonzero(attempts["outcome"] == Outcome.COMPLETED)
    if not len(done):
        raise RunError(f"the task did not end once within {seconds:g} s")
    done = done[np.argsort(attempts["item"][done])]
    return np.asarray((attempts["finished"] - attempts["started"])[done])


def with_task_times(scenario: Scenario, times: NDArray[np.float64]) -> Scenario:
    """The scenario with these times (seconds, by payload) in the place of its distribution."""
    given: Mapping[str, Any] = scenario.to_dict()["service"]
    service = {key: value for key, value in given.items() if key in _KEPT}
    samples = [f"{seconds!r}s" for seconds in times.round(9).tolist()]
    return scenario.changed({"service": {**service, "distribution": "empirical",
                                         "samples": samples}})  # fmt: skip


def _alone(scenario: Scenario) -> dict[str, Any]:
    """What to change, so that one worker serves one item after the other and does nothing else."""
    return {
        "duration": None,
        "items": _ITEMS,
        "arrivals": {"process": "backlog"},
        "queue": {"capacity": 1},
        "workers": {"count": 1},
        "failures": {},
        "service.slowdown": (),
    }
