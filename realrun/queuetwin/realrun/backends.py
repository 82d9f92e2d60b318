"""Which backends there are, by name."""

from __future__ import annotations

from queuetwin.realrun.event_loop import ASYNCIO
from queuetwin.realrun.executor import EXECUTOR
from queuetwin.realrun.hiring import Backend
from queuetwin.realrun.processes import PROCESSES
from queuetwin.realrun.redis_workers import REDIS
from queuetwin.realrun.threads import THREADS

__all__ = ["BACKENDS", "backend_named"]

BACKENDS = {backend.name: backend for backend in (THREADS, PROCESSES, ASYNCIO, EXECUTOR, REDIS)}


def backend_named(name: str) -> Backend:
    """The backend of this name.  Raises ValueError that says which there are."""
    if name not in BACKENDS:
        raise ValueError(f'no backend is called "{name}": there are {", ".join(BACKENDS)}')
    return BACKENDS[name]
