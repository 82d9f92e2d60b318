"""What would decide an undecided comparison: how many more runs, if they go on like these.

A forecast, not a promise: it takes the difference and its spread from the runs so far, and the
spread of longer runs as smaller by the root of their length.
"""

from __future__ import annotations

import math
from dataclasses import replace

from queuetwin.model.batching import t_point
from queuetwin.model.estimates import Interval
from queuetwin.model.units import format_duration
from queuetwin.reports.comparison import Comparison
from queuetwin.reports.differing import Difference
from queuetwin.reports.looks import level_of
from queuetwin.reports.real_runs import Pace, pace_of
from queuetwin.reports.verdicts import Verdict, overall, verdict_of

__all__ = ["deciding_text"]

# In seconds: what people would type.
_BUDGETS = (15, 30, 60, 120, 180, 240, 300, 600, 900, 1800, 3600)
_MINUTE = 60


def deciding_text(found: Comparison, pace: Pace, length: float) -> str:
    """How many more runs, or how long ones, decide an undecided comparison, in words.

    `length` is that of a whole run of the scenario as it was asked for, in seconds.
    """
    had = len(found.real)
    for budget in _BUDGETS:
        further = pace_of(budget, length)
        for look in further.looks:
            grows = look * further.each > had * pace.each
            if grows and _decided(found, look, further.each / pace.each, len(further.looks)):
                return _decides(look - had, pace.each, further.each, budget)
    if pace_of(_BUDGETS[-1], length).each == length:
        return "runs this short do not decide it: more items, or a longer duration"
    return "the difference lies on what is allowed: more runs would hardly decide it"


def _decides(more: int, each: float, longer: float, budget: int) -> str:
    text = f"--budget {_budget_text(budget)}"
    if longer > each * 1.01:
        return f"runs of {longer:.3g} s decide it: {text}"
    return f"{more} more runs decide it (about {more * each:.0f} s): {text}"


def _budget_text(seconds: int) -> str:
    return f"{seconds // _MINUTE}m" if seconds % _MINUTE == 0 else format_duration(seconds)


def _decided(found: Comparison, runs: int, stretch: float, looks: int) -> bool:
    verdicts = (
        _foreseen(one, runs, stretch, looks)
        for one in found.differences
        if one.verdict is not Verdict.NO_VERDICT
    )
    return overall(verdicts) is not Verdict.UNDECIDED


def _foreseen(one: Difference, runs: int, stretch: float, looks: int) -> Verdict:
    """The verdict on a measure after so many runs in all, each so many times as long."""
    if math.isnan(one.off.low):
        return Verdict.UNDECIDED
    spread = float(one.each.std(ddof=1)) / math.sqrt(stretch)
    half = t_point(runs - 1, level_of(looks)) * spread / math.sqrt(runs)
    centre = float(one.each.mean())
    low, high = centre - half, centre + half
    if one.margin.relative:
        low, high = math.expm1(low), math.expm1(high)
    off: Interval = replace(one.off, low=low, high=high)
    return verdict_of(off, one.margin)
