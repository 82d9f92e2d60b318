"""The pilot: a task's own times, payload by payload, in the place of a guess."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from queuetwin.model import RunError, Scenario, ScenarioError, Workload
from queuetwin.realrun import execute, pilot
from queuetwin.realrun.pacer import clock, sleep_until
from queuetwin.realrun.pilot import is_guessed, task_times, with_task_times
from queuetwin.reports.cli import cli
from queuetwin.reports.machine_commands import with_pilot

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
    times = task_times(guess)
    assert times.shape == (20,)
    assert (times[::2] >= 0.001).all() and (times[1::2] >= 0.005).all()
    assert np.median(times[::2]) < np.median(times[1::2])


def test_what_was_measured_takes_the_place_of_the_guess(guess: Scenario) -> None:
    """Each item draws a measured payload and takes its time; the rest of the scenario stays."""
    times = np.array([0.001, 0.005, 0.002])
    measured = with_task_times(guess, times)
    assert is_guessed(guess) and not is_guessed(measured)
    assert measured.stage.service.task == guess.stage.service.task
    assert measured.stage.workers.number == 3
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
    assert 0 < len(task_times(guess, seconds=0.2)) < 1000


def test_nothing_done_in_time_is_said(guess: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """No figure is made of no call."""
    whole = execute(guess.changed({"items": 1}))
    nothing = {name: column[:0] for name, column in whole.attempts.items()}
    monkeypatch.setattr(pilot, "execute", lambda *_, **__: replace(whole, attempts=nothing))
    with pytest.raises(RunError, match="did not end once within 2 s"):
        task_times(guess)


def test_a_task_that_fails_is_told(
    pool: Pool, task_named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own words, and no times of half a task."""

    def fails(payload: int) -> None:
        raise ValueError(f"no file {payload}")

    monkeypatch.setattr(pilot, "_ITEMS", 5)
    with pytest.raises(RunError, match="the task fails: ValueError: no file"):
        task_times(pool({"service.task": task_named(fails)}))


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
