"""Replay: a simulated run replayed is itself, and known overheads are found again."""

from typing import Any

import numpy as np
import pytest

from builders import draws_of, hand_made, poisson, pool, run_with
from queuetwin.model import Run, Workload, simulate
from queuetwin.model.machine.measured import overhead_of, send_lateness
from queuetwin.model.records.run import Outcome
from queuetwin.model.validity.replay import replay

RETRIES = {"failures": {"probability": 0.4, "attempts": 3, "backoff": "20ms"}}


def same_story(one: Run, other: Run) -> None:
    """Equal up to the rounding of a service time taken as a difference of instants."""
    for table in ("items", "attempts"):
        for name, values in getattr(one, table).items():
            np.testing.assert_allclose(
                getattr(other, table)[name], values, rtol=0, atol=1e-9, err_msg=name
            )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"queue.capacity": 2},
        {"queue": {"capacity": 2, "when_full": "reject"}},
        {"queue.capacity": 2, "arrivals.producers": 3},
        {"queue.capacity": 2, "arrivals.pacing": "gap", "arrivals.producers": 2},
        {"queue.capacity": 4, **RETRIES},
        {"items": None, "duration": "10s"},
        {"items": None, "duration": "10s", "arrivals.pacing": "gap"},
    ],
)
def test_a_replay_of_a_simulated_run_is_that_run(changes: dict[str, Any]) -> None:
    """The model adds nothing of its own: no lateness, no hand-off, no turn-round."""
    scenario = poisson("30/s", "60ms", 2, {"items": 400, **changes})
    workload = Workload.draw(scenario)
    run = simulate(scenario, workload)
    same_story(run, replay(run, scenario, workload))
    found = overhead_of(run, scenario, workload.all())
    assert abs(found.lateness) + abs(found.hand_off) + abs(found.turn_round) == 0
    assert abs(found.overshoot) < 1e-12


def test_exact_instants_replay_bit_for_bit() -> None:
    """Where differences of instants do not round, neither does the replay."""
    scenario = pool({"items": 50, "queue.capacity": 3, "workers.count": 2})
    workload = Workload.draw(scenario)
    run = simulate(scenario, workload)
    assert replay(run, scenario, workload) == run


def test_free_failures_replay_as_they_cost() -> None:
    """The measured time of a failed attempt is its cost already, also where none was meant."""
    free = poisson("20/s", "60ms", 2, {"items": 300, **RETRIES, "failures.cost": "none"})
    workload = Workload.draw(free)
    for scenario in (free, free.changed({"failures.cost": "full"})):
        run = simulate(scenario, workload)
        same_story(run, replay(run, free, workload))


@pytest.mark.parametrize("producers", [1, 3])
def test_known_overheads_are_found_again(producers: int) -> None:
    """Constant hand-off, turn-round and overshoot, and each item's own lateness.

    Half load, so that there are both workers that were idle and items that waited.
    """
    scenario = poisson("20/s", "50ms", 2, {"items": 3000, "arrivals.producers": producers})
    workload = Workload.draw(scenario)
    nominal = draws_of(scenario)
    late = np.random.default_rng(1).random(3000) * 0.002
    run = run_with(
        scenario,
        lateness=late,
        hand_off=0.0005,
        turn_round=0.0003,
        demand=nominal.demand + 0.0001,
    )
    found = overhead_of(run, scenario, nominal)
    assert found.hand_off == pytest.approx(0.0005, rel=1e-6)
    assert found.turn_round == pytest.approx(0.0003, rel=1e-6)
    assert found.overshoot == pytest.approx(0.0001, rel=1e-6)
    assert found.lateness == pytest.approx(float(np.median(late)), rel=1e-6)
    np.testing.assert_allclose(send_lateness(run, scenario.arrivals), late, atol=1e-12)
    same_story(run, replay(run, scenario, workload))


def test_lateness_is_counted_from_the_return_of_the_producers_last_put() -> None:
    """A producer that waited at the door is late only by what it adds itself."""
    done = Outcome.COMPLETED
    run = hand_made(
        [(0, 0.25, 3, done, 5), (1, 1, 1, done, 5), (2, 3.5, 3.5, done, 5), (4, 4, 4, done, 5)],
        [(item, 1, 4, 4, 5, item, done) for item in range(4)],
        window=5,
        workers=4,
    )
    one, two = (pool({"arrivals.producers": count}).arrivals for count in (1, 2))
    assert send_lateness(run, one).tolist() == [0.25, -2.0, 1.5, 0.0]
    assert send_lateness(run, two).tolist() == [0.25, 0.0, 0.5, 0.0]
    users = {
        "process": "closed",
        "users": 2,
        "think": {"distribution": "exponential", "mean": "1s"},
    }
    assert send_lateness(run, pool({"arrivals": users}).arrivals).tolist() == [
        0.25,
        0.0,
        -1.5,
        -1.0,
    ]


def test_a_run_without_a_case_has_no_figure() -> None:
    """One item says nothing of hand-offs and turn-rounds, and a replay takes them as none."""
    scenario = pool({"items": 1})
    workload = Workload.draw(scenario)
    run = simulate(scenario, workload)
    found = overhead_of(run, scenario, workload.all())
    assert np.isnan([found.hand_off, found.turn_round]).all()
    assert replay(run, scenario, workload) == run


def test_workers_of_other_speeds_have_no_overshoot() -> None:
    """A slow worker takes longer than the demand by what it is, not by what the machine adds."""
    scenario = pool({"workers": {"count": 1, "speeds": [0.5]}})
    found = overhead_of(simulate(scenario), scenario, draws_of(scenario))
    assert np.isnan(found.overshoot)
