"""Scenario, measures and figures in the words that people read; the same wherever they stand.

A word stands here once.  Default output has no statistical jargon.
"""

from __future__ import annotations

import math

from queuetwin.model.base.units import format_duration, format_share
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.measures import parse_statistic

__all__ = ["figure_text", "measure_title", "scenario_text"]


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
