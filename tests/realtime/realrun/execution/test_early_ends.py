"""Runs that end before their time: a hang, a stop, Ctrl-C, a machine without threads, a fault.

Law: whatever ends a run, what was done is kept, and no thread of it stays behind.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from crew import LIMIT_S, Crew, see_home
from queuetwin.model import Scenario
from queuetwin.model.base.errors import RunError
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Outcome
from queuetwin.realrun import execute, execution
from soundness import assert_sound, outcomes

Pool = Callable[..., Scenario]
Named = Callable[[Callable[[int], Any]], str]

pytestmark = pytest.mark.usefixtures("no_crew_left")


@pytest.fixture
def short_farewell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run gives up on its threads sooner."""
    monkeypatch.setattr(execution, "_JOIN_S", 1.0)


@pytest.mark.usefixtures("short_farewell")
def test_a_worker_that_hangs_is_named(
    pool: Pool, task_named: Named, release: threading.Event
) -> None:
    """The run ends without it; its item is unfinished, and what others did is kept."""

    def task(payload: int) -> None:
        if payload == 7:
            release.wait(LIMIT_S)

    service = {"service.task": task_named(task), "service.hang_limit": "1s"}
    run = execute(pool(service, items=20))
    [left] = run.header.facts["threads_left"]
    assert run.header.ended == f"{left} hangs in item 7, for more than 1 s"
    assert broken_accounts(run) == ()
    assert outcomes(run) == {Outcome.COMPLETED: 19, Outcome.UNFINISHED: 1}
    row = np.flatnonzero(run.attempts["item"] == 7)[0]
    assert run.attempts["outcome"][row] == Outcome.UNFINISHED
    assert f"worker-{run.attempts['worker'][row]}" == left
    assert run.attempts["started"][row] < run.header.window
    assert np.isnan(run.attempts["finished"][row])


@pytest.mark.usefixtures("short_farewell")
def test_what_a_hanging_worker_does_later_changes_no_record(
    pool: Pool, task_named: Named, release: threading.Event
) -> None:
    """Its task comes back after the run; the records are what they were."""
    service = {
        "service.task": task_named(lambda _: release.wait(LIMIT_S)),
        "service.hang_limit": "1s",
    }
    run = execute(pool(service, workers={"count": 2}, items=10, queue={"capacity": 1}))
    before = {name: column.copy() for name, column in run.attempts.items()}
    release.set()
    see_home()
    assert all(np.array_equal(before[n], run.attempts[n], equal_nan=n != "item") for n in before)
    assert outcomes(run)[Outcome.UNFINISHED] >= 3
    assert broken_accounts(run) == ()


def test_an_idle_worker_does_not_hang(pool: Pool, task_named: Named) -> None:
    """Waiting for an item longer than the limit is no hang: it counts from the item's start."""
    service = {"service.task": task_named(lambda _: None), "service.hang_limit": "1s"}
    run = execute(pool(service, arrivals={"process": "periodic", "rate": "0.8/s"}, items=2))
    assert_sound(run)


@pytest.mark.parametrize("far", ["1/h", "50/s"])
def test_a_stop_ends_a_run_wherever_it_is(pool: Pool, task_named: Named, far: str) -> None:
    """Whether producers wait for an instant in an hour or soon, all threads end, none spinning."""
    stop = threading.Event()
    service = {"service.task": task_named(lambda payload: payload == 0 and stop.set())}
    arrivals = {"process": "periodic", "rate": far, "producers": 2}
    run = execute(pool(service, arrivals=arrivals, items=10_000), stop=stop)
    assert_sound(run, "stopped")
    counts = outcomes(run)
    assert counts[Outcome.COMPLETED] >= 1 and counts[Outcome.NOT_OFFERED] >= 9_000
    assert sum(counts.values()) == 10_000


def test_a_stop_finds_everyone_at_work(pool: Pool) -> None:
    """Producers at the door, items waiting, served for an hour and backing off for an hour."""
    stop = threading.Event()
    rows = ["1ms", "1h"]
    scenario = pool(
        {"arrivals.producers": 5},
        queue={"capacity": 3},
        workers={"count": 4},
        service={"distribution": "empirical", "samples": rows},
        failures={"probability": 0.5, "attempts": 2, "backoff": "1h"},
        items=200,
    )

    looks: list[int] = []

    def observer(done: int, _: int) -> None:
        looks.append(done)
        # Some have ended, and since then none: the workers are all in their hours.
        if (done and looks[-5:] == [done] * 5) or len(looks) == 20 * LIMIT_S:
            stop.set()

    run = execute(scenario, observer=observer, stop=stop)
    assert_sound(run, "stopped")
    counts = outcomes(run)
    assert counts[Outcome.UNFINISHED] >= 4 and sum(counts.values()) == 200


def test_a_task_that_ends_after_the_stop_lies_within_the_window(
    pool: Pool, task_named: Named, crew: Crew
) -> None:
    """It is let finish; what it did is kept, and the window reaches to its end."""
    stop, started, go_on = threading.Event(), threading.Event(), threading.Event()

    def task(_: int) -> None:
        started.set()
        assert go_on.wait(LIMIT_S)

    class Stopping:
        """Lets the task go on only after the run has been told to stop."""

        def is_set(self) -> bool:
            if stop.is_set():
                threading.Timer(0.1, go_on.set).start()
            return stop.is_set()

    crew.start(lambda: started.wait(LIMIT_S) and stop.set())
    run = execute(pool({"service.task": task_named(task), "workers.count": 1}), stop=Stopping())
    crew.gather()
    assert_sound(run, "stopped")
    assert outcomes(run) == {Outcome.COMPLETED: 1, Outcome.UNFINISHED: 49}


def test_a_stop_before_the_start_offers_nothing(pool: Pool) -> None:
    """A run of items that are due later comes back with all of them not offered."""
    stop = threading.Event()
    stop.set()
    arrivals = {"process": "poisson", "rate": "1/h"}
    run = execute(pool(arrivals=arrivals), stop=stop)
    assert_sound(run, "stopped")
    assert outcomes(run) == {Outcome.NOT_OFFERED: 50}


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, though the tests run in the background, where shells have it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_sends_everyone_home(pool: Pool, task_named: Named) -> None:
    """Ctrl-C is raised to whoever called, and no thread of the run stays behind."""
    main = threading.main_thread().ident

    def task(payload: int) -> None:
        if payload == 5:
            signal.pthread_kill(main, signal.SIGINT)

    arrivals = {"process": "periodic", "rate": "100/s"}
    with pytest.raises(KeyboardInterrupt):
        execute(pool({"service.task": task_named(task)}, arrivals=arrivals, items=100_000))
    see_home()


def test_a_machine_without_threads_left_is_a_run_error(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that had started go home, and the message has the number that was asked for."""
    begin, started = threading.Thread.start, []

    def start(thread: threading.Thread) -> None:
        if len(started) == 3:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RunError, match="cannot start 10 threads"):
        execute(pool(workers={"count": 8}))
    for thread in started:
        thread.join(LIMIT_S)
