"""Whole runs of what only some scenarios ask for: orders, drops, patience, comings and goings.

Law: as for every run, nothing is lost and nothing happens before its time; who was present when
is in the workers' table.
"""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from crew import LIMIT_S, see_home
from queuetwin.model import Run, Scenario, ScenarioError, Workload
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Left, Outcome
from queuetwin.realrun import execute
from queuetwin.realrun.line.line import Line
from soundness import assert_sound, most_waiting, outcomes

Pool = Callable[..., Scenario]
Named = Callable[[Callable[[int], Any]], str]

pytestmark = pytest.mark.usefixtures("no_crew_left")

EXPONENTIAL = {"distribution": "exponential", "mean": "1ms"}
HOUR = {"distribution": "deterministic", "mean": "1h"}
CLASSES = [
    {"name": "urgent", "share": 0.3, "priority": 0},
    {"name": "usual", "share": 0.7, "priority": 1},
]


def presences(run: Run) -> list[tuple[int, Left]]:
    """Which presences there were and why they ended, by worker and time."""
    columns = run.workers["worker"].tolist(), run.workers["why"].tolist()
    return [(worker, Left(why)) for worker, why in zip(*columns, strict=True)]


def gate(task_named: Named, first: int = 0) -> tuple[str, threading.Event, threading.Event]:
    """A task whose first call, with this payload, says that it has begun and waits to go on."""
    begun, go_on = threading.Event(), threading.Event()

    def task(payload: int) -> None:
        if payload == first:
            begun.set()
            assert go_on.wait(LIMIT_S)

    return task_named(task), begun, go_on


# -- orders, drops, patience ---------------------------------------------------------------------


@pytest.mark.parametrize("order", ["lifo", "priority"])
def test_one_worker_serves_what_waits_in_the_order_asked_for(pool: Pool, order: str) -> None:
    """At every start the head of those that had been accepted until then was served."""
    scenario = pool(
        queue={"order": order},
        arrivals={"process": "poisson", "rate": "2k/s"},
        workers={"count": 1},
        service=EXPONENTIAL,
        **{"class": CLASSES},
        items=200,
    )
    run = execute(scenario)
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 200}
    enqueued, taken = run.attempts["enqueued"], run.attempts["taken"]
    urgency = run.items["priority"] if order == "priority" else np.zeros(200)
    by_time = enqueued if order == "priority" else -enqueued
    for row in range(200):
        waits = (enqueued < taken[row]) & (taken >= taken[row])
        head = np.lexsort((by_time[waits], urgency[waits]))[0]
        assert np.flatnonzero(waits)[head] == row


def test_what_is_dropped_waited_longest_and_left_no_worker_at_work(pool: Pool) -> None:
    """Twenty items at once, two places: the last two are served, the others say when they went."""
    queue = {"capacity": 2, "when_full": "drop-oldest"}
    service = {"distribution": "deterministic", "mean": "50ms"}
    run = execute(pool(queue=queue, items=20, workers={"count": 2}, service=service))
    assert_sound(run)
    assert most_waiting(run.attempts) <= 2
    dropped = run.items["outcome"] == Outcome.DROPPED
    assert dropped.any() and not dropped[-2:].any()
    assert not np.isnan(run.items["accepted"]).any()
    rows = run.attempts["outcome"] == Outcome.DROPPED
    assert np.array_equal(rows, dropped) and np.isnan(run.attempts["started"][rows]).all()
    assert (run.attempts["worker"][rows] == -1).all()


def test_the_impatient_leave_never_before_and_are_served_never_after(pool: Pool) -> None:
    """To the nanosecond, as it was drawn for each attempt."""
    scenario = pool(
        queue={"patience": {**EXPONENTIAL, "mean": "3ms"}, "capacity": 10},
        arrivals={"process": "poisson", "rate": "2k/s"},
        workers={"count": 1},
        service=EXPONENTIAL,
        failures={"probability": 0.2, "attempts": 2, "backoff": "1ms"},
        items=300,
    )
    run = execute(scenario)
    assert_sound(run)
    patience = Workload.draw(scenario).all().patience
    assert patience is not None
    rows = run.attempts
    allowed = patience[rows["attempt"] - 1, rows["item"]]
    left = rows["outcome"] == Outcome.ABANDONED
    assert left.any()
    assert (rows["finished"] - rows["enqueued"] >= allowed - 1e-9)[left].all()
    assert (rows["started"] - rows["enqueued"] < allowed + 1e-9)[~left].all()


# -- who is present ------------------------------------------------------------------------------


def test_workers_come_and_go_as_scheduled(pool: Pool) -> None:
    """From two to one to four; each serves only while it is present, and the table says so."""
    scenario = pool(
        {"workers.schedule": [["40ms", 1], ["240ms", 4]], "workers.count": 2},
        arrivals={"process": "periodic", "rate": "1k/s"},
        service=EXPONENTIAL,
        items=500,
    )
    run = execute(scenario)
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 500}
    table, served = run.workers, run.attempts
    assert (table["why"] == Left.SCHEDULE).sum() == 1
    assert (table["why"] == Left.STAYED).sum() == 4
    assert sorted(set(table["worker"].tolist())) == [0, 1, 2, 3]
    unserved = table["why"] == Left.SCHEDULE
    assert (table["until"][unserved] >= 0.04).all()
    assert (table["from"][table["from"] > 0] >= 0.24).all()
    assert (table["until"][~unserved] == run.header.window).all()
    for worker, started in zip(served["worker"], served["started"], strict=True):
        mine = table["worker"] == worker
        assert ((table["from"][mine] <= started) & (started <= table["until"][mine])).any()


def test_a_worker_that_has_to_go_finishes_its_item_and_the_run_ends_with_it(
    pool: Pool, task_named: Named
) -> None:
    """The number falls to nobody while the one worker serves the one item: that is no early end."""
    task, begun, go_on = gate(task_named)
    scenario = pool({"service.task": task, "workers.schedule": [["20ms", 0]]},
                    items=1, workers={"count": 1})  # fmt: skip

    looks: list[bool] = []

    def observer(*_: int) -> None:
        # Twenty times a second: by the third look the number has long fallen.
        looks.append(begun.is_set())
        if sum(looks) == 3:
            go_on.set()

    run = execute(scenario, observer=observer)
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 1}


def test_with_no_worker_left_the_run_ends_and_the_rest_is_unfinished(pool: Pool) -> None:
    """Two workers idle for half a second leave for good; the item in an hour is not offered."""
    scenario = pool(
        {"workers.idle_timeout": "500ms", "workers.count": 2},
        arrivals={"process": "trace", "times": ["0s", "1ms", "1h"]},
        items=None,
    )
    run = execute(scenario)
    assert_sound(run, "no worker left")
    assert outcomes(run) == {Outcome.COMPLETED: 2, Outcome.NOT_OFFERED: 1}
    assert presences(run) == [(0, Left.IDLE_TIMEOUT), (1, Left.IDLE_TIMEOUT)]
    assert (run.workers["from"] == 0).all()
    for worker in (0, 1):
        finished = run.attempts["finished"][run.attempts["worker"] == worker]
        assert run.workers["until"][worker] >= max(finished, default=0.0) + 0.5


def test_what_a_worker_that_leaves_did_is_kept_and_the_rest_is_unfinished(pool: Pool) -> None:
    """It finishes the first item; one waits inside and one at the door when nobody is left."""
    scenario = pool(
        {"workers.schedule": [["100ms", 0]], "workers.count": 1},
        queue={"capacity": 1},
        service={"distribution": "deterministic", "mean": "150ms"},
        items=3,
    )
    run = execute(scenario)
    assert_sound(run, "no worker left")
    counts = outcomes(run)
    assert counts[Outcome.UNFINISHED] >= 1 and counts.get(Outcome.COMPLETED, 0) <= 1
    assert presences(run) == [(0, Left.SCHEDULE)]
    if Outcome.COMPLETED in counts:
        assert run.workers["until"][0] >= run.items["finished"][0] >= 0.15


def test_it_is_complete_though_the_last_worker_left_before_the_producers_had_said_so(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that was to be offered has ended: nothing is left of which the run could fall short."""
    left = threading.Event()
    done, close = Line.producer_done, Line._close

    def producer_done(line: Line) -> None:
        assert left.wait(LIMIT_S)
        done(line)

    def closing(line: Line) -> None:
        left.set()
        close(line)

    monkeypatch.setattr(Line, "producer_done", producer_done)
    monkeypatch.setattr(Line, "_close", closing)
    run = execute(pool({"workers.idle_timeout": "500ms", "workers.count": 1}))
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 50}


# -- repairs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["resumed", "restarted", "failed"])
def test_no_attempt_begins_on_a_worker_that_is_down(pool: Pool, rule: str) -> None:
    """And one that is hit takes as long, or fails as early, as the outage says."""
    breakdown = {"every": {**EXPONENTIAL, "mean": "5ms"}, "repair": EXPONENTIAL, "item": rule}
    scenario = pool(
        {"workers.breakdown": breakdown, "workers.count": 3},
        arrivals={"process": "poisson", "rate": "1k/s"},
        service=EXPONENTIAL,
        items=200,
    )
    workload = Workload.draw(scenario)
    run = execute(scenario, workload)
    assert_sound(run)
    lengths = workload.all().lengths()
    hit = 0
    for worker, outages in enumerate(workload.outages()):
        rows = np.flatnonzero(run.attempts["worker"] == worker)
        for row in rows[np.argsort(run.attempts["started"][rows])]:
            started = float(run.attempts["started"][row])
            assert outages.back_from(started) is None
            end, fails = outages.end(started, float(lengths[0, run.attempts["item"][row]]))
            assert run.attempts["finished"][row] >= end - 2e-9
            assert (run.attempts["outcome"][row] == Outcome.FAILED) == fails
            hit += end > started + lengths[0, run.attempts["item"][row]] + 1e-9 or fails
    assert hit > 0
    assert presences(run) == [(worker, Left.STAYED) for worker in range(3)]


def test_a_fault_in_a_thread_of_the_run_is_raised_to_the_caller(pool: Pool) -> None:
    """An attempt that no up time is long enough for is the scenario's fault, and no hang."""
    breakdown = {
        "every": {"distribution": "deterministic", "mean": "1ms"},
        "repair": {"distribution": "deterministic", "mean": "1ms"},
        "item": "restarted",
    }
    service = {"distribution": "deterministic", "mean": "10ms"}
    with pytest.raises(ScenarioError, match=r"workers\.breakdown"):
        execute(pool({"workers.breakdown": breakdown}, service=service, items=5))
    see_home()


# -- several queues, users -----------------------------------------------------------------------


@pytest.mark.parametrize("routing", ["round-robin", "random", "shortest"])
def test_each_machine_serves_its_own_queue(pool: Pool, routing: str) -> None:
    """In its order, and by turns or by the draws where those decide."""
    workers = {"machines": 3, "per_machine": 2, "own_queue": True, "routing": routing}
    scenario = pool(
        workers=workers, queue={"capacity": 2}, service=EXPONENTIAL, items=300,
        arrivals={"process": "poisson", "rate": "3k/s"},
    )  # fmt: skip
    workload = Workload.draw(scenario)
    run = execute(scenario, workload)
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 300}
    machine = run.attempts["worker"] // 2
    route = workload.all().route
    if routing == "round-robin":
        assert np.array_equal(machine, np.arange(300) % 3)
    elif route is not None:
        assert np.array_equal(machine, (route[0] * 3).astype(int))
    for number in range(3):
        mine = machine == number
        order = np.argsort(run.attempts["enqueued"][mine])
        assert (np.diff(run.attempts["taken"][mine][order]) >= 0).all()
        assert most_waiting({name: rows[mine] for name, rows in run.attempts.items()}) <= 2


def test_a_user_has_one_item_at_a_time_and_thinks_before_the_next(pool: Pool) -> None:
    """Whatever becomes of it: completed, failed after retries, or refused at a full queue."""
    closed = {"process": "closed", "users": 6, "think": EXPONENTIAL}
    scenario = pool(
        arrivals=closed,
        queue={"capacity": 1, "when_full": "reject"},
        workers={"count": 2},
        service=EXPONENTIAL,
        failures={"probability": 0.3, "attempts": 2, "backoff": "1ms"},
        items=300,
    )
    run = execute(scenario)
    assert_sound(run)
    assert outcomes(run).keys() == {Outcome.COMPLETED, Outcome.FAILED, Outcome.REJECTED}
    gap = Workload.draw(scenario).all().gap
    last = np.concatenate([np.zeros(6), run.items["finished"][:-6]])
    np.testing.assert_allclose(run.items["planned"], last + gap, rtol=0, atol=5e-9)
    assert (run.items["offered"] >= run.items["planned"]).all()


def test_users_are_sent_home_by_a_stop(pool: Pool) -> None:
    """Whether they think, wait at the door or wait for the last word for an hour."""
    stop = threading.Event()
    scenario = pool(
        arrivals={"process": "closed", "users": 5, "think": EXPONENTIAL},
        queue={"capacity": 1},
        workers={"count": 1},
        service=HOUR,
    )
    run = execute(scenario, stop=stop, observer=lambda *_: stop.set())
    assert run.header.ended == "stopped"
    assert broken_accounts(run) == () and run.header.facts["threads_left"] == []
    assert not {Outcome.COMPLETED, Outcome.FAILED} & outcomes(run).keys()
