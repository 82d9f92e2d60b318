"""What workers share when they work: the GIL, an event loop, or the processors of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queuetwin.model.processor import Sharing
from queuetwin.model.run import Run
from queuetwin.model.scenario import Scenario

if TYPE_CHECKING:
    from queuetwin.reports.comparison import Comparison

__all__ = ["place_of", "shared_text", "sharing_of", "with_place"]

_PROCESSES = ("processes", "redis")
# What a producer spins before its plan, as `Sharing.awake`.
_AWAKE_S = 2e-5


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


def _place_in(found: Comparison) -> str:
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


def shared_text(found: Comparison) -> str:
    """Who shares it in a comparison."""
    return f"{found.scenario.stage.workers.text()} share {_place_in(found)}"


def sharing_of(run: Run, scenario: Scenario) -> Sharing | None:
    """How workers shared it in a real run, from what the run says of its machine.

    None where they only wait, or the run does not say.  Changing hands costs nothing here: what
    that takes, a calibration knows.
    """
    told, interval = run.header.provenance, run.header.facts.get("switch_interval_start")
    share, backend = scenario.stage.service.cpu_share, run.header.engine
    if not share or interval is None or not {"gil", "cores"} <= told.keys():
        return None
    loop = backend == "asyncio"
    one = loop or (told["gil"] and backend not in _PROCESSES)
    return Sharing(
        servers=1 if one else told["cores"],
        quantum=float("inf") if loop else interval,
        efficiency=1.0,
        share=share,
        awake=_AWAKE_S,
    )
