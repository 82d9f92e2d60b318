"""What workers share when they work, in words: the GIL, an event loop, or the processors."""

from __future__ import annotations

from queuetwin.model.machine.shared_processor import Shares, bottleneck
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.presentation.wording import counted


def place_of(shares: Shares, *, gil: bool, cores: int) -> str:
    """What workers compete for on a machine with so many cores.

    >>> place_of("interpreter", gil=True, cores=2), place_of("processors", gil=True, cores=2)
    ('one GIL', '2 processors')
    """
    match bottleneck(shares, gil=gil):
        case "loop":
            return "one event loop"
        case "interpreter":
            return "one GIL"
    return counted(cores, "processor")


def _place_in(comparison: ComparisonResult) -> str:
    """What the workers of a comparison share, by the calibration, or as the runs tell."""
    if comparison.overheads is not None:
        machine = comparison.overheads.machine
        return place_of(comparison.overheads.shares, gil=machine.gil, cores=machine.cores)
    provenance = comparison.real[0].header.provenance
    return place_of(provenance["shares"], gil=provenance["gil"], cores=provenance["cores"])


def with_place(shares: Shares, *, gil: bool) -> str:
    """What an attempt holds while it works."""
    match bottleneck(shares, gil=gil):
        case "loop":
            return "holding up the event loop"
        case "interpreter":
            return "with the GIL held"
    return "on the processor"


def shared_text(comparison: ComparisonResult) -> str:
    """Who shares it in a comparison."""
    return f"{comparison.scenario.stage.workers.text()} share {_place_in(comparison)}"
