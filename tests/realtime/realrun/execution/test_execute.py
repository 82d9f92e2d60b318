"""A whole run on real threads: it ends, every thread of it ends, and nothing is lost.

Law: a run is judged by its accounts and by what must always hold, never by how fast it was.
Tasks are in test_tasks.py, early ends in test_early_ends.py, what only some scenarios ask for in
test_execute_everything.py, the pitfalls of the original program in test_original_program.py.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crew import LIMIT_S
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.records.run import Outcome
from queuetwin.model.validity.certificate import certify
from queuetwin.realrun import execute
from soundness import assert_sound, most_waiting, outcomes

Pool = Callable[..., Scenario]
Named = Callable[[Callable[[int], Any]], str]

pytestmark = pytest.mark.usefixtures("no_crew_left")

PERIODIC = {"process": "periodic", "rate": "1k/s"}
HALF_FAIL = {"probability": 0.5, "attempts": 4, "backoff": "1ms"}


# -- what a run gives ----------------------------------------------------------------------------


def test_a_run_is_whole_and_may_be_certified(pool: Pool) -> None:
    """Every item completes, the header says what ran, and a certificate can be made of it."""
    scenario = pool(arrivals=PERIODIC, queue={"capacity": 10})
    workload = Workload.draw(scenario)
    run = execute(scenario, workload)
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 50}
    assert run.header.engine == "threads" and run.header.real
    assert run.header.window == run.items["finished"].max()
    checks = {check.name: check.trust for check in certify(run, scenario, workload).checks}
    assert {checks[name] for name in ("items", "end", "accounts")} == {"VALID"}
    assert 0 <= run.header.facts["hiccup"] < run.header.window


def test_a_run_comes_back_equal_from_its_file(pool: Pool, tmp_path: Path) -> None:
    """Facts and provenance of real runs survive saving."""
    run = execute(pool())
    run.save(tmp_path / "run.npz")
    assert Run.load(tmp_path / "run.npz") == run


@pytest.mark.parametrize("producers", [1, 3])
@pytest.mark.parametrize("process", ["poisson", "periodic", "backlog"])
def test_the_plan_is_the_models_to_the_bit(pool: Pool, process: str, producers: int) -> None:
    """By schedule nothing that the threads do moves a plan, and nothing is offered before it."""
    rate = {} if process == "backlog" else {"rate": "2k/s"}
    scenario = pool(arrivals={"process": process, "producers": producers, **rate})
    run = execute(scenario)
    assert_sound(run)
    assert np.array_equal(run.items["planned"], simulate(scenario).items["planned"])
    assert (run.items["offered"] >= run.items["planned"]).all()


def test_several_producers_share_the_items_by_turns(pool: Pool) -> None:
    """Each of three producers comes back from a put before it makes its next."""
    arrivals = {"process": "backlog", "producers": 3}
    run = execute(pool(arrivals=arrivals, queue={"capacity": 2}, items=600))
    assert_sound(run)
    offered, accepted = run.items["offered"], run.items["accepted"]
    assert (offered[3:] >= accepted[:-3]).all()
    assert most_waiting(run.attempts) <= 2


def test_more_producers_than_items_is_no_fault(pool: Pool) -> None:
    """The superfluous ones have nothing to do."""
    run = execute(pool(arrivals={"process": "backlog", "producers": 16}, items=3))
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 3}


@pytest.mark.parametrize("producers", [1, 3])
def test_by_gap_the_next_plan_counts_from_the_last_put(pool: Pool, producers: int) -> None:
    """Planned is the return of that producer's last put plus the item's own gap."""
    arrivals = {"process": "poisson", "rate": "2k/s", "pacing": "gap", "producers": producers}
    scenario = pool(arrivals=arrivals, queue={"capacity": 1}, workers={"count": 1}, items=100)
    run = execute(scenario)
    assert_sound(run)
    returned = np.concatenate([np.zeros(producers), run.items["accepted"][:-producers]])
    gap = Workload.draw(scenario).all().gap
    np.testing.assert_allclose(run.items["planned"], returned + gap, rtol=0, atol=5e-9)


@pytest.mark.parametrize("pacing", ["schedule", "gap"])
def test_a_duration_ends_the_arrivals_and_the_pool_drains(pool: Pool, pacing: str) -> None:
    """Only items planned before it are offered, and all of those are."""
    arrivals = {"process": "poisson", "rate": "1k/s", "pacing": pacing}
    run = execute(pool({"duration": "100ms"}, arrivals=arrivals, workers={"count": 1},
                       service={"distribution": "deterministic", "mean": "2ms"}))  # fmt: skip
    assert_sound(run)
    assert len(run.items["planned"]) and (run.items["planned"] < 0.1).all()
    assert outcomes(run) == {Outcome.COMPLETED: len(run.items["planned"])}


def test_an_item_planned_a_rounding_before_the_duration_is_offered(pool: Pool) -> None:
    """Ten gaps of 10 ms add up to less than 100 ms in floats: the eleventh item belongs to it."""
    arrivals = {"process": "periodic", "rate": "100/s"}
    run = execute(pool({"duration": "100ms"}, arrivals=arrivals))
    assert run.items["planned"][-1] == np.nextafter(0.1, 0)
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 11}


# -- full queues, refusals, retries --------------------------------------------------------------


def test_one_place_and_sixteen_workers(pool: Pool) -> None:
    """The run ends, and never more than the one waits."""
    run = execute(pool(queue={"capacity": 1}, workers={"count": 16}, items=2000))
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 2000}
    assert most_waiting(run.attempts) == 1


def test_a_queue_that_refuses_says_when(pool: Pool) -> None:
    """Twenty items at once, one place: those that are refused end where they were offered."""
    service = {"distribution": "deterministic", "mean": "5ms"}
    queue = {"capacity": 1, "when_full": "reject"}
    run = execute(pool(items=20, queue=queue, workers={"count": 2}, service=service))
    assert_sound(run)
    counts = outcomes(run)
    assert counts.keys() == {Outcome.COMPLETED, Outcome.REJECTED}
    assert sum(counts.values()) == 20 and counts[Outcome.COMPLETED] >= 1
    refused = run.items["outcome"] == Outcome.REJECTED
    assert np.isnan(run.items["accepted"][refused]).all()
    assert (run.items["finished"][refused] >= run.items["offered"][refused]).all()
    assert not set(np.flatnonzero(refused)) & set(run.attempts["item"])


@pytest.mark.parametrize("when_full", ["block", "reject"])
@pytest.mark.parametrize("workers", [1, 8])
def test_retries_through_a_full_queue_of_one_place(
    pool: Pool, when_full: str, workers: int
) -> None:
    """No deadlock: a worker never puts."""
    queue = {"capacity": 1, "when_full": when_full}
    run = execute(pool(queue=queue, failures=HALF_FAIL, workers={"count": workers}, items=400))
    assert_sound(run)
    assert most_waiting(run.attempts) == 1
    assert (Outcome.REJECTED in outcomes(run)) == (when_full == "reject")


def test_retries_that_still_back_off_are_waited_for(pool: Pool) -> None:
    """Everything fails, and the last attempt comes two backoffs after the first."""
    failures = {"probability": 1.0, "attempts": 3, "backoff": "30ms"}
    run = execute(pool(failures=failures, items=5))
    assert_sound(run)
    assert outcomes(run) == {Outcome.FAILED: 5}
    assert list(run.attempts["attempt"]) == [1, 2, 3] * 5
    finished = run.attempts["finished"].reshape(5, 3)
    enqueued = run.attempts["enqueued"].reshape(5, 3)
    assert (enqueued[:, 1:] >= finished[:, :-1] + 0.030 - 1e-9).all()


def test_failures_are_those_of_the_workload(pool: Pool) -> None:
    """Which attempts fail is drawn beforehand, so the model and the threads agree on it."""
    scenario = pool(failures=HALF_FAIL, items=300)
    real, model = execute(scenario), simulate(scenario)
    assert_sound(real)
    for column in ("item", "attempt", "outcome"):
        assert np.array_equal(real.attempts[column], model.attempts[column])
    assert np.array_equal(real.items["outcome"], model.items["outcome"])


# -- being watched -------------------------------------------------------------------------------


def test_an_observer_is_never_told_more_than_there_is(pool: Pool, task_named: Named) -> None:
    """Retries are no progress: done rises from 0 to at most the items, and never falls far."""
    seen: list[tuple[int, int]] = []
    enough = threading.Event()

    def observer(done: int, planned: int) -> None:
        seen.append((done, planned))
        if len(seen) == 4:
            enough.set()

    def task(payload: int) -> None:
        if payload == 19:
            enough.wait(LIMIT_S)
        raise ValueError

    changes = {"service.task": task_named(task)}
    run = execute(pool(changes, failures={"attempts": 5}, items=20), observer=observer)
    assert_sound(run)
    assert {planned for _, planned in seen} == {20}
    assert all(0 <= done <= 20 for done, _ in seen)


def test_an_unknown_backend_is_refused(pool: Pool) -> None:
    """Those that there are, are named."""
    with pytest.raises(ValueError, match="there are threads, processes, asyncio, executor"):
        execute(pool(), backend="fibres")  # type: ignore[arg-type]
