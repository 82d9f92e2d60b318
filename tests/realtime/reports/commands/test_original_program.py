"""The program that this project grew from: its flags, its document and its pitfalls."""

import json
import threading

import pytest
from click.testing import CliRunner

from crew import LIMIT_S
from queuetwin.model import Scenario, ScenarioError
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Outcome, Run
from queuetwin.realrun import execute, execution
from queuetwin.reports.cli.main import cli
from queuetwin.reports.commands.original_program import original_scenario


def outcomes(run: Run, outcome: Outcome) -> int:
    return int((run.items["outcome"] == outcome).sum())


@pytest.mark.parametrize("command", ["run", "simulate"])
def test_the_original_flags_give_the_original_document(command: str) -> None:
    """Config, stats and the first ten results stand at top level, with consistent counts."""
    flags = "--items 20 --consumers 3 --capacity 10 --processing-time 0.01 --failure-rate 0.1"
    result = CliRunner().invoke(cli, [command, *flags.split(), "--json"])
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["config"] == {"num_items": 20, "num_consumers": 3, "queue_capacity": 10}
    stats = document["stats"]
    assert stats["produced"] == stats["consumed"] + stats["failed"] == 20
    assert stats["avg_processing_ms"] >= 10
    assert 1 <= stats["max_queue_depth"] <= 10
    sample = document["results_sample"]
    assert [row["task_id"] for row in sample] == [f"task-{n:04d}" for n in range(10)]
    assert {row["status"] for row in sample} <= {"completed", "failed"}


def test_a_rate_limit_pauses_after_each_put() -> None:
    """With a pause of 5 ms, twenty items take at least nineteen pauses."""
    flags = ["run", "--items", "20", "--rate-limit", "5ms", "--processing-time", "1ms", "--json"]
    document = json.loads(CliRunner().invoke(cli, flags).stdout)
    assert document["scenario"]["arrivals"]["pacing"] == "gap"
    assert document["stats"]["consumed"] == 20


def test_zero_consumers_are_refused_before_anything_starts() -> None:
    """The fault names the key, and no thread was started."""
    before = threading.active_count()
    with pytest.raises(ScenarioError, match=r"workers\.count = 0"):
        original_scenario().changed({"workers.count": 0})
    assert threading.active_count() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"queue.capacity": 1, "workers.count": 16, "items": 200, "service.mean": "100us"},
        {"queue.capacity": 1, "workers.count": 2, "items": 200, "service.mean": "100us",
         "failures.probability": 0.5, "failures.attempts": 4},
        {"failures.probability": 1.0, "items": 50},
    ],
)  # fmt: skip
def test_hard_cases_end_and_lose_nothing(changes: dict[str, object]) -> None:
    """One place and sixteen workers, retries through a full queue, nothing but failures."""
    run = execute(original_scenario().changed(changes))
    assert run.header.ended == "complete"
    assert broken_accounts(run) == ()
    done = outcomes(run, Outcome.COMPLETED) + outcomes(run, Outcome.FAILED)
    assert done == len(run.items["planned"])
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("worker", "produ"))]


def test_failure_rate_one_fails_everything() -> None:
    """All failed, none consumed."""
    run = execute(original_scenario().changed({"failures.probability": 1.0, "items": 100}))
    assert outcomes(run, Outcome.FAILED) == 100
    assert outcomes(run, Outcome.COMPLETED) == 0


def test_counts_are_exact_after_many_items_with_many_workers() -> None:
    """No update is lost among sixteen workers and a hundred thousand items."""
    run = execute(
        original_scenario().changed(
            {"items": 100_000, "workers.count": 16, "service.mean": "1ns", "queue.capacity": 100}
        )
    )
    assert outcomes(run, Outcome.COMPLETED) == 100_000
    assert broken_accounts(run) == ()


def test_a_task_that_raises_is_its_items_failure_and_the_worker_lives_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every odd payload fails with its message; every even one completes."""
    import sys
    import types

    module = types.ModuleType("odd_task")

    def task(payload: int) -> None:
        if payload % 2:
            raise LookupError("odd")

    module.task = task  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "odd_task", module)
    run = execute(original_scenario().changed({"service.task": "odd_task:task", "items": 100}))
    assert outcomes(run, Outcome.COMPLETED) == outcomes(run, Outcome.FAILED) == 50
    assert dict(run.header.errors) == {"LookupError: odd": 50}


def test_a_worker_that_hangs_is_named_and_its_item_is_unfinished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The run ends after the limit and keeps what was done."""
    import sys
    import types

    monkeypatch.setattr(execution, "_JOIN_S", 1.0)
    release = threading.Event()
    module = types.ModuleType("hanging_task")
    module.task = lambda payload: release.wait(LIMIT_S) if payload == 3 else None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hanging_task", module)
    try:
        run = execute(
            original_scenario().changed(
                {"service.task": "hanging_task:task", "service.hang_limit": "1s", "items": 10}
            )
        )
    finally:
        release.set()
    assert "hangs in item 3" in run.header.ended
    assert run.items["outcome"][3] == Outcome.UNFINISHED
    assert broken_accounts(run) == ()


def test_a_stop_keeps_what_was_done() -> None:
    """A run that is asked to stop ends, says so, and loses nothing."""
    stop = threading.Event()
    slow = Scenario.from_dict(
        {"items": 1000, "arrivals": {"process": "periodic", "rate": "500/s"},
         "workers": {"count": 2}, "service": {"distribution": "deterministic", "mean": "20ms"}}
    )  # fmt: skip

    def observer(done: int, _: int) -> None:
        if done > 5:
            stop.set()

    run = execute(slow, stop=stop, observer=observer)
    assert run.header.ended == "stopped"
    assert broken_accounts(run) == ()
    assert 5 < outcomes(run, Outcome.COMPLETED) < 1000
