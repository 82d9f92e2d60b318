"""Figures and findings in the words that people read; the same in terminal, Markdown and page.

A word stands here once.  Default output has no statistical jargon.
"""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from queuetwin.model.certificate import Trust
from queuetwin.model.figures import statistic_of
from queuetwin.model.measures import parse_statistic
from queuetwin.model.scenario import Scenario
from queuetwin.model.units import format_duration, format_share
from queuetwin.reports.verdicts import Verdict, fate_text

if TYPE_CHECKING:
    from queuetwin.model.overheads import Overheads
    from queuetwin.model.replay import Overhead
    from queuetwin.reports.comparison import Comparison
    from queuetwin.reports.differing import Difference
    from queuetwin.reports.kept_limits import KeptLimit
    from queuetwin.reports.observing import Observed

__all__ = [
    "allowed_text",
    "difference_cells",
    "difference_headings",
    "figure_text",
    "findings",
    "ladder_lines",
    "measure_title",
    "off_text",
    "scenario_text",
]


_MILLISECOND = 1e-3


def scenario_text(scenario: Scenario) -> str:
    """The scenario in one line."""
    stage = scenario.stage
    full = {
        "block": "producer waits",
        "reject": "rejects when full",
        "drop-oldest": "drops the oldest when full",
    }[stage.queue.when_full]
    queue = (
        "queue without limit"
        if stage.queue.capacity is None
        else f"queue of {stage.queue.capacity:,}, {full}"
    )
    order = {"fifo": "", "lifo": ", last come first served", "priority": ", most urgent first"}
    queue += order[stage.queue.order]
    if stage.queue.patience is not None:
        queue += f", leave after {stage.queue.patience.text()}"
    text = (
        f"{scenario.arrivals.text()} -> {queue} -> {stage.workers.text()}, {stage.service.text()}"
    )
    if share := stage.service.cpu_share:
        text += f", {format_share(share)} of it on the processor"
    failures = stage.failures
    if failures.probability:
        text += f"; {format_share(failures.probability)} fail"
        if failures.attempts > 1:
            pause = format_duration(failures.backoff)
            text += f", up to {failures.attempts} attempts after {pause}"
    return text


def measure_title(name: str) -> str:
    """A measure and its statistic as people say them."""
    measure, statistic = parse_statistic(name)
    return measure.title if statistic == "mean" and measure.unit != "seconds" else (
        f"{measure.title} {statistic}"
    )  # fmt: skip


def figure_text(name: str, value: float) -> str:
    """A value of a measure with its unit."""
    if math.isnan(value):
        return "-"
    unit = parse_statistic(name)[0].unit
    if unit == "seconds":
        return f"{value:,.3f} s" if abs(value) >= 1 else f"{value * 1000:,.2f} ms"
    return format_share(value) if unit == "share" else f"{value:,.2f}"


def off_text(one: Difference) -> str:
    """How far the model is off, with its interval."""
    scale, unit = (100, "%") if one.margin.relative else (100, "points")
    if math.isnan(one.off.low):
        return "-"
    off = one.off
    return f"{off.estimate * scale:+.1f} {unit} ({off.low * scale:+.1f} to {off.high * scale:+.1f})"


def allowed_text(one: Difference) -> str:
    """The margin that was declared before the run."""
    return f"{one.margin.allowed * 100:g} {'%' if one.margin.relative else 'point'}"


def difference_headings(found: Comparison) -> list[str]:
    """The heading of each cell of a difference."""
    off = f"model off by, {level_text(found)}"
    observed = ["observed"] if found.observed is not None else []
    return ["", "formula", "model", "real", *observed, off, "allowed", ""]


def level_text(found: Comparison) -> str:
    """The level of all intervals: how often they are right."""
    return f"{found.level * 100:.3g} %"


def difference_cells(one: Difference) -> list[str]:
    """A difference as a row of every table, from its title to its verdict."""
    values = (one.theory, one.model, one.real, one.observed)
    figures = (figure_text(one.measure, value) for value in values if value is not None)
    verdict = one.verdict.value.lower()
    return [measure_title(one.measure), *figures, off_text(one), allowed_text(one), verdict]


def slo_text(one: KeptLimit) -> str:
    """An SLO, what was found, what is allowed."""
    what = f"{measure_title(one.slo.measure)} < {one.slo.limit_text()}"
    if parse_statistic(one.slo.measure)[1].startswith("p"):
        return (
            f"{what}: {format_share(one.figure.estimate)} of items above; "
            f"allowed {format_share(one.allowed)}"
        )
    return f"{what}: {figure_text(one.slo.measure, one.figure.estimate)}"


def findings(found: Comparison) -> list[tuple[str, str]]:
    """The first lines of every report: a word and its sentence."""
    from queuetwin.reports.comparison import NOT_RUN

    lines = [(found.verdict.value, _why(found))]
    if found.advice:
        lines.append(("DO", found.advice))
    if found.observed is not None:
        lines.append(("OBSERVED", _observed_text(found, found.observed)))
    if disturbed := disturbances(found):
        lines.append(("DISTURBED", "; ".join(disturbed)))
    lines += [(f"SLO {fate_text(one.fate)}", slo_text(one)) for one in found.limits]
    lines += [("NOT SHOWN" if NOT_RUN in note else "NOTE", note) for note in found.notes]
    return sorted(lines, key=lambda line: line[0] == "NOTE")


def _observed_text(found: Comparison, observed: Observed) -> str:
    name = "response_time.mean"
    mean, runs = observed.mean_response(), found.rungs.models
    model = sum(statistic_of(run, *parse_statistic(name)) for run in runs) / len(runs)
    text = f"{observed.name}: mean response {figure_text(name, mean.estimate)}"
    if not math.isnan(mean.low):
        text += f" ({figure_text(name, mean.low)} to {figure_text(name, mean.high)})"
    off = model / mean.estimate - 1 if mean.estimate else math.nan
    return f"{text}; model off by {off * 100:+.1f} %, on other items: no verdict"


def disturbances(found: Comparison) -> tuple[str, ...]:
    """What disturbed the worst of the runs without making it worthless; empty where nothing did."""
    worst = max(found.certificates, key=lambda one: one.trust.badness)
    return worst.reasons if worst.trust is Trust.DEGRADED else ()


def _why(found: Comparison) -> str:
    if found.verdict is Verdict.NO_VERDICT:
        bad = [
            check.figure
            for one in found.certificates
            for check in one.checks
            if check.trust is Trust.INVALID
        ]
        return f"run checks failed: {'; '.join(dict.fromkeys(bad))}"
    if not found.differences:
        return "nothing to compare: no item was completed on both sides"
    mean = found.headline
    text = f"model off by {off_text(mean)} in {_headline(mean)}, allowed {allowed_text(mean)}"
    apart = [one for one in found.differences[1:] if one.verdict not in _QUIET]
    if apart:
        text += "; " + "; ".join(
            f"{measure_title(one.measure)} {one.verdict.value.lower()}: {off_text(one)}, "
            f"allowed {allowed_text(one)}"
            for one in apart
        )
    return text


def _headline(one: Difference) -> str:
    return "mean response" if one.measure == "response_time.mean" else measure_title(one.measure)


_QUIET = (Verdict.SAME, Verdict.NO_VERDICT)


def ladder_lines(found: Comparison) -> list[tuple[str, str]]:
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
    service = found.scenario.stage.service
    slept = service.task is None and not service.cpu_share
    added = overhead_text(found.rungs.overhead, "sleep" if slept else "service")
    in_these_runs = f"measured in these runs: {added}"
    if found.overheads is None:
        lines.append((_step(top.replay - top.nominal), f"this machine, {in_these_runs}"))
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


def _machine_lines(found: Comparison, overheads: Overheads) -> list[tuple[str, str]]:
    """What the machine adds, as it was measured before the runs."""
    from queuetwin.model.replay import Overhead

    service, top, shared = found.scenario.stage.service, found.headline, found.rungs.sharing_cost
    typical = Overhead(
        lateness=median(overheads.lateness),
        overshoot=math.nan if service.task else median(overheads.overshoot),
        hand_off=median(overheads.hand_off),
        turn_round=median(overheads.turn_round),
    )
    text = f"this machine, measured before: {overhead_text(typical, 'sleep')}"
    if math.isnan(shared):
        return [(_step(top.model - top.nominal), text)]
    workers = found.scenario.stage.workers.text()
    place = "one event loop" if overheads.backend == "asyncio" else "one GIL"
    if overheads.backend in ("processes", "redis") or not overheads.machine.gil:
        place = f"{overheads.machine.cores} processors"
    what = f"{workers} share {place} for {format_share(service.cpu_share)} of each service"
    return [(_step(top.model - top.nominal - shared), text), (_step(shared), what)]


def overhead_text(overhead: Overhead, service: str) -> str:
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
