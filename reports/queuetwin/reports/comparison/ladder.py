"""From formula to reality in milliseconds of mean response: a step is one level less another."""

from __future__ import annotations

import math
from statistics import median

from queuetwin.model.base.units import format_share
from queuetwin.model.machine.measured import Overhead
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.validity.machine_checks import FOREIGN_CORES
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.sharing import place_of, shared_text

_MILLISECOND = 1e-3
# A smaller part of the mean response is left to the ladder.
_WORTH_A_NOTE = 0.05


def ladder_lines(comparison: ComparisonResult) -> list[tuple[str, str]]:
    """From formula to reality: milliseconds of mean response, and what each step is.

    Empty where no mean response was compared.
    """
    if not _compares_mean_response(comparison):
        return []
    top, theory = comparison.headline, comparison.theory
    lines = []
    if theory is not None:
        lines.append((_ms(top.theory), f"formula {theory.system} ({theory.reading})"))
        lines.append((_step(top.nominal - top.theory), "these items (the same on both sides)"))
    else:
        lines.append((_ms(top.nominal), f"model ({comparison.no_theory})"))
    in_these_runs = f"measured in these runs: {runs_added(comparison)}"
    sharing_cost = comparison.model_levels.sharing_cost
    if comparison.overheads is None:
        rest = top.replay - top.nominal
        if not math.isnan(sharing_cost):
            lines.append((_step(sharing_cost), _sharing(comparison)))
            rest -= sharing_cost
        lines.append((_step(rest), f"this machine, {in_these_runs}"))
    else:
        lines += _machine_lines(comparison, comparison.overheads)
        lines.append((_step(top.replay - top.model), f"what else was {in_these_runs}"))
    lines.append((_step(top.real - top.replay), "not explained"))
    lines.append((_ms(top.real), f"real {comparison.real[0].header.engine}"))
    if comparison.observed is not None and top.observed is not None:
        what = "other items, and all that the scenario leaves out"
        lines.append((_step(top.observed - top.real), what))
        lines.append((_ms(top.observed), f"observed in {comparison.observed.name}"))
    return lines


def _compares_mean_response(comparison: ComparisonResult) -> bool:
    differences = comparison.differences
    return bool(differences) and comparison.headline.measure == "response_time.mean"


def _machine_lines(comparison: ComparisonResult, overheads: Overheads) -> list[tuple[str, str]]:
    """What the machine adds, as it was measured before the runs."""
    service, top = comparison.scenario.stage.service, comparison.headline
    sharing_cost = comparison.model_levels.sharing_cost
    sleeps = service.task is None and service.cpu_share < 1
    typical = Overhead(
        lateness=median(overheads.lateness),
        overshoot=median(overheads.overshoot) if sleeps else math.nan,
        hand_off=median(overheads.hand_off),
        turn_round=median(overheads.turn_round),
    )
    text = f"this machine, measured before: {_overhead_text(typical, 'sleep')}"
    if math.isnan(sharing_cost):
        return [(_step(top.model - top.nominal), text)]
    return [
        (_step(top.model - top.nominal - sharing_cost), text),
        (_step(sharing_cost), _sharing(comparison)),
    ]


def _sharing(comparison: ComparisonResult) -> str:
    share, overheads = comparison.scenario.stage.service.cpu_share, comparison.overheads
    text = f"{shared_text(comparison)} for {format_share(share)} of each service"
    foreign_cores = 0.0 if overheads is None else overheads.foreign_cores or 0.0
    return f"{text}, beside other programs" if foreign_cores > FOREIGN_CORES[0] else text


def sharing_note(comparison: ComparisonResult) -> str:
    """What sharing costs by the calibrated model; empty where that is little."""
    overheads, cost = comparison.overheads, comparison.model_levels.sharing_cost
    if overheads is None or not _compares_mean_response(comparison):
        return ""
    mean = comparison.headline.model
    if not cost >= _WORTH_A_NOTE * mean:
        return ""
    text = f"{shared_text(comparison)}: that makes {_ms(cost)} of {_ms(mean)} ms mean response"
    machine = overheads.machine
    elsewhere = place_of("processors", gil=machine.gil, cores=machine.cores)
    if elsewhere == place_of(overheads.shares, gil=machine.gil, cores=machine.cores):
        return text
    return f"{text}; with --backend processes they share {elsewhere}"


def runs_added(comparison: ComparisonResult) -> str:
    """What the machine added to each step in these runs."""
    service = comparison.scenario.stage.service
    slept = service.task is None and not service.cpu_share
    name = "sleep" if slept else "service"
    if not math.isnan(comparison.model_levels.sharing_cost):
        name += " with its waits"
    return _overhead_text(comparison.model_levels.overhead, name)


def _overhead_text(overhead: Overhead, service: str) -> str:
    """The medians of what the machine added; `service` names what the workers did."""
    parts = (
        ("sent late", overhead.lateness),
        (service, overhead.overshoot),
        ("wake-up", overhead.hand_off),
        ("turn-round", overhead.turn_round),
    )
    return ", ".join(f"{name} {_short(value)}" for name, value in parts if not math.isnan(value))


def _short(seconds: float) -> str:
    if abs(seconds) >= _MILLISECOND:
        return f"{seconds * 1e3:+.1f} ms"
    return f"{seconds * 1e6:+.0f} us"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def _step(seconds: float) -> str:
    return f"{seconds * 1000:+.2f}"
