"""What each backend promises by itself: a process that dies, a loop that goes on, an end to all.

What all of them promise stands in the conformance tests.
"""

import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crew import LIMIT_S
from queuetwin.model import Run, Scenario
from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Outcome
from queuetwin.realrun import execute, execution
from queuetwin.realrun.backends.registry import BACKENDS, backend_named
from queuetwin.realrun.machine import Reading, facts_between
from soundness import assert_sound, outcomes

Pool = Callable[..., Scenario]
Tasks = Callable[..., Scenario]

pytestmark = pytest.mark.usefixtures("no_crew_left")


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tasks:
    """A scenario whose task stands in a file, where other processes find it too."""

    def make(code: str, **changes: Any) -> Scenario:
        name = f"tasks_{tmp_path.name}"
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        plain = {
            "items": 12,
            "arrivals": {"process": "backlog"},
            "workers": {"count": 2},
            "service": {"distribution": "deterministic", "mean": "1ms", "task": f"{name}:run"},
        }
        return Scenario.from_dict(plain).changed(changes)

    return make


FIFTH_KILLS = """
    import os, pathlib, signal

    def run(payload):
        mark = pathlib.Path(__file__).with_name("killed")
        if payload == 5 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
"""


def attempts_of(run: Run, item: int) -> list[Outcome]:
    return [Outcome(code) for code in run.attempts["outcome"][run.attempts["item"] == item]]


def test_the_item_of_a_killed_process_is_retried(tasks: Tasks) -> None:
    """The run ends, with another process, and every item done."""
    run = execute(tasks(FIFTH_KILLS, **{"failures.attempts": 2}), backend="processes")
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 12}
    assert attempts_of(run, 5) == [Outcome.FAILED, Outcome.COMPLETED]
    assert run.header.errors == {"the process that served it died": 1}


def test_the_item_of_a_killed_process_is_lost(tasks: Tasks) -> None:
    """Where there is no second attempt; nobody knows how far the first one came."""
    run = execute(tasks(FIFTH_KILLS), backend="processes")
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 11, Outcome.LOST: 1}
    assert attempts_of(run, 5) == [Outcome.LOST]
    assert np.isnan(run.attempts["cpu"][5])


def test_a_process_that_hangs_is_named_and_ended(tasks: Tasks) -> None:
    """Nothing of it stays behind: unlike a thread it can be interrupted."""
    code = """
        import threading

        def run(payload):
            if payload == 7:
                threading.Event().wait()
    """
    run = execute(tasks(code, **{"service.hang_limit": "1s"}), backend="processes")
    worker = run.attempts["worker"][7]
    assert_sound(run, f"worker-{worker} hangs in item 7, for more than 1 s")
    assert outcomes(run) == {Outcome.COMPLETED: 11, Outcome.UNFINISHED: 1}


@pytest.mark.parametrize("backend", ["executor", "asyncio"])
def test_a_task_that_hangs_elsewhere_is_named(
    pool: Pool,
    task_named: Callable[[Callable[[int], Any]], str],
    release: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
) -> None:
    """As a thread it cannot be interrupted; the run ends without it, and says who is left."""
    monkeypatch.setattr(execution, "_JOIN_S", 1.0)

    def task(payload: int) -> None:
        if payload == 7:
            release.wait(LIMIT_S)

    service = {"service.task": task_named(task), "service.hang_limit": "1s"}
    run = execute(pool(service, items=20), backend=backend)
    worker = run.attempts["worker"][7]
    assert run.header.ended == f"worker-{worker} hangs in item 7, for more than 1 s"
    assert broken_accounts(run) == ()
    assert len(run.header.facts["threads_left"]) == 1
    counts = outcomes(run)
    # The loop serves nobody else meanwhile.
    assert counts[Outcome.UNFINISHED] == (13 if backend_named(backend).shares == "loop" else 1)
    assert counts[Outcome.COMPLETED] == 20 - counts[Outcome.UNFINISHED]


def test_tasks_in_processes_are_other_processes(tasks: Tasks) -> None:
    """Each worker has one of its own, which says what went wrong, and how much it worked."""
    code = """
        import os

        def run(payload):
            raise LookupError(os.getpid())
    """
    scenario = tasks(
        code, **{"workers.count": 3, "arrivals": {"process": "periodic", "rate": "1k/s"}}
    )
    run = execute(scenario, backend="processes")
    assert_sound(run)
    served = len(set(run.attempts["worker"].tolist()))
    assert len(run.header.errors) == served
    assert all(text.startswith("LookupError: ") for text in run.header.errors)
    assert (run.attempts["cpu"] >= 0).all()


def test_work_in_processes_is_the_runs_own(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of other programs, which the run checks would hold against it."""
    own = []

    def facts(before: Reading, after: Reading) -> dict[str, Any]:
        own.append(after.own - before.own)
        return facts_between(before, after)

    monkeypatch.setattr(execution, "facts_between", facts)
    work = {"distribution": "deterministic", "mean": "10ms", "cpu_share": 1}
    run = execute(pool({"service": work, "workers.count": 2, "items": 20}), backend="processes")
    assert_sound(run)
    spent = run.attempts["cpu"]
    assert (spent >= 0.01).all()
    assert own[0] >= spent.sum()


LONG = {
    "service": {
        "distribution": "mixture",
        "shares": [0.2, 0.8],
        "parts": [
            {"distribution": "deterministic", "mean": "1ms"},
            {"distribution": "deterministic", "mean": "1h"},
        ],
    },
    "queue": {"capacity": 1},
    "workers": {"count": 2},
    "items": 9,
    # The first item is short, the six after it are not.
    "seed": 50,
}


@pytest.mark.parametrize("share", [0, 1])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_stop_ends_whatever_is_under_way(
    pool: Pool, backend: str, share: float, request: pytest.FixtureRequest
) -> None:
    """Workers in the midst of an hour, a producer at the door: all go home, and are counted."""
    if backend_named(backend).needs_server:
        request.getfixturevalue("broker")
    stop = threading.Event()

    def observe(done: int, _: int) -> None:
        if done:
            stop.set()

    scenario = pool({**LONG, "service.cpu_share": share})
    run = execute(scenario, backend=backend, stop=stop, observer=observe)
    assert_sound(run, "stopped")
    assert run.header.engine == backend
    counts = outcomes(run)
    assert counts.pop(Outcome.COMPLETED) == 1
    assert set(counts) <= {Outcome.UNFINISHED, Outcome.NOT_OFFERED}


def test_async_tasks_go_on_while_others_wait(tasks: Tasks) -> None:
    """The first waits for what the second does, on one loop."""
    code = """
        import asyncio

        second = asyncio.Event()

        async def run(payload):
            if payload == 0:
                await second.wait()
            if payload == 1:
                second.set()
            if payload == 2:
                raise LookupError("in vain")
    """
    run = execute(tasks(code), backend="asyncio")
    assert_sound(run)
    assert outcomes(run) == {Outcome.COMPLETED: 11, Outcome.FAILED: 1}
    assert run.header.errors == {"LookupError: in vain": 1}
    assert run.attempts["finished"][0] > run.attempts["finished"][1]
    assert np.isnan(run.attempts["cpu"]).all()


def test_a_task_that_blocks_holds_up_the_loop(tasks: Tasks) -> None:
    """As in life: no two overlap, however many workers there are."""
    code = """
        import time

        def run(payload):
            time.sleep(0.002)
    """
    run = execute(tasks(code), backend="asyncio")
    assert_sound(run)
    order = np.argsort(run.attempts["started"])
    started, finished = (run.attempts[name][order] for name in ("started", "finished"))
    assert (started[1:] >= finished[:-1]).all()


@pytest.mark.parametrize("backend", [b for b in BACKENDS if not backend_named(b).awaits_tasks])
def test_only_asyncio_awaits_a_task(tasks: Tasks, backend: str) -> None:
    """Elsewhere nobody would run it, and every item would be done in no time."""
    scenario = tasks("async def run(payload):\n    pass\n")
    with pytest.raises(ScenarioError, match="only the backend asyncio awaits a task"):
        execute(scenario, backend=backend)


def test_a_fault_in_the_loop_is_raised(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not kept until the run is over, which without a worker it never would be."""
    from queuetwin.realrun.backends import asyncio_loop as event_loop

    async def broken(*_: object) -> None:
        raise AssertionError("ours")

    monkeypatch.setattr(event_loop, "_serve", broken)
    with pytest.raises(AssertionError, match="ours"):
        execute(pool(), backend="asyncio")
