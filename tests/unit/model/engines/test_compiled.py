"""The compiled engine where it is easily wrong: edges, ties, and room that runs out."""

from typing import Any

import numpy as np
import pytest

from both_engines import assert_equal
from builders import counts_of, poisson, pool
from queuetwin.model import ScenarioError, Workload, simulate
from queuetwin.model.engines.compiled.event_driven import EventDrivenStation

RETRIES = {"probability": 0.5, "attempts": 4, "backoff": "20ms"}
RARELY = {"distribution": "exponential", "mean": "100ms"}
SOON = {"distribution": "exponential", "mean": "10ms"}


@pytest.mark.parametrize(("hand_off", "accepted"), [(0.0, 13), (1e-6, 10)])
def test_twenty_at_once(hand_off: float, accepted: int) -> None:
    """Ten places and three workers: a worker that is woken takes its item at once, or not."""
    scenario = pool(
        {"items": 20, "queue": {"capacity": 10, "when_full": "reject"}, "workers.count": 3}
    )
    found = assert_equal(scenario, hand_off=hand_off)
    assert counts_of(found) == {"completed": accepted, "rejected": 20 - accepted}


@pytest.mark.parametrize("workers", [1, 2, 1000])
@pytest.mark.parametrize("capacity", [0, 1, 5])
@pytest.mark.parametrize("when_full", ["block", "reject", "drop-oldest"])
def test_few_places(workers: int, capacity: int, when_full: str) -> None:
    """With retries through the same door, overloaded, on one worker or a thousand."""
    scenario = poisson(f"{20 * workers}/s", "80ms", workers, {"items": 2000, "failures": RETRIES})
    assert_equal(scenario.changed({"queue": {"capacity": capacity, "when_full": when_full}}))


@pytest.mark.parametrize("order", ["fifo", "lifo", "priority"])
def test_no_time_at_all(order: str) -> None:
    """Everything arrives, is served, fails and comes back at one instant."""
    kinds = [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.5, "priority": 1}]
    scenario = pool(
        {
            "items": 200,
            "class": kinds,
            "arrivals.producers": 4,
            "queue": {"capacity": 3, "order": order},
            "workers.count": 5,
            "failures": {"probability": 0.5, "attempts": 3},
        }
    )
    found = assert_equal(scenario, demand=0.0)
    assert found.header.window == 0.0


def test_more_room_is_made() -> None:
    """Attempts, calls at the door, and outages: more than there was room for at first."""
    always = {"probability": 1.0, "attempts": 9}
    assert_equal(poisson("80/s", "10ms", 2, {"items": 400, "failures": always}))
    crowd = {"arrivals.producers": 300, "queue.capacity": 100, "workers.count": 100}
    assert_equal(pool({"items": 900, **crowd, "failures": RETRIES}))
    breakdown = {"every": RARELY, "repair": SOON}
    assert_equal(poisson("80/s", "10ms", 2, {"items": 3000, "workers.breakdown": breakdown}))


@pytest.mark.slow
def test_a_repair_too_short_for_the_clock() -> None:
    """The worker is back as it goes down: its repair is lost in the last bit of the instant."""
    repair = {"distribution": "gamma", "mean": "10ms", "cv": 4.0}
    changes = {"items": 300, "workers.breakdown": {"every": RARELY, "repair": repair}}
    assert_equal(poisson("200/s", "10ms", 1000, changes))


def test_an_attempt_restarted_for_ever_is_refused() -> None:
    """By the same words as in the reference model."""
    every = {"distribution": "deterministic", "mean": "500ms"}
    scenario = pool(
        {"items": 1, "workers.breakdown": {"every": every, "repair": SOON, "item": "restarted"}}
    )
    with pytest.raises(ScenarioError, match="restarted for ever"):
        simulate(scenario, engine="fast")


@pytest.mark.parametrize(
    "arrivals",
    [
        {"process": "poisson", "rate": "80/s", "producers": 3},
        {"process": "poisson", "rate": "80/s", "producers": 3, "pacing": "gap"},
        {"process": "closed", "users": 3, "think": SOON},
    ],
)
def test_a_run_can_be_left_and_taken_up(arrivals: dict[str, Any]) -> None:
    """Whenever a producer turns to an item that is not drawn yet."""
    scenario = poisson("1/s", "10ms", 2, {"items": 300, "failures": RETRIES})
    scenario = scenario.changed({"arrivals": arrivals})
    workload, whole = Workload.draw(scenario), simulate(scenario, engine="fast")
    parts = list(EventDrivenStation(scenario, []).parts(workload.chunks(7)))
    assert len(parts) == 44
    assert parts[20].first > 100
    for table, of in ((whole.items, "items"), (whole.attempts, "attempts")):
        for name in ("outcome", "finished"):
            column = np.concatenate([getattr(one, of)[name] for one in parts])
            assert np.array_equal(column, table[name]), name


def test_what_is_held_does_not_grow_with_the_run() -> None:
    """Of thirty thousand items no more than a few hundred are at hand at any time."""
    scenario = poisson("80/s", "10ms", 2, {"items": 30_000, "failures": RETRIES})
    running = EventDrivenStation(scenario, [])
    held = [running.items_held for _ in running.parts(Workload.draw(scenario).chunks(100))]
    assert len(held) == 301
    assert max(held) < 300
    assert held[-1] == 0


def test_the_workload_decides_who_is_down() -> None:
    """Outages are the workload's, also in another replication."""
    breakdown = {"every": RARELY, "repair": SOON}
    scenario = poisson("80/s", "10ms", 2, {"items": 200, "workers.breakdown": breakdown})
    one, other = (
        simulate(scenario, Workload.draw(scenario, replication=number), engine="fast")
        for number in (0, 1)
    )
    assert not one.same_events(other)
