"""Who holds the processor: cases worked out by hand, and pools whose answer theory knows."""

from typing import Any

import numpy as np
import pytest

from builders import overheads, pool
from queuetwin.model import Run, Scenario, ScenarioError, simulate
from queuetwin.model.machine.shared_processor import Processor, Sharing
from queuetwin.model.records.conservation import broken_accounts

STEPS = dict.fromkeys(("lateness", "put", "hand_off", "turn_round", "overshoot"), (0.0,))
NOTHING = {**STEPS, "awake": 0.0}


def processor(servers: int = 1, quantum: float = 5.0) -> Processor[str]:
    plain = Sharing(servers=servers, quantum=quantum, efficiency=1.0, share=1.0, awake=0.0)
    return Processor(plain)


def ends(shared: Processor[str]) -> dict[str, float]:
    """When each member is done, everyone leaving then."""
    found: dict[str, float] = {}
    while (due := shared.due()) < float("inf"):
        while (member := shared.finished(due)) is not None:
            found[member] = due
            shared.leave(member, due)
    return found


def test_alone_one_works_without_a_break() -> None:
    """Nobody asks."""
    shared = processor()
    shared.enter("a", 17.0, 1.0)
    assert ends(shared) == {"a": 18.0}


def test_two_take_turns_of_a_quantum() -> None:
    """a 0-5, b 5-10, a 10-12, b 12-15."""
    shared = processor()
    shared.enter("a", 7.0, 0.0)
    shared.enter("b", 8.0, 0.0)
    assert ends(shared) == {"a": 12.0, "b": 15.0}


def test_who_comes_waits_a_whole_quantum_of_its_own() -> None:
    """However long the holder has been at it before: a 0-9, b 9-10, a 10-11."""
    shared = processor()
    shared.enter("a", 10.0, 0.0)
    shared.enter("b", 1.0, 4.0)
    assert ends(shared) == {"b": 10.0, "a": 11.0}


def test_a_change_meanwhile_makes_who_waits_wait_again() -> None:
    """c asks only after a quantum without a change: at 5 the lock has changed hands since 3."""
    shared = processor()
    shared.enter("a", 3.0, 0.0)
    shared.enter("b", 20.0, 0.0)
    shared.enter("c", 1.0, 0.0)
    assert ends(shared) == {"a": 3.0, "c": 11.0, "b": 24.0}


def test_who_keeps_a_place_without_work_loses_it_when_asked() -> None:
    """A worker between two items is not waited for."""
    shared = processor()
    shared.enter("a", 1.0, 0.0)
    shared.enter("b", 1.0, 0.5)
    assert shared.finished(1.0) == "a"
    assert shared.holds("a") and shared.due() == 5.5
    assert shared.finished(5.5) is None
    assert not shared.holds("a") and shared.holds("b")


def test_two_places_serve_two() -> None:
    """Free-threaded: as many at once as there are cores."""
    shared = processor(servers=2)
    for name in "abc":
        shared.enter(name, 4.0, 0.0)
    assert ends(shared) == {"a": 4.0, "b": 4.0, "c": 8.0}


def burning(changes: dict[str, Any] | None = None) -> Scenario:
    return pool({"items": 4, "workers.count": 4, "service.cpu_share": 1, **(changes or {})})


def shared_run(scenario: Scenario, **machine: Any) -> Run:
    run = simulate(scenario, overheads=overheads(**{**NOTHING, **machine}))
    assert broken_accounts(run) == ()
    return run


def test_four_at_work_take_four_times_as_long() -> None:
    """Four seconds of work end after four seconds, whoever is first; each works all the time."""
    run = shared_run(burning(), switch_interval=0.25)
    assert run.items["finished"].max() == pytest.approx(4.0)
    assert run.items["finished"].min() > 2.5
    assert run.attempts["started"].max() < 2.0


def test_the_waiting_part_is_not_shared() -> None:
    """A tenth of each second is work, by turns; the rest is waited for together."""
    run = shared_run(burning({"service.cpu_share": 0.1}))
    assert run.items["finished"].max() == pytest.approx(1.3)
    assert run.items["finished"].min() == pytest.approx(1.285)


def test_changing_places_costs_what_was_measured() -> None:
    """Work takes one over the share of the time that competing threads get."""
    run = shared_run(burning({"items": 1}), processor_share=0.8)
    assert run.items["finished"].tolist() == pytest.approx([1.25])


def test_without_the_lock_the_cores_are_shared() -> None:
    """Free-threaded on two cores: two seconds."""
    free = {**overheads().machine.model_dump(), "gil": False}
    run = shared_run(burning(), machine=free)
    assert run.items["finished"].max() == pytest.approx(2.0)


def test_a_producer_needs_the_processor_too() -> None:
    """An item that comes while somebody works is sent late, by a quantum at most."""
    scenario = burning({"items": 2, "arrivals": {"process": "periodic", "rate": "2/s"}})
    run = shared_run(scenario, switch_interval=0.1)
    late = run.items["offered"] - run.items["planned"]
    assert late.tolist() == pytest.approx([0.0, 0.1])


def test_a_producers_own_work_is_shared_too() -> None:
    """A second an item, after its put: the item's worker starts when it is done."""
    run = shared_run(burning({"items": 1}), awake=1.0, switch_interval=9.0)
    assert run.items["offered"].tolist() == [0.0]
    assert run.items["finished"].tolist() == [2.0]


@pytest.mark.slow
def test_one_shared_processor_is_one_server() -> None:
    """Exponential work in any order is M/M/1: mean response 1 / (mu - lambda) = 25 ms.

    40,000 items at load 0.8: standard error about 3 %, so a false alarm in ten thousand.
    """
    scenario = burning(
        {
            "items": 40_000,
            "arrivals": {"process": "poisson", "rate": "160/s"},
            "service.distribution": "exponential",
            "service.mean": "5ms",
        }
    )
    run = shared_run(scenario)
    response = (run.items["finished"] - run.items["planned"]).mean()
    assert response == pytest.approx(0.025, rel=0.12)
    assert np.isfinite(run.items["finished"]).all()


def test_work_that_could_be_broken_off_is_refused() -> None:
    """A real worker could not do it."""
    breakdown = {
        "every": {"distribution": "exponential", "mean": "1s"},
        "repair": {"distribution": "exponential", "mean": "1s"},
    }
    with pytest.raises(ScenarioError, match=r"service\.cpu_share.*cannot be broken off"):
        burning({"workers.breakdown": breakdown})
