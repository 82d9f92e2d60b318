"""What every text of a plan is made of: a limit's figure, a growing queue, so many of a thing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from queuetwin.model.judging import Judged, Judgement
from queuetwin.model.planning import Plan
from queuetwin.model.slo import Slo
from queuetwin.reports.wording import figure_text, measure_title

__all__ = [
    "change_texts",
    "count_text",
    "figures_text",
    "growth_text",
    "judged_text",
    "limit_heading",
    "many_text",
    "one_lost",
    "things",
]


def judged_text(one: Judged) -> str:
    """The figure that a limit is on, with the range in which it lies."""
    text, low, high = (
        figure_text(one.slo.measure, value)
        for value in (one.figure.estimate, one.figure.low, one.figure.high)
    )
    if math.isnan(one.figure.low):
        return text
    unit = text.rpartition(" ")[2]
    return f"{text} ({low.removesuffix(f' {unit}')} to {high.removesuffix(f' {unit}')})"


def growth_text(one: Judgement) -> str:
    """What becomes of a queue whose workers do not keep up."""
    return f"the queue grows by {one.growth * 60:,.0f} a minute"


def figures_text(one: Judgement) -> str:
    """The figure of each limit, under its name."""
    return ", ".join(f"{limit_heading(limit.slo)} {judged_text(limit)}" for limit in one.limits)


def limit_heading(slo: Slo) -> str:
    """What a limit is on, as a column is called."""
    measure, statistic = slo.parts()
    short = "" if measure.name == "response_time" else f"{measure.title} "
    return f"{short}{statistic}" if measure.unit == "seconds" else measure_title(measure.name)


def change_texts(changes: Mapping[str, Any]) -> list[str]:
    """Each key that varies beside the number, with its value."""
    return [f"{key} {'none' if value is None else value}" for key, value in changes.items()]


def count_text(found: Plan, number: int) -> str:
    """So many workers, as a bare number, or machines by their name."""
    return many_text(found, number) if found.key == "workers.machines" else f"{number}"


def many_text(found: Plan, number: int) -> str:
    """So many workers or machines, by their name."""
    return f"{number} {things(found)[: None if number != 1 else -1]}"


def things(found: Plan) -> str:
    """What is counted."""
    return "machines" if found.key == "workers.machines" else "workers"


def one_lost(found: Plan) -> str:
    """What may happen to any of them."""
    return f"one {things(found)[:-1]} lost"
