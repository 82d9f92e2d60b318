"""From formula to reality in milliseconds of mean response: each step is one rung less another."""

from __future__ import annotations

import math
from statistics import median

from queuetwin.model.base.units import format_share
from queuetwin.model.machine.measured import Overhead
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.validity.machine_checks import FOREIGN_CORES
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.sharing import place_of, shared_text

__all__ = ["ladder_lines", "runs_added", "sharing_note"]

_MILLISECOND = 1e-3
# A smaller part of the mean response is left to the ladder.
_WORTH_A_NOTE = 0.05


def ladder_lines(found: ComparisonResult) -> list[tuple[str, str]]:
    """From formula to reality: milliseconds of mean response, and what each step is.

    Empty where no mean response was compared.
    """
    if not found.differences or found.headline.measure != "response_time.mean":
        return []
    top = found.headline
    lines = []
    if found.theory is not None:
        lines.append((_ms(top.theory), f"formula {found.theory.system} ({found.theory.reading})"))
        lines.append((_step(top.nominal - top.theory), "these items (the same on both sides)"))
    else:
        lines.append((_ms(top.nominal), f"model ({found.no_theory})"))
    in_these_runs, shared = f"measured in these runs: {runs_added(found)}", found.rungs.sharing_cost
    if found.overheads is None:
        rest = top.replay - top.nominal
        if not math.isnan(shared):
            lines.append((_step(shared), _sharing(found)))
            rest -= shared
        lines.append((_step(rest), f"this machine, {in_these_runs}"))
    else:
        lines += _machine_lines(found, found.overheads)
        lines.append((_step(top.replay - top.model), f"what else was {in_these_runs}"))
    lines.append((_step(top.real - top.replay), "not explained"))
    lines.append((_ms(top.real), f"real {found.real[0].header.engine}"))
    if found.observed is not None and top.observed is not None:
        what = "other items, and all that the scenario leaves out"
        lines.append((_step(top.observed - top.real), what))
        lines.append((_ms(top.observed), f"observed in {found.observed.name}"))
    return lines


def _machine_lines(found: ComparisonResult, overheads: Overheads) -> list[tuple[str, str]]:
    """What the machine adds, as it was measured before the runs."""
    service, top, shared = found.scenario.stage.service, found.headline, found.rungs.sharing_cost
    sleeps = service.task is None and service.cpu_share < 1
    typical = Overhead(
        lateness=median(overheads.lateness),
        overshoot=median(overheads.overshoot) if sleeps else math.nan,
        hand_off=median(overheads.hand_off),
        turn_round=median(overheads.turn_round),
    )
    text = f"this machine, measured before: {_overhead_text(typical, 'sleep')}"
    if math.isnan(shared):
        return [(_step(top.model - top.nominal), text)]
    return [(_step(top.model - top.nominal - shared), text), (_step(shared), _sharing(found))]


def _sharing(found: ComparisonResult) -> str:
    share, known = found.scenario.stage.service.cpu_share, found.overheads
    text = f"{shared_text(found)} for {format_share(share)} of each service"
    taken = 0.0 if known is None else known.foreign_cores or 0.0
    return f"{text}, beside other programs" if taken > FOREIGN_CORES[0] else text


def sharing_note(found: ComparisonResult) -> str:
    """What sharing costs by the calibrated model; empty where that is little."""
    known, cost = found.overheads, found.rungs.sharing_cost
    if known is None or not ladder_lines(found):
        return ""
    mean = found.headline
    if not cost >= _WORTH_A_NOTE * mean.model:
        return ""
    text = f"{shared_text(found)}: that makes {_ms(cost)} of {_ms(mean.model)} ms mean response"
    elsewhere = place_of("processors", gil=known.machine.gil, cores=known.machine.cores)
    if elsewhere == place_of(known.shares, gil=known.machine.gil, cores=known.machine.cores):
        return text
    return f"{text}; with --backend processes they share {elsewhere}"


def runs_added(found: ComparisonResult) -> str:
    """What the machine added to each step in these runs."""
    service = found.scenario.stage.service
    slept = service.task is None and not service.cpu_share
    name = "sleep" if slept else "service"
    if not math.isnan(found.rungs.sharing_cost):
        name += " with its waits"
    return _overhead_text(found.rungs.overhead, name)


def _overhead_text(overhead: Overhead, service: str) -> str:
    """What the machine added: medians, those of the services under the word for what they were."""
    parts = (
        ("sent late", overhead.lateness),
        (service, overhead.overshoot),
        ("wake-up", overhead.hand_off),
        ("turn-round", overhead.turn_round),
    )
    known = [(name, value) for name, value in parts if not math.isnan(value)]
    return ", ".join(f"{name} {_short(value)}" for name, value in known)


def _short(seconds: float) -> str:
    if abs(seconds) >= _MILLISECOND:
        return f"{seconds * 1e3:+.1f} ms"
    return f"{seconds * 1e6:+.0f} us"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def _step(seconds: float) -> str:
    return f"{seconds * 1000:+.2f}"
