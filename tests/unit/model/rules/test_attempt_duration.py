"""Attempt durations: what speed, company, a time limit and outages make of the drawn length."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import pool
from queuetwin.model import Workload
from queuetwin.model.rules.attempt_duration import AttemptDuration
from queuetwin.model.rules.breakdowns import Outages

SETTINGS = settings(derandomize=True, deadline=None, max_examples=200)
BREAKDOWN = {
    "every": {"distribution": "exponential", "mean": "1s"},
    "repair": {"distribution": "exponential", "mean": "1s"},
}


def effort_of(changes: dict[str, Any], outages: list[Outages] | None = None) -> AttemptDuration:
    return AttemptDuration(pool({"workers.count": 3, **changes}).stage, outages or [])


@given(st.integers(0, 2), st.integers(1, 3), st.floats(0, 1e6), st.floats(0, 1e6), st.booleans())
@SETTINGS
def test_without_any_rule_an_attempt_takes_what_was_drawn(
    worker: int, busy: int, start: float, length: float, failed: bool
) -> None:
    """Whoever serves it, among how many."""
    effort = effort_of({})
    assert effort.is_plain
    assert effort.end(worker, busy, start, length, failed) == (start + length, failed)


@pytest.mark.parametrize(
    "changes",
    [
        {"workers.speeds": [1, 1, 1]},
        {"service.slowdown": [[2, "10%"]]},
        {"failures.time_limit": "1s"},
    ],
)
def test_any_rule_is_not_plain(changes: dict[str, Any]) -> None:
    """An engine that takes a short cut for plain attempts asks."""
    assert not effort_of(changes).is_plain


def test_outages_are_not_plain() -> None:
    """They come with the workload."""
    scenario = pool({"workers.breakdown": BREAKDOWN})
    assert not AttemptDuration(scenario.stage, Workload.draw(scenario).outages()).is_plain


def test_a_worker_twice_as_fast_takes_half_as_long() -> None:
    """Each has its own speed."""
    effort = effort_of({"workers.speeds": [1, 2, 0.5]})
    assert [effort.end(worker, 3, 1.0, 4.0, False)[0] for worker in range(3)] == [5.0, 3.0, 9.0]


def test_the_last_step_that_is_reached_slows_down() -> None:
    """Steps do not add up; one that no pool of this size reaches is never used."""
    steps = [[2, "50%"], [3, 1], [4, "900%"]]
    effort = effort_of({"service.slowdown": steps})
    assert [effort.end(0, busy, 1.0, 2.0, False)[0] for busy in (1, 2, 3)] == [3.0, 4.0, 5.0]


def test_all_workers_that_a_schedule_brings_count() -> None:
    """Up to the most that are ever there."""
    changes = {"workers.schedule": [["1s", 5]], "service.slowdown": [[2, 0.5], [5, 3]]}
    effort = effort_of(changes)
    assert [effort.end(4, busy, 0.0, 2.0, False)[0] for busy in (4, 5)] == [3.0, 8.0]


@pytest.mark.parametrize("failed", [False, True])
def test_an_attempt_fails_at_its_time_limit(failed: bool) -> None:
    """Only beyond it, and the limit is of what it takes, not of what was drawn."""
    effort = effort_of({"failures.time_limit": "4s", "workers.speeds": [1, 2, 0.5]})
    assert effort.end(0, 1, 1.0, 4.0, failed) == (5.0, failed)
    assert effort.end(0, 1, 1.0, 4.5, failed) == (5.0, True)
    assert effort.end(1, 1, 1.0, 7.0, failed) == (4.5, failed)
    assert effort.end(2, 1, 1.0, 2.5, failed) == (5.0, True)


def test_the_time_limit_is_of_the_slowed_down_time() -> None:
    """What company costs counts towards it."""
    effort = effort_of({"failures.time_limit": "4s", "service.slowdown": [[2, 1]]})
    assert effort.end(0, 1, 0.0, 3.0, False) == (3.0, False)
    assert effort.end(0, 2, 0.0, 3.0, False) == (4.0, True)


@pytest.mark.parametrize(
    ("rule", "end", "fails"), [("resumed", 15.0, False), ("restarted", 18.0, False),
                               ("failed", 10.0, True)]
)  # fmt: skip
def test_an_outage_hits_what_is_left_after_speed_and_limit(
    rule: str, end: float, fails: bool
) -> None:
    """Worker 1 of speed 2 goes down from 10 to 12, in an attempt that takes it 6 from 7 on."""
    spells = [(10.0, 2.0), (1e6, 1.0)]
    outages = [Outages(iter(spells).__next__, rule) for _ in range(3)]  # type: ignore[arg-type]
    effort = effort_of({"workers.speeds": [1, 2, 1], "failures.time_limit": "9s"}, outages)
    assert effort.end(1, 1, 7.0, 12.0, False) == (end, fails)


def test_repairs_do_not_count_towards_the_time_limit() -> None:
    """It is a limit of service, and an outage is none."""
    outages = [Outages(iter([(10.0, 50.0), (1e6, 1.0)]).__next__, "resumed")]
    effort = effort_of({"failures.time_limit": "5s"}, outages * 3)
    assert effort.end(0, 1, 8.0, 5.0, False) == (63.0, False)


def test_an_attempt_that_was_to_fail_fails_though_it_is_resumed() -> None:
    """An outage saves nothing."""
    outages = [Outages(iter([(10.0, 2.0), (1e6, 1.0)]).__next__, "resumed")] * 3
    assert effort_of({}, outages).end(0, 1, 9.0, 3.0, True) == (14.0, True)
