"""Phrases that plans, checks and sweeps share: the figure of a limit, a growing queue."""

from __future__ import annotations

from queuetwin.model.estimation.slo_judgement import Judged, Judgement
from queuetwin.model.language.slo import Slo
from queuetwin.model.language.traffic import NEVER_SETTLES
from queuetwin.reports.presentation.wording import estimate_text, measure_title

# From so many a minute on a growth is whole items.
_ROUND = 10.0


def judged_text(judged: Judged) -> str:
    """The figure that an SLO limits, with its bounds."""
    text = estimate_text(judged.slo.measure, judged.figure)
    return f"{text}, on the limit" if judged.on_the_limit else text


def growth_text(judgement: Judgement) -> str:
    """What becomes of a queue whose workers do not keep up."""
    minute = judgement.growth * 60
    if not minute:
        return NEVER_SETTLES
    return f"the queue grows by {minute:,.{0 if minute >= _ROUND else 2}f} a minute"


def growth_word(judgement: Judgement) -> str:
    """The same for a table's cell."""
    return "grows" if judgement.growth else "never settles"


def figures_text(judgement: Judgement) -> str:
    """The figure of each limit, under its name."""
    return ", ".join(
        f"{limit_heading(limit.slo)} {judged_text(limit)}" for limit in judgement.limits
    )


def limit_heading(slo: Slo) -> str:
    """What a limit is on, as a column is called."""
    measure, statistic = slo.parts()
    short = "" if measure.name == "response_time" else f"{measure.title} "
    return f"{short}{statistic}" if measure.unit == "seconds" else measure_title(measure.name)
