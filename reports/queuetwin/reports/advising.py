"""What to do now: one sentence under every verdict that is not SAME, by its cause.

Of a disturbed run it follows from the checks that failed, of a difference from the step that
explains it, of an undecided one from how many more runs would decide it.
"""

from __future__ import annotations

from statistics import median

from queuetwin.model.certificate import Trust
from queuetwin.model.machine_checks import FOREIGN_CORES
from queuetwin.reports.causes import Origin
from queuetwin.reports.comparison import Comparison
from queuetwin.reports.deciding import deciding_text
from queuetwin.reports.real_runs import Pace
from queuetwin.reports.verdicts import Verdict

__all__ = ["advice_on"]

_CALIBRATE = "let the model know: queuetwin calibrate"


def advice_on(found: Comparison, pace: Pace, length: float) -> str:
    """What to do, in words; empty where model and runs are the same.

    `length` is that of a whole run of the scenario as it was asked for, in seconds.
    """
    if found.verdict is Verdict.SAME:
        return ""
    if found.verdict is Verdict.NO_VERDICT:
        return _after_failed_checks(found)
    if not found.differences:
        return "let some items be completed: fewer failures, or longer runs"
    if found.cause is not None and found.cause.origin is Origin.SHARING:
        return _beyond_sharing(found)
    if found.verdict is Verdict.UNDECIDED:
        return deciding_text(found, pace, length)
    return _against_difference(found)


def _after_failed_checks(found: Comparison) -> str:
    failed = {
        check.name
        for one in found.certificates
        for check in one.checks
        if check.trust is Trust.INVALID
    }
    if "accounts" in failed:
        return "repeat it; no disturbance does this, so if it comes again, report it with the runs"
    if "items" in failed:
        return "compare these runs with the scenario that they ran"
    if "end" in failed:
        return "let every run come to its end"
    slower = _slower(found)
    if "quota" in failed:
        return f"give this container more processor time, or {slower}"
    if _waits_for_gil(found):
        return f"--backend processes, so that who sends needs not wait for the GIL, or {slower}"
    return f"close other programs, or {slower}" if _beside_others(found) else slower


def _slower(found: Comparison) -> str:
    if found.scenario.stage.service.task is not None:
        return "ask for less: a lower arrivals.rate"
    return "slow the scenario down: --time-scale 10"


def _waits_for_gil(found: Comparison) -> bool:
    works = bool(found.scenario.stage.service.cpu_share)
    here = found.real[0].header
    return works and bool(here.facts.get("gil")) and here.engine in ("threads", "executor")


def _beside_others(found: Comparison) -> bool:
    """Whether other programs were at work in the median run."""
    taken = [float(run.header.facts.get("foreign_cores", 0.0)) for run in found.real]
    return median(taken) > FOREIGN_CORES[0]


def _beyond_sharing(found: Comparison) -> str:
    threads = found.real[0].header.engine in ("threads", "executor")
    return f"--backend processes, or {_CALIBRATE}" if threads else _CALIBRATE


def _against_difference(found: Comparison) -> str:
    if found.overheads is None:
        return _CALIBRATE
    assert found.cause is not None, "a difference has a cause, if only that none was measured"
    if found.cause.origin is Origin.RULES:
        return "look in the page when the queue grew: something happened that the file does not say"
    if _beside_others(found):
        return "close other programs, and compare again"
    if found.scenario.stage.service.task is not None and found.cause.gap < 0:
        return (
            "the task takes longer in use than alone, call after call: take its times from a log "
            "(queuetwin fit), or say service.slowdown"
        )
    return "measure this machine again: queuetwin calibrate"
