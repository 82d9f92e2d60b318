"""Tasks of a user: what they are called with, their faults, and where they are found."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from queuetwin.model import Scenario, ScenarioError, Workload
from queuetwin.model.records.run import Outcome
from queuetwin.realrun import execute
from soundness import assert_sound, outcomes

Pool = Callable[..., Scenario]
Named = Callable[[Callable[[int], Any]], str]

pytestmark = pytest.mark.usefixtures("no_crew_left")


def test_a_task_gets_every_payload_exactly_once(pool: Pool, task_named: Named) -> None:
    """Payloads are the rows of the samples that the items drew."""
    called: list[int] = []
    samples = ["1ms", "2ms", "3ms"]
    service = {"distribution": "empirical", "samples": samples, "task": task_named(called.append)}
    scenario = pool(service=service, items=1000)
    run = execute(scenario)
    assert_sound(run)
    assert Counter(called) == Counter(Workload.draw(scenario).all().payload.tolist())
    assert len(called) == 1000 and set(called) == {0, 1, 2}
    assert (run.attempts["cpu"] >= 0).all()


def test_a_failing_task_is_tried_again_and_its_texts_are_counted(
    pool: Pool, task_named: Named
) -> None:
    """Each item fails twice by itself, by turns with SystemExit, and completes the third time."""
    tries: Counter[int] = Counter()

    def task(payload: int) -> None:
        tries[payload] += 1
        if tries[payload] < 3:
            raise (SystemExit if payload % 2 else ValueError)("not yet")

    failures = {"attempts": 3}
    run = execute(pool({"service.task": task_named(task)}, failures=failures, items=40))
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 40}
    assert dict(run.header.errors) == {"ValueError: not yet": 40, "SystemExit: not yet": 40}
    assert (run.attempts["outcome"].reshape(40, 3) == [2, 2, 1]).all()


def test_an_exception_without_words_does_not_end_the_worker(pool: Pool, task_named: Named) -> None:
    """A message that cannot be made is said to be so."""

    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def task(_: int) -> None:
        raise MuteError

    run = execute(pool({"service.task": task_named(task), "workers.count": 1}))
    assert_sound(run)
    assert dict(run.header.errors) == {"MuteError: (its message cannot be shown)": 50}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("nowhere_at_all:run", None, "cannot be imported: ModuleNotFoundError"),
        ("tasks_without:missing", "run = 1", "cannot be imported: AttributeError"),
        ("tasks_of_number:run", "run = 1", "cannot be called"),
        ("tasks_broken:run", "1 / 0", "cannot be imported: ZeroDivisionError"),
        ("tasks_exiting:run", "raise SystemExit(0)", "cannot be imported: SystemExit"),
    ],
)
def test_a_task_that_is_none_is_the_scenarios_fault(
    tmp_path: Path,
    task_named: Named,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str | None,
    reason: str,
) -> None:
    """It is told with file, line and key, and no thread has been started."""
    monkeypatch.setattr(threading.Thread, "start", lambda _: pytest.fail("a thread was started"))
    file = tmp_path / "pool.toml"
    file.write_text(
        'items = 3\n[arrivals]\nprocess = "backlog"\n[workers]\ncount = 1\n[service]\n'
        f'distribution = "deterministic"\nmean = "1ms"\ntask = "{name}"\n'
    )
    if content is not None:
        (tmp_path / f"{name.partition(':')[0]}.py").write_text(content)
    scenario = Scenario.load(file)
    task_named(print)  # restores the search path afterwards
    with pytest.raises(ScenarioError) as caught:
        execute(scenario)
    [problem] = caught.value.problems
    assert (problem.key, problem.line, problem.file) == ("service.task", 9, str(file))
    assert reason in problem.message and name in problem.value


def test_a_task_is_found_beside_its_scenario(tmp_path: Path, task_named: Named) -> None:
    """The folder of the file is searched, as with a script."""
    file = tmp_path / "pool.toml"
    file.write_text(
        'items = 3\n[arrivals]\nprocess = "backlog"\n[workers]\ncount = 1\n[service]\n'
        'distribution = "deterministic"\nmean = "1ms"\ntask = "tasks_beside:run"\n'
    )
    (tmp_path / "tasks_beside.py").write_text("def run(payload): raise OSError('found')\n")
    task_named(print)  # restores the search path afterwards
    assert dict(execute(Scenario.load(file)).header.errors) == {"OSError: found": 3}
