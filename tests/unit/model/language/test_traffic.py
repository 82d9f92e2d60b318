"""How much is asked for, and whether figures may speak of the long run."""

from typing import Any

import pytest

from builders import poisson, pool
from queuetwin.model.language.traffic import long_run, offered_load


def test_offered_load_counts_retries() -> None:
    """Every attempt costs its time, or nothing where a failure is free."""
    tried = {"failures": {"probability": 0.5, "attempts": 3}}
    assert offered_load(poisson("10/s", "100ms", 2)) == pytest.approx(0.5)
    assert offered_load(poisson("10/s", "100ms", 2, tried)) == pytest.approx(0.5 * 1.75)
    free = {"failures": {"probability": 0.5, "attempts": 3, "cost": "none"}}
    assert offered_load(poisson("10/s", "100ms", 2, free)) == pytest.approx(0.25 * 1.75)
    assert offered_load(pool()) is None


@pytest.mark.parametrize(
    ("rate", "changes", "long"),
    [
        ("9/s", {}, True),
        ("10/s", {}, False),
        ("11/s", {"queue.capacity": 3}, False),
        ("11/s", {"queue": {"capacity": 3, "when_full": "reject"}}, True),
        ("11/s", {"queue.when_full": "reject"}, False),
        ("11/s", {"queue.capacity": 3, "arrivals.pacing": "gap"}, True),
        ("11/s", {"arrivals.pacing": "gap"}, False),
    ],
)
def test_a_long_run_is_earned(rate: str, changes: dict[str, Any], long: bool) -> None:
    """At full load and above only losses or slower arrivals make a steady state."""
    assert long_run(poisson(rate, "100ms", 1, changes)) is long
