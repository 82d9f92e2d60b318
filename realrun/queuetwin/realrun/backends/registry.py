"""Which backends there are, by name."""

from __future__ import annotations

from queuetwin.model.language.scenario import Scenario
from queuetwin.realrun.backends.asyncio_loop import ASYNCIO
from queuetwin.realrun.backends.backend import Backend, refuse
from queuetwin.realrun.backends.executor import EXECUTOR
from queuetwin.realrun.backends.processes import PROCESSES
from queuetwin.realrun.backends.redis_broker import REDIS
from queuetwin.realrun.backends.threads import THREADS
from queuetwin.realrun.serving.services import load_task

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
