"""Which backends there are: a row for each.

A backend is imported when it is first asked for, so that the names cost nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from queuetwin.realrun.backends.backend import Backend

# The module in this room whose `BACKEND` bears the name.
_MODULES = {
    "threads": "threads",
    "processes": "processes",
    "asyncio": "asyncio_loop",
    "executor": "executor",
    "redis": "redis_broker",
}
BACKENDS = tuple(_MODULES)


def backend_named(name: str) -> Backend:
    """The backend of this name.  Raises ValueError that says which there are."""
    if name not in _MODULES:
        raise ValueError(f'no backend is called "{name}": there are {", ".join(BACKENDS)}')
    backend: Backend = import_module(f"queuetwin.realrun.backends.{_MODULES[name]}").BACKEND
    return backend
