"""Why model and runs differ, and what to do: here of simulated runs in the place of real ones."""

from dataclasses import replace
from typing import Any

import pytest

from builders import altered, overheads, poisson
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.realrun.backends.registry import backend_named
from queuetwin.reports import compare
from queuetwin.reports.comparison.advice import advice_on
from queuetwin.reports.comparison.causes import CauseKind
from queuetwin.reports.comparison.comparer import Comparison
from queuetwin.reports.comparison.ladder import ladder_lines
from queuetwin.reports.comparison.real_runs import pace_of
from queuetwin.reports.comparison.verdicts import Margin, Verdict
from queuetwin.reports.comparison.wording import findings

pytestmark = pytest.mark.slow

WORKING = poisson("120/s", "5ms", 4, {"items": 1500, "service.cpu_share": 1.0})
SLEEPING = poisson("640/s", "5ms", 4, {"items": 2000})
PLACES = {
    "python": "3.11.7", "implementation": "CPython", "gil": True, "platform": "Linux-6",
    "machine": "x86_64", "cores": 2,
}  # fmt: skip
FACTS = {"gil": True, "switch_interval_start": 0.005, "switch_interval_end": 0.005}
KNOWN = overheads()
LONG = 1000.0


def as_real(run: Run, backend: str = "threads", **facts: Any) -> Run:
    told = {
        "real": True,
        "provenance": {**PLACES, "shares": backend_named(backend).shares},
        "facts": {**FACTS, **facts},
    }
    return replace(run, header=replace(run.header, engine=backend, **told))


def runs_of(scenario: Scenario, backend: str = "threads", **facts: Any) -> list[Run]:
    """Five runs as this machine would make them."""
    there = overheads(backend=backend)
    loads = [Workload.draw(scenario, replication=n) for n in range(5)]
    return [as_real(simulate(scenario, load, overheads=there), backend, **facts) for load in loads]


def said(found: Comparison) -> dict[str, str]:
    """What every report says first, with what to do."""
    advised = replace(found, advice=advice_on(found, pace_of(60, LONG), LONG))
    return dict(findings(advised))


def test_a_model_without_the_gil_is_told_what_the_gil_explains() -> None:
    """By the model with it, on the same items: nearly the whole of the gap."""
    found = compare(WORKING, runs=runs_of(WORKING))
    assert found.verdict is Verdict.DIFFERENT
    assert found.cause is not None and found.cause.origin is CauseKind.SHARING
    assert found.cause.gap == found.headline.off.estimate < -0.3
    assert found.cause.explained / found.cause.gap == pytest.approx(1.0, abs=0.05)
    words = said(found)
    gap = f"{found.cause.gap * 100:+.1f}"
    assert words["DIFFERENT"].startswith(f"the real runs are slower: model off by {gap} %")
    part = f"{found.cause.explained * 100:+.1f} of {gap} %"
    assert words["BECAUSE"] == f"service.cpu_share 1: 4 workers share one GIL ({part})"
    assert words["DO"] == "--backend processes, or let the model know: queuetwin calibrate"


def test_the_ladder_says_it_in_milliseconds() -> None:
    """With a calibration, and without one by what the runs tell of their machine."""
    for known in (KNOWN, None):
        found = compare(WORKING, runs=runs_of(WORKING), overheads=known)
        (cost,) = [value for value, text in ladder_lines(found) if "share one GIL" in text]
        assert float(cost) == pytest.approx(found.model_levels.sharing_cost * 1e3, abs=0.005)
        assert found.model_levels.sharing_cost > 1e-3


def test_processes_share_processors() -> None:
    """And cannot be sent to other processes."""
    busy = WORKING.changed({"arrivals.rate": "340/s"})
    found = compare(busy, runs=runs_of(busy, "processes"))
    words = said(found)
    assert "4 workers share 2 processors" in words["BECAUSE"]
    assert words["DO"] == "let the model know: queuetwin calibrate"


def test_a_model_that_knows_the_gil_is_the_same() -> None:
    """There is nothing to explain, and nothing to do."""
    found = compare(WORKING, runs=runs_of(WORKING), overheads=KNOWN)
    words = said(found)
    assert found.verdict is Verdict.SAME and not {"BECAUSE", "DO"} & set(words)
    cost, whole = found.model_levels.sharing_cost * 1e3, found.headline.model * 1e3
    assert words["NOTE"] == (
        f"4 workers share one GIL: that makes {cost:.2f} of {whole:.2f} ms mean response; "
        "with --backend processes they share 2 processors"
    )


def test_longer_services_are_found_in_the_times_of_the_runs() -> None:
    """What the runs themselves measured explains all of it."""
    slower = SLEEPING.changed({"service.slowdown": [[1, "10%"]]})
    found = compare(SLEEPING, runs=runs_of(slower), overheads=KNOWN)
    assert found.cause is not None and found.cause.origin is CauseKind.TIMES
    assert found.cause.explained / found.cause.gap == pytest.approx(1.0, abs=0.2)
    words = said(found)
    assert words["BECAUSE"].startswith("what was measured in these runs: sent late")
    assert words["DO"] == "measure this machine again: queuetwin calibrate"
    busy = compare(SLEEPING, runs=runs_of(slower, foreign_cores=1.5), overheads=KNOWN)
    assert said(busy)["DO"] == "close other programs, and compare again"


def test_a_task_that_takes_longer_in_use_is_told_so() -> None:
    """By its own times, not by the machine's."""
    measured = {"distribution": "empirical", "samples": ["4ms", "6ms"], "task": "a:b"}
    asked = SLEEPING.changed({"service": measured})
    longer = asked.changed({"service": {**measured, "samples": ["5ms", "7ms"]}})
    words = said(compare(asked, runs=runs_of(longer), overheads=KNOWN))
    assert words["DO"].startswith("the task takes longer in use than alone")


def test_another_rule_is_found_in_nothing_that_was_measured() -> None:
    """A worker fewer takes no longer for an item."""
    fewer = SLEEPING.changed({"workers.count": 3, "arrivals.rate": "560/s"})
    asked = SLEEPING.changed({"arrivals.rate": "560/s"})
    found = compare(asked, runs=runs_of(fewer), overheads=KNOWN)
    assert found.cause is not None and found.cause.origin is CauseKind.RULES
    words = said(found)
    assert words["BECAUSE"].startswith("nothing that was measured")
    assert "the file does not say" in words["DO"]


def test_without_a_calibration_the_machine_is_to_be_measured() -> None:
    """Whatever the cause."""
    found = compare(SLEEPING, runs=runs_of(SLEEPING.changed({"service.mean": "6ms"})))
    assert said(found)["DO"] == "let the model know: queuetwin calibrate"


def no_verdict(scenario: Scenario, runs: list[Run]) -> str:
    found = compare(scenario, runs=runs, overheads=KNOWN)
    assert found.verdict is Verdict.NO_VERDICT and found.cause is None
    return said(found)["DO"]


def test_no_verdict_says_what_to_do_by_the_check_that_failed() -> None:
    """A quota is not lifted by closing programs, nor a broken record by slow motion."""
    slow = "slow the scenario down: --time-scale 10"
    runs = runs_of(SLEEPING)
    quota = [as_real(run, throttled_share=0.3, throttled_times=37) for run in runs]
    assert no_verdict(SLEEPING, quota) == f"give this container more processor time, or {slow}"
    broken = [altered(runs[0], "items", "finished", 7, 1e9), *runs[1:]]
    assert "no disturbance does this" in no_verdict(SLEEPING, broken)
    stopped = [replace(run, header=replace(run.header, ended="stopped")) for run in runs]
    assert no_verdict(SLEEPING, stopped) == "let every run come to its end"


def late(run: Run) -> Run:
    """Every item sent 8 ms after its plan."""
    items = {name: column + 0.008 for name, column in run.items.items()}
    for name in ("planned", "outcome", "class", "priority"):
        items[name] = run.items[name]
    attempts = dict(run.attempts)
    for name in ("enqueued", "taken", "started", "finished", "released"):
        attempts[name] = run.attempts[name] + 0.008
    header = replace(run.header, window=run.header.window + 0.008)
    return replace(run, items=items, attempts=attempts, header=header)


def test_late_sends_are_told_by_who_is_in_the_way() -> None:
    """Other programs, or the workers that hold the GIL."""
    slow = "slow the scenario down: --time-scale 10"
    runs = [late(run) for run in runs_of(SLEEPING)]
    assert no_verdict(SLEEPING, runs) == slow
    busy = [late(run) for run in runs_of(SLEEPING, foreign_cores=1.9)]
    assert no_verdict(SLEEPING, busy) == f"close other programs, or {slow}"


def test_nothing_completed_has_its_advice_too() -> None:
    """No figure, no verdict, and what to change."""
    failing = SLEEPING.changed({"failures": {"probability": 1.0}, "items": 300})
    found = compare(
        failing, runs=runs_of(failing), margins={"loss_ratio.mean": Margin(allowed=0.1)}
    )
    assert said(found)["DO"] == "let some items be completed: fewer failures, or longer runs"
