"""Stalls: the law by hand, a stream that is made as far as it is asked for, and what it costs."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from builders import overheads, poisson, pool
from queuetwin.model import Overheads, Run, Scenario, ScenarioError, Workload, simulate
from queuetwin.model.engines.simulation import simulate_draws
from queuetwin.model.machine.stalls import Stalls

Draw = Callable[[int], tuple[np.ndarray, np.ndarray]]
FOUR = {"items": 4, "workers.count": 4, "arrivals": {"process": "periodic", "rate": "1/s"}}


def once(begin: float, length: float) -> Stalls:
    """One stall, and then none for a long time."""
    gaps = iter([begin])
    return Stalls(
        lambda count: (
            np.array([next(gaps, 1e9) for _ in range(count)]),
            np.full(count, length),
        )
    )


def run_of(scenario: Scenario, stalls: Stalls, engine: Any = "simpy") -> Run:
    workload = Workload.draw(scenario)
    return simulate_draws(scenario, workload, workload.all(), engine=engine, stalls=stalls)


def test_whoever_is_due_within_a_stall_goes_on_at_its_end() -> None:
    """Sent at 0, 1, 2, 3 s for 2.25 s each; from 2.5 to 4 s nothing moves.

    One would finish within it, one is sent within it, and the one between sleeps on.
    """
    run = run_of(pool({**FOUR, "service.mean": "2250ms"}), once(2.5, 1.5))
    assert run.items["planned"].tolist() == [0, 1, 2, 3]
    assert run.items["offered"].tolist() == [0, 1, 2, 4]
    assert run.attempts["started"].tolist() == [0, 1, 2, 4]
    assert run.attempts["finished"].tolist() == [2.25, 4, 4.25, 6.25]


def test_who_sleeps_right_through_a_stall_loses_nothing() -> None:
    """A stall between all that happens changes nothing."""
    scenario = pool({**FOUR, "items": 1, "service.mean": "10s"})
    assert run_of(scenario, once(2.0, 3.0)).same_events(simulate(scenario))


def test_what_a_stall_gathers_goes_in_the_order_of_one_instant() -> None:
    """At its end completions come before starts, and starts before arrivals.

    One worker, one place: item 1 waits, and item 2 comes too early for the place, unless both
    it and the worker that takes item 1 are held up.
    """
    limit = {"queue": {"capacity": 1, "when_full": "reject"}, "workers.count": 1}
    rate = {"arrivals": {"process": "periodic", "rate": "2/s"}, "items": 3}
    scenario = pool({**limit, **rate, "service.mean": "1100ms"})
    assert np.isnan(run_of(scenario, once(9.0, 1.0)).items["accepted"][2])
    run = run_of(scenario, once(0.9, 1.1))
    assert run.items["offered"][2] == run.items["accepted"][2] == run.attempts["started"][1] == 2


def test_an_end_is_outside_however_soon_the_next_one_begins() -> None:
    """A gap of nothing is a gap all the same."""
    stalls = Stalls(lambda count: (np.zeros(count), np.ones(count)))
    for instant in (0.0, 0.5, 1.0, 1.5, 70.25):
        later = stalls.past(instant)
        assert stalls.past(later) == later >= instant


def test_stalls_are_made_as_they_are_asked_for_and_stay() -> None:
    """In parts, from whichever side, there is one stream."""
    workload, scenario = Workload.draw(pool()), pool()
    machine = overheads(stalls_per_second=100.0, stall_lengths=(1e-3, 5e-3))
    one, other = (machine.stalls(scenario.stage, workload) for _ in range(2))
    assert one is not None and other is not None
    whole = one.until(30.0)
    for instant in (0.1, 3.0, 30.0):
        edges = other.until(instant)
        assert edges[-1] > instant and np.array_equal(edges, whole[: len(edges)])
    assert (np.diff(whole) >= 0).all() and one.past(float(whole[-2])) == whole[-1]


def test_a_stream_has_the_rate_and_the_lengths_that_were_measured() -> None:
    """Of 30,000 stalls: gaps of 10 ms on average (off by under 3 %, 5 sigma), each length as often
    as the other (within 1.5 points, 5 sigma).
    """
    scenario = pool()
    machine = overheads(stalls_per_second=100.0, stall_lengths=(1e-3, 5e-3))
    stalls = machine.stalls(scenario.stage, Workload.draw(scenario))
    assert stalls is not None
    begins, ends = stalls.until(400.0)[2:60_002].reshape(-1, 2).T
    assert np.mean(begins[1:] - ends[:-1]) == pytest.approx(0.01, rel=0.03)
    lengths = ends - begins
    assert (lengths < 2e-3).mean() == pytest.approx(0.5, abs=0.015)
    assert lengths.min() == pytest.approx(1e-3) and lengths.max() == pytest.approx(5e-3)


def test_stalls_shift_no_other_draw() -> None:
    """A seed keeps its figures, and all that a machine adds besides."""
    scenario = poisson("80/s", "20ms", 2, {"items": 400})
    workload = Workload.draw(scenario)
    plain, stalling = (
        machine.applied(workload.all(), scenario, workload)
        for machine in (overheads(), overheads(stalls_per_second=9.0, stall_lengths=(0.01,)))
    )
    for one in fields(plain):
        assert np.array_equal(getattr(plain, one.name), getattr(stalling, one.name)), one.name
    assert overheads().stalls(scenario.stage, workload) is None


@pytest.mark.parametrize("seed", range(3))
def test_both_engines_honour_a_calibration_with_stalls(seed: int) -> None:
    """Bit for bit; also a run that is far longer than its gaps and services would say."""
    machine = overheads(stalls_per_second=20.0, stall_lengths=(1e-3, 2e-2, 8e-2))
    long = pool({"items": 20, "workers.schedule": [["1s", 0], ["90s", 1]], "seed": seed})
    for scenario in (poisson("90/s", "20ms", 2, {"items": 600, "seed": seed}), long):
        one, other = (
            simulate(scenario, overheads=machine, engine=engine) for engine in ("simpy", "fast")
        )
        assert one.same_events(other)
        assert not one.same_events(simulate(scenario, overheads=overheads()))


def test_processors_that_are_shared_stand_still_too() -> None:
    """Whoever has done its work within a stall says so at its end."""
    shared = pool({**FOUR, "service": {"distribution": "deterministic", "mean": "2250ms"}})
    scenario = shared.changed({"service.cpu_share": 0.5})
    machine = overheads(stalls_per_second=2.0, stall_lengths=(0.3,))
    run = simulate(scenario, overheads=machine)
    stalls = machine.stalls(scenario.stage, Workload.draw(scenario))
    assert stalls is not None
    for instant in (*run.items["offered"], *run.items["finished"]):
        assert stalls.past(float(instant)) == instant


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"stalls_per_second": 3.0}, ""),
        ({"stalls_per_second": -1.0, "stall_lengths": (0.1,)}, "stalls_per_second"),
        ({"stalls_per_second": 1e9, "stall_lengths": (0.1,)}, "stalls_per_second"),
        ({"stall_lengths": (-0.1,)}, "stall_lengths.0"),
    ],
    ids=str,
)
def test_stalls_that_cannot_be_are_refused(changes: dict[str, Any], key: str) -> None:
    """By what is wrong with them."""
    with pytest.raises(ScenarioError, match="not a calibration") as refusal:
        overheads(**changes)
    assert key in [problem.key for problem in refusal.value.problems]


def test_a_calibration_from_before_stalls_still_holds() -> None:
    """It has them in its steps, and none besides."""
    document = overheads().to_dict()
    del document["stalls_per_second"], document["stall_lengths"]
    assert Overheads.from_dict(document) == overheads()
