"""Overheads: a record that survives its file, refuses what is none, and shifts no draw."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders import overheads, poisson
from queuetwin.model import Overheads, ScenarioError, Workload, simulate
from queuetwin.model.engines.simulation import simulate_draws
from queuetwin.model.machine.overheads import times_of

POOL = poisson("80/s", "20ms", 2, {"items": 400, "failures": {"probability": 0.2, "attempts": 2}})
ADDED = {"lateness", "hand_off", "turn_round", "overshoot"}
NOTHING = dict.fromkeys(("lateness", "put", "hand_off", "turn_round", "overshoot"), (0.0,))


def test_a_record_comes_back_equal_from_its_file(tmp_path: Path) -> None:
    """What is saved is plain JSON with a schema, and loads as it was."""
    one = overheads()
    one.save(tmp_path / "calibration.json")
    document = json.loads((tmp_path / "calibration.json").read_text())
    assert document["schema"] == "queuetwin/overheads/1"
    assert Overheads.load(tmp_path / "calibration.json") == one
    assert Overheads.from_dict(one.to_dict()) == one


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"hand_off": ()}, "hand_off"),
        ({"lateness": (-1e-6,)}, "lateness.0"),
        ({"overshoot": (float("nan"),)}, "overshoot.0"),
        ({"shares": "telepathy"}, "shares"),
        ({"processor_share": 1.5}, "processor_share"),
        ({"measured_at": "2026-01-02"}, "measured_at"),
        ({"schema": "queuetwin/overheads/2"}, "schema"),
        ({"machine": {"python": "3.11.7"}}, "machine.gil"),
        ({"mood": "good"}, "mood"),
    ],
    ids=str,
)
def test_what_is_no_calibration_is_refused_by_its_key(changes: dict[str, Any], key: str) -> None:
    """Every fault is named."""
    with pytest.raises(ScenarioError, match="not a calibration") as refusal:
        overheads(**changes)
    assert key in [problem.key for problem in refusal.value.problems]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 3}', "\x00"])
def test_a_file_that_is_none_is_refused_by_its_name(text: str, tmp_path: Path) -> None:
    """Rubbish gives a message, never a traceback."""
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(ScenarioError, match=r"c\.json.*not a calibration"):
        Overheads.load(tmp_path / "c.json")
    with pytest.raises(ScenarioError, match="not a calibration"):
        Overheads.load(tmp_path / "nothing.json")


def test_another_machine_is_known_by_what_differs() -> None:
    """Each difference in words; what is not told is no difference."""
    machine = overheads().machine
    assert machine.differences(machine.model_dump()) == ()
    assert machine.differences({}) == ()
    other = {**machine.model_dump(), "python": "3.13.0", "cores": 4}
    assert machine.differences(other) == ("python 3.11.7, here 3.13.0", "cores 2, here 4")


def test_a_table_keeps_the_mean_and_the_rare_long_times() -> None:
    """The means of equal slices: one stall in a thousand weighs what it weighed."""
    sample = np.random.default_rng(1).exponential(4e-5, 1000)
    sample[17] = 0.012
    table = times_of(sample)
    assert len(table) == 200 and list(table) == sorted(table)
    assert np.mean(table) == pytest.approx(sample.mean(), rel=1e-4)
    assert times_of(np.array([-1e-6, 3e-6])) == (0.0, 3e-6)


def test_overheads_shift_no_draw_of_the_workload() -> None:
    """All that they change is what a machine adds, and that is drawn alike each time."""
    workload = Workload.draw(POOL)
    before = workload.all()
    after = overheads().applied(before, POOL, workload)
    again = overheads().applied(workload.all(), POOL, workload)
    for one in fields(before):
        same = np.array_equal(getattr(before, one.name), getattr(after, one.name))
        assert same == (one.name not in ADDED), one.name
        assert np.array_equal(getattr(again, one.name), getattr(after, one.name)), one.name


def test_what_is_drawn_is_what_was_measured() -> None:
    """Each time of a table comes equally often, in streams independent of each other."""
    pool = POOL.changed({"items": 20_000})
    workload = Workload.draw(pool)
    draws = overheads().applied(workload.all(), pool, workload)
    for name in ("hand_off", "turn_round", "overshoot"):
        table = getattr(overheads(), name)
        drawn = getattr(draws, name)
        assert drawn.shape == (2, 20_000)
        for time in table:
            assert (drawn == time).mean() == pytest.approx(1 / len(table), abs=0.015)
        assert abs(np.corrcoef(drawn)[0, 1]) < 0.03
    assert abs(np.corrcoef(draws.turn_round[0], draws.overshoot[0])[0, 1]) < 0.03


def test_an_item_without_a_gap_waits_for_the_put_before_it() -> None:
    """A producer that is behind is as quick as its puts; one that is not, as its timer."""
    backlog = POOL.changed({"arrivals": {"process": "backlog"}})
    workload = Workload.draw(backlog)
    assert set(overheads().applied(workload.all(), backlog, workload).lateness) == {1e-5}
    workload = Workload.draw(POOL)
    draws = overheads().applied(workload.all(), POOL, workload)
    assert set(draws.lateness[draws.gap > overheads().awake]) == {2e-5, 4e-5}


def test_who_wakes_while_the_producer_is_awake_waits_for_its_next_put() -> None:
    """Two puts 30 us apart: the first item starts after the second put; far apart, it does not."""
    machine = overheads(lateness=(0.0,), hand_off=(2e-5,), put=(1e-6,), awake=2e-5)
    for gap, expected in (("30us", 3.1e-5), ("100us", 2e-5)):
        renewal = {"process": "renewal", "gap": {"distribution": "deterministic", "mean": gap}}
        pool = POOL.changed({"items": 2, "arrivals": renewal})
        workload = Workload.draw(pool)
        hand_off = machine.applied(workload.all(), pool, workload).hand_off
        assert hand_off[0].tolist() == pytest.approx([expected, 2e-5])


@pytest.mark.parametrize(
    "changes", [{"service.task": "time:sleep"}, {"service.cpu_share": 1}], ids=["task", "work"]
)
def test_who_does_not_sleep_oversleeps_nothing(changes: dict[str, Any]) -> None:
    """A task and an attempt that only works have no sleep to overshoot."""
    pool = POOL.changed(changes)
    workload = Workload.draw(pool)
    assert not overheads().applied(workload.all(), pool, workload).overshoot.any()


def test_a_failure_that_costs_nothing_does_not_sleep() -> None:
    """No sleep, no overshoot."""
    pool = POOL.changed({"failures": {"probability": 1.0, "cost": "none"}})
    run = simulate(pool, overheads=overheads())
    assert np.array_equal(run.attempts["started"], run.attempts["finished"])


def test_no_overheads_are_no_change() -> None:
    """A machine that adds nothing is the nominal model."""
    assert simulate(POOL, overheads=overheads(**NOTHING)).same_events(simulate(POOL))


@pytest.mark.parametrize("when_full", ["block", "reject"])
@pytest.mark.parametrize("capacity", [None, 1, 4])
def test_both_engines_agree_bit_for_bit_with_overheads(capacity: int, when_full: str) -> None:
    """Late sends, turn-rounds and overshoots; the hand-off where the compiled engine knows it."""
    pool = poisson("90/s", "20ms", 2, {"items": 600})
    pool = pool.changed({"queue": {"capacity": capacity, "when_full": when_full}})
    free = {**overheads().machine.model_dump(), "gil": False}
    for machine in (overheads(hand_off=(0.0,), machine=free), overheads()):
        one = simulate(pool, overheads=machine, engine="simpy")
        assert not one.same_events(simulate(pool))
        try:
            assert one.same_events(simulate(pool, overheads=machine, engine="fast"))
        except ScenarioError as refusal:
            assert len(set(machine.hand_off)) > 1 and "a hand-off above zero" in str(refusal)


def test_each_overhead_makes_its_own_step_longer() -> None:
    """The sum of all is seen in the response time."""
    nominal = simulate(POOL).items["finished"].sum()
    for name in ("lateness", "hand_off", "turn_round", "overshoot"):
        machine = overheads(**{**NOTHING, name: (1e-4,)})
        assert simulate(POOL, overheads=machine).items["finished"].sum() > nominal, name


def test_only_work_on_a_processor_is_shared() -> None:
    """Workers that wait share nothing, whatever the machine."""
    assert overheads().sharing(POOL.stage) is None
    shared = overheads().sharing(POOL.changed({"service.cpu_share": "50%"}).stage)
    assert shared is not None and (shared.servers, shared.share) == (1, 0.5)
    free = {**overheads().machine.model_dump(), "gil": False}
    shared = overheads(machine=free).sharing(POOL.changed({"service.cpu_share": 1}).stage)
    assert shared is not None and shared.servers == 2


def test_the_compiled_engine_refuses_shared_processors_by_name() -> None:
    """It is named, never approximated; the nominal model knows of no processor."""
    pool = POOL.changed({"service.cpu_share": 1, "failures": {}})
    with pytest.raises(ScenarioError, match=r"service\.cpu_share"):
        simulate(pool, engine="fast", overheads=overheads())
    draws = Workload.draw(pool).all()
    assert simulate_draws(pool, Workload.draw(pool), draws, engine="fast").header.engine == "fast"
