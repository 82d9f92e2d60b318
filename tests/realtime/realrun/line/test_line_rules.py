"""From a scenario and its draws to what a line has to know, in whole nanoseconds."""

from collections.abc import Callable
from typing import Any

import pytest

from builders import draws_of
from queuetwin.model import Scenario, Workload
from queuetwin.realrun.line.line_rules import LineRules

Pool = Callable[..., Scenario]


def rules_of(scenario: Scenario, producers: int = 1, **draws: Any) -> LineRules:
    return LineRules.of(scenario, draws_of(scenario, **draws), Workload.draw(scenario).outages(),
                    producers)  # fmt: skip


def test_a_plain_pool(pool: Pool) -> None:
    """One queue for all workers, no limit, nobody impatient, nobody leaves."""
    plain = LineRules(workers=4, most_workers=4, lane_of=[0] * 4, priority=[0] * 50, producers=3,
                  schedule=[], outages=[])  # fmt: skip
    assert rules_of(pool(), producers=3) == plain


def test_patience_is_never_shorter_than_drawn(pool: Pool) -> None:
    """Rounded up; what no integer holds is for ever."""
    queue = {"patience": {"distribution": "exponential", "mean": "1s"}}
    scenario = pool(queue=queue, failures={"attempts": 2}, items=3)
    rules = rules_of(scenario, patience=[[1.0, 1e-10, 1e12], [0.5, 0.0, 2.0000000001]])
    assert rules.patience == [[1_000_000_000, 1, 1 << 62], [500_000_000, 0, 2_000_000_001]]


@pytest.mark.parametrize(("timeout", "expected"), [("0.1ns", 1), ("1.5ns", 2), ("3s", 3 * 10**9)])
def test_an_idle_timeout_is_never_rounded_to_none(pool: Pool, timeout: str, expected: int) -> None:
    """However short."""
    assert rules_of(pool({"workers.idle_timeout": timeout})).idle_timeout == expected


def test_machines_with_queues_of_their_own(pool: Pool) -> None:
    """Consecutive workers share a machine's queue; a draw routes each attempt."""
    workers = {"machines": 3, "per_machine": 2, "own_queue": True, "routing": "random"}
    queue = {"capacity": 4, "when_full": "drop-oldest", "order": "lifo"}
    rules = rules_of(pool(workers=workers, queue=queue, items=2), route=[[0.25, 0.75]])
    assert (rules.lanes, rules.lane_of) == (3, [0, 0, 1, 1, 2, 2])
    assert (rules.routing, rules.route) == ("random", [[0.25, 0.75]])
    assert (rules.capacity, rules.when_full, rules.order) == (4, "drop-oldest", "lifo")


def test_a_schedule_and_the_most_that_are_ever_there(pool: Pool) -> None:
    """Instants from the start of the run."""
    rules = rules_of(pool({"workers.schedule": [["1s", 7], ["1.5s", 0]]}))
    assert (rules.workers, rules.most_workers, len(rules.lane_of)) == (4, 7, 7)
    assert list(rules.schedule) == [(1_000_000_000, 7), (1_500_000_000, 0)]


def test_users_are_told_the_last_word_and_producers_are_not(pool: Pool) -> None:
    """No more of either than there are items."""
    closed = {"process": "closed", "users": 5,
              "think": {"distribution": "exponential", "mean": "1s"}}  # fmt: skip
    rules = rules_of(pool(arrivals=closed), producers=5)
    assert (rules.producers, rules.users) == (5, 5)
    assert rules_of(pool(), producers=5).users == 0
