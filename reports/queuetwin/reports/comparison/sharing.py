"""What workers share when they work: the GIL, an event loop, or the processors of the machine."""

from __future__ import annotations

from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.rungs import _PROCESSES

__all__ = ["place_of", "shared_text", "with_place"]


def place_of(backend: str, *, gil: bool, cores: int) -> str:
    """What workers of a backend share, in words.

    >>> place_of("threads", gil=True, cores=2), place_of("processes", gil=True, cores=2)
    ('one GIL', '2 processors')
    """
    if backend == "asyncio":
        return "one event loop"
    if gil and backend not in _PROCESSES:
        return "one GIL"
    return f"{cores} processor{'s' * (cores != 1)}"


def _place_in(found: ComparisonResult) -> str:
    """What the workers of a comparison share, by the calibration, or as the runs tell."""
    if found.overheads is not None:
        machine = found.overheads.machine
        return place_of(found.overheads.backend, gil=machine.gil, cores=machine.cores)
    header = found.real[0].header
    told = header.provenance
    return place_of(header.engine, gil=told["gil"], cores=told["cores"])


def with_place(backend: str, *, gil: bool) -> str:
    """How an attempt has it meanwhile, in words."""
    if backend == "asyncio":
        return "holding up the event loop"
    return "with the GIL held" if gil and backend not in _PROCESSES else "on the processor"


def shared_text(found: ComparisonResult) -> str:
    """Who shares it in a comparison."""
    return f"{found.scenario.stage.workers.text()} share {_place_in(found)}"
