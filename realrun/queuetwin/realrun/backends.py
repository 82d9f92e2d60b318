"""Which backends there are, by name."""

from __future__ import annotations

from queuetwin.model.scenario import Scenario
from queuetwin.realrun.event_loop import ASYNCIO
from queuetwin.realrun.executor import EXECUTOR
from queuetwin.realrun.hiring import Backend, refuse
from queuetwin.realrun.processes import PROCESSES
from queuetwin.realrun.redis_workers import REDIS
from queuetwin.realrun.tasks import load_task
from queuetwin.realrun.threads import THREADS

__all__ = ["BACKENDS", "backend_named", "refuse_unable"]

BACKENDS = {backend.name: backend for backend in (THREADS, PROCESSES, ASYNCIO, EXECUTOR, REDIS)}


def backend_named(name: str) -> Backend:
    """The backend of this name.  Raises ValueError that says which there are."""
    if name not in BACKENDS:
        raise ValueError(f'no backend is called "{name}": there are {", ".join(BACKENDS)}')
    return BACKENDS[name]


def refuse_unable(name: str, scenario: Scenario) -> None:
    """Raise what a run on a backend would raise before its first item.

    ScenarioError where the backend cannot do the scenario, RunError where the machine lacks what
    it needs.
    """
    backend = backend_named(name)
    refuse(backend, scenario, load_task(scenario))
    backend.look()
