"""Phrases that plans, checks and sweeps share: the figure of a limit, a growing queue."""

from __future__ import annotations

from queuetwin.model.estimation.slo_judgement import Judged, Judgement
from queuetwin.model.language.slo import Slo
from queuetwin.reports.presentation.wording import estimate_text, measure_title

__all__ = ["figures_text", "growth_text", "judged_text", "limit_heading"]


def judged_text(judged: Judged) -> str:
    """The figure that an SLO limits, with its bounds."""
    return estimate_text(judged.slo.measure, judged.figure)


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
