"""What to do now: one sentence under every verdict that is not SAME, by its cause.

Of a disturbed run it follows from the checks that failed, of a difference from the step that
explains it, of an undecided one from how many more runs would decide it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median

from queuetwin.model.base.units import format_duration
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.group_sequential import level_of
from queuetwin.model.statistics.student import t_point
from queuetwin.model.validity.machine_checks import FOREIGN_CORES
from queuetwin.reports.comparison.causes import CauseKind
from queuetwin.reports.comparison.paired_difference import Difference
from queuetwin.reports.comparison.real_runs import Pace, pace_of
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.verdicts import Verdict, overall, verdict_of

_CALIBRATE = "let the model know: queuetwin calibrate"

# In seconds: what people would type.
_BUDGETS = (15, 30, 60, 120, 180, 240, 300, 600, 900, 1800, 3600)
_MINUTE = 60


def advice_on(comparison: ComparisonResult, pace: Pace, length: float) -> str:
    """What to do, in words; empty where model and runs are the same.

    `length` is that of a whole run of the scenario as it was asked for, in seconds.
    """
    if comparison.verdict is Verdict.SAME:
        return ""
    if comparison.verdict is Verdict.NO_VERDICT:
        return _after_failed_checks(comparison)
    if not comparison.differences:
        return "let some items be completed: fewer failures, or longer runs"
    if comparison.cause is not None and comparison.cause.origin is CauseKind.SHARING:
        return _beyond_sharing(comparison)
    if comparison.verdict is Verdict.UNDECIDED:
        return deciding_text(comparison, pace, length)
    return _against_difference(comparison)


def _after_failed_checks(comparison: ComparisonResult) -> str:
    failed = {check.name for check in comparison.failed_checks}
    if "accounts" in failed:
        return "repeat it; no disturbance does this, so if it comes again, report it with the runs"
    if "items" in failed:
        return "compare these runs with the scenario that they ran"
    if "end" in failed:
        return "let every run come to its end"
    slower = _slower(comparison)
    if "quota" in failed:
        return f"give this container more processor time, or {slower}"
    if _waits_for_gil(comparison):
        return f"--backend processes, so that who sends needs not wait for the GIL, or {slower}"
    return f"close other programs, or {slower}" if _beside_others(comparison) else slower


def _slower(comparison: ComparisonResult) -> str:
    if comparison.scenario.stage.service.task is not None:
        return "ask for less: a lower arrivals.rate"
    return "slow the scenario down: --time-scale 10"


def _waits_for_gil(comparison: ComparisonResult) -> bool:
    header = comparison.real[0].header
    return (
        bool(comparison.scenario.stage.service.cpu_share)
        and bool(header.facts.get("gil"))
        and header.provenance.get("shares") == "interpreter"
    )


def _beside_others(comparison: ComparisonResult) -> bool:
    """Whether other programs were at work in the median run."""
    taken = [float(run.header.facts.get("foreign_cores", 0.0)) for run in comparison.real]
    return median(taken) > FOREIGN_CORES[0]


def _beyond_sharing(comparison: ComparisonResult) -> str:
    threads = comparison.real[0].header.provenance.get("shares") == "interpreter"
    return f"--backend processes, or {_CALIBRATE}" if threads else _CALIBRATE


def _against_difference(comparison: ComparisonResult) -> str:
    if comparison.overheads is None:
        return _CALIBRATE
    assert comparison.cause is not None, "a difference has a cause, if only that none was measured"
    if comparison.cause.origin is CauseKind.RULES:
        return "look in the page when the queue grew: something happened that the file does not say"
    if _beside_others(comparison):
        return "close other programs, and compare again"
    if comparison.scenario.stage.service.task is not None and comparison.cause.gap < 0:
        return (
            "the task takes longer in use than alone, call after call: take its times from a log "
            "(queuetwin fit), or say service.slowdown"
        )
    return "measure this machine again: queuetwin calibrate"


def deciding_text(comparison: ComparisonResult, pace: Pace, length: float) -> str:
    """How many more runs, or how long ones, decide an undecided comparison, in words.

    `length` is that of a whole run of the scenario as it was asked for, in seconds.
    """
    done = len(comparison.real)
    for budget in _BUDGETS:
        further = pace_of(budget, length)
        for look in further.looks:
            grows = look * further.each > done * pace.each
            if grows and _decided(comparison, look, further.each / pace.each, len(further.looks)):
                return _decides(look - done, pace.each, further.each, budget)
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


def _decided(comparison: ComparisonResult, runs: int, stretch: float, looks: int) -> bool:
    verdicts = (
        _foreseen(difference, runs, stretch, looks)
        for difference in comparison.differences
        if difference.verdict is not Verdict.NO_VERDICT
    )
    return overall(verdicts) is not Verdict.UNDECIDED


def _foreseen(difference: Difference, runs: int, stretch: float, looks: int) -> Verdict:
    """The verdict on a measure after so many runs in all, each so many times as long."""
    if math.isnan(difference.off.low):
        return Verdict.UNDECIDED
    spread = float(difference.each.std(ddof=1)) / math.sqrt(stretch)
    half = t_point(runs - 1, level_of(looks)) * spread / math.sqrt(runs)
    centre = float(difference.each.mean())
    low, high = centre - half, centre + half
    if difference.margin.relative:
        low, high = math.expm1(low), math.expm1(high)
    off: Estimate = replace(difference.off, low=low, high=high)
    return verdict_of(off, difference.margin)
