"""Verdicts: what may be said of real runs, here of simulated ones in their place."""

from dataclasses import replace
from typing import Any

import pytest

from builders import altered, poisson
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.estimation.slo_judgement import Decision
from queuetwin.reports import compare
from queuetwin.reports.comparison.verdicts import Margin, Verdict

pytestmark = pytest.mark.slow

POOL = poisson("80/s", "20ms", 2, {"items": 3000, "queue.capacity": 50})


def runs_of(scenario: Scenario, count: int = 5) -> list[Run]:
    return [simulate(scenario, Workload.draw(scenario, replication=n)) for n in range(count)]


def verdicts(found: Any) -> dict[str, str]:
    return {one.measure: one.verdict.value for one in found.differences}


def test_a_model_agrees_with_itself() -> None:
    """The same items on both sides differ by nothing, so every measure is the same."""
    found = compare(POOL, runs=runs_of(POOL))
    assert found.verdict is Verdict.SAME
    assert set(verdicts(found).values()) == {"SAME"}
    assert [one.off.estimate for one in found.differences] == [0.0] * len(found.differences)


@pytest.mark.parametrize(
    "changes",
    [{"service.mean": "22ms"}, {"workers.count": 3}, {"queue.order": "lifo"}],
    ids=["slower service", "a worker more", "another order"],
)
def test_a_planted_fault_is_found(changes: dict[str, Any]) -> None:
    """Runs of another pool than the model's are different, on the same luck."""
    found = compare(POOL, runs=runs_of(POOL.changed(changes)))
    assert found.verdict is Verdict.DIFFERENT
    assert "the model's scenario is not the one that ran" in found.notes


@pytest.mark.parametrize(
    "changes",
    [{"arrivals.rate": "40/s"}, {"failures": {"probability": 0.3}}],
    ids=["fewer items", "fewer attempts"],
)
def test_a_model_of_other_items_is_compared_all_the_same(changes: dict[str, Any]) -> None:
    """It may have fewer items, or attempts, than the runs had."""
    pool = POOL.changed({"duration": "20s", "failures": {"probability": 0.3, "attempts": 3}})
    assert compare(pool.changed(changes), runs=runs_of(pool)).verdict is Verdict.DIFFERENT


def test_what_lies_on_the_margin_is_undecided() -> None:
    """An interval that the margin cuts says neither the one nor the other."""
    runs = runs_of(POOL.changed({"service.mean": "20.5ms"}))
    off = compare(POOL, runs=runs).headline.off
    edge = abs((off.low + off.high) / 2)
    found = compare(POOL, runs=runs, margins={"response_time.mean": Margin(allowed=edge)})
    assert found.verdict is Verdict.UNDECIDED


def test_a_run_that_lost_an_item_gives_no_verdict() -> None:
    """Records that contradict themselves are not compared."""
    pool = POOL.changed({"slo": [{"measure": "response_time.p99", "below": "1s"}]})
    runs = runs_of(pool)
    broken = altered(runs[0], "items", "finished", 7, 1e9)
    found = compare(pool, runs=[broken, *runs[1:]])
    assert found.verdict is Verdict.NO_VERDICT
    assert [limit.decision for limit in found.limits] == [None]


def test_a_run_that_was_stopped_gives_no_verdict() -> None:
    """Part of a run is no run."""
    runs = runs_of(POOL)
    stopped = replace(runs[0], header=replace(runs[0].header, ended="stopped"))
    assert compare(POOL, runs=[stopped, *runs[1:]]).verdict is Verdict.NO_VERDICT


def test_one_run_has_no_spread() -> None:
    """Two runs are the least that can be compared."""
    with pytest.raises(ValueError, match="two real runs"):
        compare(POOL, runs=runs_of(POOL, 1))


@pytest.mark.parametrize(
    ("below", "decision"), [("1s", Decision.MET), ("100ms", Decision.MISSED)], ids=["met", "missed"]
)
def test_an_slo_is_decided_on_the_share_above_its_limit(below: str, decision: Decision) -> None:
    """p99 below a limit is: fewer than 1 % above it."""
    pool = POOL.changed({"slo": [{"measure": "response_time.p99", "below": below}]})
    (limit,) = compare(pool, runs=runs_of(pool)).limits
    assert limit.decision is decision
    assert limit.allowed == pytest.approx(0.01)


def test_nothing_completed_is_nothing_compared() -> None:
    """A pool in which all fail has no response time; every report can still be written."""
    pool = POOL.changed({"failures": {"probability": 1.0}, "items": 200})
    found = compare(pool, runs=runs_of(pool))
    assert "response_time.mean" not in verdicts(found)
    assert found.to_markdown() and found.to_html() and found.to_dict()
