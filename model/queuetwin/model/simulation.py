"""`simulate`: from (scenario, workload) to a Run, by the engine that was asked for.

The engine gives items and attempts; the header and the workers' table are made here, once for
all engines.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Literal, Protocol

import numpy as np

from queuetwin.model.draws import Draws
from queuetwin.model.run import Header, Run, StageHeader
from queuetwin.model.scenario import Scenario
from queuetwin.model.workload import Workload

__all__ = ["Stop", "header_of", "simulate", "simulate_draws"]

Observer = Callable[[int, int], None]


class Stop(Protocol):
    """Anything that can be asked whether to stop, such as a `threading.Event`."""

    def is_set(self) -> bool:
        """Whether to stop."""


def simulate(
    scenario: Scenario,
    workload: Workload | None = None,
    *,
    engine: Literal["auto", "simpy"] = "auto",
    observer: Observer | None = None,
    stop: Stop | None = None,
) -> Run:
    """Predict what happens to every item of the scenario.

    `workload` defaults to the scenario's own seed; `observer(arrived, planned)` is told how far
    the run is; once `stop.is_set()`, the run ends early and what was done is kept.

    >>> from queuetwin.model import Scenario
    >>> from queuetwin.model.run import Outcome
    >>> pool = Scenario.from_dict({"items": 20, "arrivals": {"process": "backlog"},
    ...     "queue": {"capacity": 10, "when_full": "reject"}, "workers": {"count": 3},
    ...     "service": {"distribution": "deterministic", "mean": "10ms"}})
    >>> int((simulate(pool).items["outcome"] == Outcome.COMPLETED).sum())
    13
    """
    if engine not in ("auto", "simpy"):
        raise ValueError(f'no engine is called "{engine}": write "auto" or "simpy"')
    workload = workload or Workload.draw(scenario)
    return simulate_draws(scenario, workload, workload.all(), observer=observer, stop=stop)


def simulate_draws(
    scenario: Scenario,
    workload: Workload,
    draws: Draws,
    *,
    observer: Observer | None = None,
    stop: Stop | None = None,
) -> Run:
    """The same for draws that differ from the workload's, as a replay of a real run does."""
    from queuetwin.model.simpy_engine import Stopped, simulate_with_simpy

    def progress(item: int) -> None:
        if stop is not None and stop.is_set():
            raise Stopped
        if observer is not None:
            observer(item, len(draws))

    watched = observer is not None or stop is not None
    outages = workload.outages()
    found = simulate_with_simpy(scenario, draws, outages, progress if watched else None)
    return Run(
        header=header_of(
            scenario,
            workload,
            engine="simpy",
            real=False,
            window=found.window,
            ended=found.ended,
            provenance={"simpy": version("simpy"), "numpy": np.__version__},
        ),
        items=found.items,
        attempts=found.attempts,
        workers=found.workers,
    )


def header_of(scenario: Scenario, workload: Workload, **rest: Any) -> Header:
    """The part of a header that follows from what was asked for, with the rest as given."""
    stage = scenario.stage
    return Header(
        stages=(
            StageHeader(
                name=stage.name,
                workers=stage.workers.number,
                capacity=stage.queue.capacity,
                when_full=stage.queue.when_full,
            ),
        ),
        seed=workload.seed,
        replication=workload.replication,
        digest=workload.digest,
        scenario=scenario.to_dict(),
        **rest,
    )
