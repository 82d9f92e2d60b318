"""How long the user's task takes, measured alone before the runs that it is to explain.

One real worker serves one item after the other, as the backend would, for a short while; what
each payload took replaces the distribution that the scenario guesses, and how much of it needed
what workers share replaces its `cpu_share`.  From then on an item draws a payload that was
measured: the model takes its time, and a real worker its work.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.errors import RunError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.shared_processor import bottleneck
from queuetwin.model.records.run import Outcome, Run
from queuetwin.realrun.backends.registry import backend_named
from queuetwin.realrun.calibration.gil_share import gil_time
from queuetwin.realrun.execution import execute
from queuetwin.realrun.machine import gil_enabled
from queuetwin.realrun.serving.services import load_task

PILOT_S = 4
"""About how long a pilot takes at most, beside the call that it is in."""

_ITEMS = 10_000
_WARM_UP = 3
_KEPT = ("task", "cpu_share", "hang_limit", "slowdown")
# Less is what it costs to call a task, not what a task does.
_LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTimes:
    """Seconds by payload, shape (payloads,), and which part of them needs what workers share.

    That is the GIL where threads share one, the processors where they do not, the loop of a
    plain function on an event loop; None for a coroutine, whose part is not known.
    """

    seconds: NDArray[np.float64]
    cpu_share: float | None


def is_guessed(scenario: Scenario) -> bool:
    """Whether a task runs whose times nobody has measured, and a pilot could."""
    service, process = scenario.stage.service, scenario.arrivals.process
    measured = service.distribution == "empirical" or bool(scenario.classes) or process == "trace"
    return service.task is not None and not measured


def measure_task(
    scenario: Scenario, *, backend: str = "threads", seconds: float = PILOT_S
) -> TaskTimes:
    """What the task takes for the payloads 0, 1, 2 and so on, as far as time allows.

    Raises RunError when no call ends in time, or when one fails.
    """
    alone = scenario.changed(_alone(scenario))
    execute(alone.changed({"items": _WARM_UP}), backend=backend)
    run = _stopped_after(alone, backend, seconds / 2)
    if run.header.errors:
        raise RunError(f"the task fails: {next(iter(run.header.errors))}")
    attempts = run.attempts
    done = np.flatnonzero(attempts["outcome"] == Outcome.COMPLETED)
    if not len(done):
        raise RunError(f"the task did not end once within {seconds / 2:g} s")
    done = done[np.argsort(attempts["item"][done])]
    times = np.asarray((attempts["finished"] - attempts["started"])[done])
    worked = attempts["cpu"][done]
    return TaskTimes(seconds=times, cpu_share=_share(alone, backend, times, worked, seconds / 2))


def with_task_times(scenario: Scenario, found: TaskTimes) -> Scenario:
    """The scenario with what was measured in the place of its distribution and `cpu_share`."""
    given: Mapping[str, Any] = scenario.to_dict()["service"]
    service = {key: value for key, value in given.items() if key in _KEPT}
    if found.cpu_share is not None:
        service["cpu_share"] = found.cpu_share
    samples = [f"{seconds!r}s" for seconds in found.seconds.round(9).tolist()]
    return scenario.changed({"service": {**service, "distribution": "empirical",
                                         "samples": samples}})  # fmt: skip


def _stopped_after(scenario: Scenario, backend: str, seconds: float) -> Run:
    stop = threading.Event()
    alarm = threading.Timer(seconds, stop.set)
    alarm.start()
    try:
        return execute(scenario, backend=backend, stop=stop)
    finally:
        alarm.cancel()


def _share(
    scenario: Scenario,
    backend: str,
    times: NDArray[np.float64],
    worked: NDArray[np.float64],
    seconds: float,
) -> float | None:
    """The part of these times in which a worker needs what others want too."""
    if np.isnan(worked).any():
        return None
    place = bottleneck(backend_named(backend).shares, gil=gil_enabled())
    if place == "loop":
        return 1.0
    share = float(worked.sum() / times.sum())
    if share < _LEAST_SHARE:
        return 0.0
    if place == "interpreter":
        task = load_task(scenario)
        assert task is not None
        held, calls = gil_time(task, len(times), seconds)
        share = held / float(times[:calls].sum())
    return round(min(share, 1.0), 2)


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
