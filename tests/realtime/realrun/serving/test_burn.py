"""Work on a processor: as much as the workload says, whoever competes, none after a stop."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from queuetwin.model import Scenario, Workload
from queuetwin.realrun import execute
from queuetwin.realrun.serving.burn import work_for
from soundness import assert_sound

Pool = Callable[..., Scenario]

pytestmark = pytest.mark.usefixtures("no_crew_left")


def test_work_is_measured_out_by_the_threads_own_clock() -> None:
    """Ten milliseconds of processor time are spent, and said, to a part of a millisecond.

    The least of five: what interrupts a thread is counted as its own by some systems.
    """
    times = []
    for _ in range(5):
        before = time.thread_time_ns()
        said = work_for(10_000_000, threading.Event())
        times.append(time.thread_time_ns() - before)
        assert 10_000_000 <= said <= times[-1]
    assert min(times) < 12_000_000


def test_a_stop_ends_work() -> None:
    """Nobody burns for an hour after a stop."""
    stopping = threading.Event()
    stopping.set()
    assert work_for(3_600_000_000_000, stopping) == 0


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_each_attempt_works_its_share_and_waits_the_rest(pool: Pool, share: float) -> None:
    """The processor time of an attempt is its share, though four compete, and it is no shorter."""
    scenario = pool({"items": 40, "service.mean": "4ms", "service.cpu_share": share})
    run = execute(scenario)
    assert_sound(run)
    cpu = run.attempts["cpu"]
    assert (cpu >= share * 0.004 * 0.999).all()
    assert np.median(cpu) < share * 0.004 * 1.1
    assert (run.attempts["finished"] - run.attempts["started"] >= 0.004 * 0.999).all()


def test_a_failing_attempt_works_what_failing_costs(pool: Pool) -> None:
    """Its drawn part, and nothing where failing is free."""
    failures = {"probability": 1.0, "cost": "none"}
    scenario = pool({"service.cpu_share": 1, "service.mean": "50ms", "failures": failures})
    run = execute(scenario)
    assert_sound(run)
    assert run.attempts["cpu"].max() < 0.01


def test_the_rules_of_effort_hold_for_work(pool: Pool) -> None:
    """A time limit cuts the work, too, and the attempt fails."""
    changes = {"items": 4, "service.cpu_share": 1, "service.mean": "1s"}
    scenario = pool({**changes, "failures": {"time_limit": "5ms"}})
    run = execute(scenario)
    assert_sound(run)
    assert run.attempts["cpu"].max() < 0.05
    assert (run.items["outcome"] == 2).all()


def test_a_stopped_run_cuts_work_short(pool: Pool) -> None:
    """An attempt of an hour is given up, unfinished."""
    scenario = pool({"items": 4, "service.cpu_share": 1, "service.mean": "1h"})
    stop = threading.Event()
    stop.set()
    run = execute(scenario, Workload.draw(scenario), stop=stop)
    assert_sound(run, "stopped")
