"""Scenario, measures and figures in the words that people read; the same wherever they stand.

A word stands here once.  Default output has no statistical jargon.
"""

from __future__ import annotations

import math

from queuetwin.model.base.units import format_duration, format_share
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.measures import parse_statistic
from queuetwin.model.statistics.estimate import Estimate


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
    if statistic == "mean" and measure.unit != "seconds":
        return measure.title
    return f"{measure.title} {statistic}"


def figure_text(name: str, value: float) -> str:
    """A value of a measure with its unit."""
    if math.isnan(value):
        return "-"
    unit = parse_statistic(name)[0].unit
    if unit == "seconds":
        return f"{value:,.3f} s" if abs(value) >= 1 else f"{value * 1000:,.2f} ms"
    return format_share(value) if unit == "share" else f"{value:,.2f}"


def range_text(name: str, estimate: Estimate) -> str:
    """The bounds of an estimate of a measure, each with its unit; empty without bounds."""
    if math.isnan(estimate.low):
        return ""
    return f"{figure_text(name, estimate.low)} to {figure_text(name, estimate.high)}"


def estimate_text(name: str, estimate: Estimate) -> str:
    """An estimate of a measure with its bounds in brackets, where it has bounds.

    >>> estimate_text("response_time.p99", Estimate(estimate=0.02, low=0.018, high=0.0225))
    '20.00 ms (18.00 to 22.50)'
    """
    text = figure_text(name, estimate.estimate)
    if math.isnan(estimate.low):
        return text
    unit = text.rpartition(" ")[2]
    low, high = (
        figure_text(name, bound).removesuffix(f" {unit}") for bound in (estimate.low, estimate.high)
    )
    return f"{text} ({low} to {high})"


def offset_text(offset: Estimate, unit: str = "%") -> str:
    """How far one side is off another, in hundredths, with its bounds in brackets.

    >>> offset_text(Estimate(estimate=-0.012, low=-0.03, high=0.004), "points")
    '-1.2 points (-3.0 to +0.4)'
    """
    estimate, low, high = (100 * value for value in (offset.estimate, offset.low, offset.high))
    return "-" if math.isnan(low) else f"{estimate:+.1f} {unit} ({low:+.1f} to {high:+.1f})"


def counted(number: int, noun: str) -> str:
    """So many things, as people say it.

    >>> counted(1, "row"), counted(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
