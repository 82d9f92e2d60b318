"""What to do without a verdict, and what a budget buys."""

from dataclasses import replace

import pytest

from builders import poisson
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.statistics.group_sequential import LOOKS
from queuetwin.reports import compare
from queuetwin.reports.comparison.advice import advice_on
from queuetwin.reports.comparison.comparer import Comparison
from queuetwin.reports.comparison.real_runs import pace_of
from queuetwin.reports.comparison.text import comparison_text
from queuetwin.reports.comparison.verdicts import Margin

POOL = poisson("80/s", "20ms", 2, {"items": 1500, "queue.capacity": 50})
LONG = 1000.0


def runs_of(scenario: Scenario, count: int = 5) -> list[Run]:
    return [simulate(scenario, Workload.draw(scenario, replication=n)) for n in range(count)]


def undecided(share: float) -> Comparison:
    """A comparison whose margin lies so many half-widths from where it is found to be off."""
    runs = runs_of(POOL.changed({"service.mean": "20.5ms"}))
    off = compare(POOL, runs=runs).headline.off
    half = (off.high - off.low) / 2
    margin = Margin(allowed=abs(off.estimate) + share * half)
    return compare(POOL, runs=runs, margins={"response_time.mean": margin})


@pytest.mark.parametrize(
    ("budget", "length", "each", "looks"),
    [
        (60, 100, 10, (5,)),
        (12, 100, 2, (5,)),
        (96, 100, 10, (5, 8)),
        (144, 100, 10, (5, 8, 12)),
        (240, 100, 10, LOOKS),
        (600, 100, 25, LOOKS),
        (60, 2, 2, LOOKS),
    ],
)
def test_a_budget_buys_five_runs_then_more_then_longer_ones(
    budget: float, length: float, each: float, looks: tuple[int, ...]
) -> None:
    """Ten seconds a run are long enough; a short scenario leaves time for more of it."""
    pace = pace_of(budget, length)
    assert pace.each == pytest.approx(each)
    assert pace.looks == looks
    assert pace.each * pace.looks[0] <= budget


def test_what_is_nearly_decided_needs_a_few_more_runs() -> None:
    """The same difference and spread in more runs gives a narrower interval."""
    found = undecided(0.85)
    assert found.verdict.value == "UNDECIDED"
    advice = advice_on(found, pace_of(60, LONG), LONG)
    assert advice == "3 more runs decide it (about 30 s): --budget 2m"


@pytest.mark.slow
def test_the_nearer_to_the_margin_the_more_is_needed() -> None:
    """More runs, then longer ones; on the margin itself nothing helps."""
    pace = pace_of(60, LONG)
    assert advice_on(undecided(0.55), pace, LONG) == (
        "15 more runs decide it (about 150 s): --budget 4m"
    )
    assert advice_on(undecided(0.2), pace, LONG).startswith("runs of ")
    assert "on what is allowed" in advice_on(undecided(0.0), pace, LONG)


def test_a_short_scenario_cannot_be_helped_by_time() -> None:
    """Twenty of its runs are made in any case."""
    advice = advice_on(undecided(0.1), pace_of(60, 1.0), 1.0)
    assert advice == "runs this short do not decide it: more items, or a longer duration"


def test_advice_is_given_where_there_is_no_verdict_only() -> None:
    """And is said below it, in every report."""
    same = compare(POOL, runs=runs_of(POOL))
    pace = pace_of(60, LONG)
    assert advice_on(same, pace, LONG) == ""
    stopped = [replace(one, header=replace(one.header, ended="stopped")) for one in same.real]
    disturbed = compare(POOL, runs=stopped)
    advice = advice_on(disturbed, pace, LONG)
    assert advice == "let every run come to its end"
    told = replace(disturbed, advice=advice)
    assert f" DO          {advice}" in comparison_text(told.sections)
    assert f"- **DO** {advice}" in told.to_markdown()
