"""The pilot: a task's own times, payload by payload, in the place of a guess."""

import asyncio
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from queuetwin.model import RunError, Scenario, ScenarioError, Workload
from queuetwin.realrun import execute
from queuetwin.realrun.calibration import pilot
from queuetwin.realrun.calibration.gil_share import gil_time
from queuetwin.realrun.calibration.pilot import (
    TaskTimes,
    is_guessed,
    measure_task,
    with_task_times,
)
from queuetwin.realrun.machine import gil_enabled
from queuetwin.realrun.pacing.pacer import clock, sleep_until
from queuetwin.realrun.serving.burn import work_for
from queuetwin.reports.cli.main import cli
from queuetwin.reports.commands.calibrate import with_pilot
from undisturbed import undisturbed

Pool = Callable[..., Scenario]
Named = Callable[[Callable[[int], Any]], str]

pytestmark = pytest.mark.usefixtures("no_crew_left")


def sleeps(payload: int) -> None:
    """Even payloads take 1 ms, odd ones 5 ms."""
    sleep_until(clock() + (5_000_000 if payload % 2 else 1_000_000), threading.Event())


@pytest.fixture
def guess(pool: Pool, task_named: Named, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """A scenario that guesses an hour for a task of some milliseconds."""
    monkeypatch.setattr(pilot, "_ITEMS", 20)
    return pool({"service.task": task_named(sleeps), "service.mean": "1h", "workers.count": 3})


def test_times_are_by_payload(guess: Scenario) -> None:
    """As long as each takes at least; the odd ones are the long ones."""
    times = measure_task(guess).seconds
    assert times.shape == (20,)
    assert (times[::2] >= 0.001).all() and (times[1::2] >= 0.005).all()
    assert times[::2].min() < times[1::2].min()


def test_what_was_measured_takes_the_place_of_the_guess(guess: Scenario) -> None:
    """Each item draws a measured payload and takes its time; the rest of the scenario stays."""
    times = np.array([0.001, 0.005, 0.002])
    measured = with_task_times(guess, TaskTimes(seconds=times, cpu_share=0.4))
    assert is_guessed(guess) and not is_guessed(measured)
    assert measured.stage.service.task == guess.stage.service.task
    assert measured.stage.workers.number == 3
    assert measured.stage.service.cpu_share == 0.4
    draws = Workload.draw(measured).all()
    assert np.array_equal(draws.demand[0], times[draws.payload])


@pytest.mark.parametrize(
    "changes",
    [
        {"service": {"distribution": "deterministic", "mean": "1ms"}},
        {"service": {"distribution": "empirical", "samples": ["1ms"], "task": "a:b"}},
        {
            "service.task": "a:b",
            "items": None,
            "arrivals": {"process": "trace", "times": ["0s", "1s"], "payloads": ["x", "y"]},
        },
    ],
    ids=["no task", "measured", "own payloads"],
)
def test_nothing_else_is_measured(pool: Pool, changes: dict[str, Any]) -> None:
    """And the scenario comes back as it was."""
    scenario = pool(changes)
    assert not is_guessed(scenario)
    assert with_pilot(scenario, "threads") is scenario


def test_time_is_up_before_the_items_are(guess: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done until then counts."""
    monkeypatch.setattr(pilot, "_ITEMS", 100_000)
    assert 0 < len(measure_task(guess, seconds=1.0).seconds) < 100_000


def works(payload: int) -> None:
    """Five milliseconds of Python."""
    work_for(5_000_000, threading.Event())


def compresses(payload: int) -> None:
    """Some milliseconds of processor time, for which the lock is free."""
    zlib.compress(bytes(range(256)) * 4000, 9)


def test_the_share_is_that_of_the_lock(
    pool: Pool, task_named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread loses nothing to one that sleeps, and much to one that works in Python."""
    monkeypatch.setattr(pilot, "_ITEMS", 20)

    def share(task: Callable[[int], Any]) -> float:
        share = measure_task(pool({"service.task": task_named(task)}), seconds=1.0).cpu_share
        assert share is not None and 0 <= share <= 1
        return share

    slept, worked = undisturbed(lambda: (share(sleeps), share(works)))
    assert slept < 0.15 and worked > 0.5


@pytest.mark.skipif(not gil_enabled(), reason="there is no lock to hold")
def test_what_works_without_the_lock_does_not_count() -> None:
    """Compressing takes much more processor time than it holds the lock."""

    def held_and_worked() -> tuple[float, float]:
        before = time.thread_time()
        held, calls = gil_time(compresses, 20, 1.0)
        assert 0 < calls <= 20
        return held, time.thread_time() - before

    held, worked = undisturbed(held_and_worked)
    assert held < 0.8 * worked


def test_of_a_coroutine_no_share_is_known(
    pool: Pool, task_named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So what the file says of it stays; a plain function holds up the whole loop."""

    async def rests(payload: int) -> None:
        await asyncio.sleep(0.001)

    monkeypatch.setattr(pilot, "_ITEMS", 5)
    found = measure_task(pool({"service.task": task_named(rests)}), backend="asyncio")
    assert found.cpu_share is None
    says = pool({"service.task": "a:b", "service.cpu_share": 0.3})
    assert with_task_times(says, found).stage.service.cpu_share == 0.3
    plain = measure_task(pool({"service.task": task_named(sleeps)}), backend="asyncio")
    assert plain.cpu_share == 1.0


def test_nothing_done_in_time_is_said(guess: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """No figure is made of no call."""
    whole = execute(guess.changed({"items": 1}))
    nothing = {name: column[:0] for name, column in whole.attempts.items()}
    monkeypatch.setattr(pilot, "execute", lambda *_, **__: replace(whole, attempts=nothing))
    with pytest.raises(RunError, match="did not end once within 2 s"):
        measure_task(guess)


def test_a_task_that_fails_is_told(
    pool: Pool, task_named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own words, and no times of half a task."""

    def fails(payload: int) -> None:
        raise ValueError(f"no file {payload}")

    monkeypatch.setattr(pilot, "_ITEMS", 5)
    with pytest.raises(RunError, match="the task fails: ValueError: no file"):
        measure_task(pool({"service.task": task_named(fails)}))


def test_the_command_writes_what_a_scenario_can_name(
    guess: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CSV file with the unit in the name of its column, and what to write."""
    monkeypatch.chdir(tmp_path)
    service = guess.to_dict()["service"]
    lines = ["items = 9", "[arrivals]", 'process = "backlog"', "[workers]", "count = 1"]
    lines += [
        "[service]",
        *(f'{key} = "{service[key]}"' for key in ("distribution", "mean", "task")),
    ]
    Path("pool.toml").write_text("\n".join(lines))
    done = CliRunner().invoke(cli, ["calibrate", "--task", "pool.toml", "-o", "times.csv"])
    assert done.exit_code == 0, done.output
    assert "20 payloads" in done.stdout and 'samples = "times.csv"' in done.stderr
    named = Scenario.load("pool.toml").changed(
        {"service": {"distribution": "empirical", "samples": "times.csv"}}
    )
    assert 0.003 < named.stage.service.mean_time < 1


def test_a_scenario_without_a_task_has_nothing_to_measure(pool: Pool, tmp_path: Path) -> None:
    """It is told what to write."""
    path = tmp_path / "pool.toml"
    path.write_text('items = 9\n[arrivals]\nprocess = "backlog"\n[workers]\ncount = 1\n'
                    '[service]\ndistribution = "exponential"\nmean = "1ms"\n')  # fmt: skip
    done = CliRunner().invoke(cli, ["calibrate", "--task", str(path)])
    assert isinstance(done.exception, ScenarioError)
    assert "names no task to measure" in str(done.exception)
