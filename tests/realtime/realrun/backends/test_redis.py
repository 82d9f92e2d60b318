"""What the Redis backend promises by itself: a broker that goes away, keys that do, its limits.

What all backends promise stands in the conformance tests.
"""

import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from broker import Broker, redis_server
from queuetwin.model import RunError, Scenario, ScenarioError
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Outcome
from queuetwin.realrun import execute
from queuetwin.realrun.backends.backend import refuse
from queuetwin.realrun.backends.registry import backend_named
from soundness import assert_sound, outcomes

Pool = Callable[..., Scenario]

pytestmark = pytest.mark.usefixtures("no_crew_left")

KILLS_ITSELF_ONCE = """
    import os, pathlib, signal

    def run(payload):
        mark = pathlib.Path(__file__).with_name("killed")
        if payload == 5 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
"""


def keys_at(broker: Broker) -> list[Any]:
    from redis import Redis

    with Redis.from_url(broker.address) as client:
        return list(client.keys("*"))


@pytest.mark.parametrize(("attempts", "decision"), [(1, Outcome.LOST), (2, Outcome.COMPLETED)])
def test_a_killed_worker_is_noticed(
    pool: Pool, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    attempts: int, decision: Outcome,
) -> None:  # fmt: skip
    """Its item is lost or done again, the run ends, and nothing stays at the broker."""
    name = f"kills_{attempts}"
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(KILLS_ITSELF_ONCE), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    wanted = {"service.task": f"{name}:run", "failures.attempts": attempts, "queue.capacity": 3}
    run = execute(pool(wanted, items=12), backend="redis")
    assert_sound(run)
    assert run.items["outcome"][5] == decision
    assert outcomes(run)[Outcome.COMPLETED] == 11 + (decision is Outcome.COMPLETED)
    assert run.header.errors == {"the process that served it died": 1}
    assert keys_at(broker) == []


@pytest.mark.parametrize("capacity", [1, None])
def test_a_broker_that_goes_away_ends_the_run(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, capacity: int | None
) -> None:
    """With what was done, whether somebody waits for a place, or all are behind."""
    with redis_server() as broker:
        monkeypatch.setenv("QUEUETWIN_REDIS", broker.address)
        service = {"distribution": "deterministic", "mean": "20ms"}
        scenario = pool(
            {"service": service, "workers.count": 2, "queue.capacity": capacity}, items=100
        )
        killed: list[int] = []

        def observe(done: int, _: int) -> None:
            if done and not killed:
                broker.process.kill()
                killed.append(done)

        run = execute(scenario, backend="redis", observer=observe)
    assert run.header.ended.startswith("the Redis server went away: ")
    assert broken_accounts(run) == ()
    assert run.header.facts["threads_left"] == []
    counts = outcomes(run)
    assert killed[0] <= counts[Outcome.COMPLETED] < 100
    assert set(counts) <= {Outcome.COMPLETED, Outcome.UNFINISHED, Outcome.NOT_OFFERED}


def test_two_runs_at_one_broker_do_not_meet(pool: Pool, broker: Broker) -> None:
    """Each has a name of its own, and what others keep there stays."""
    from redis import Redis

    with Redis.from_url(broker.address) as client:
        client.set("somebody's", 1)
        for _ in range(2):
            assert_sound(execute(pool({"queue.capacity": 2}, items=20), backend="redis"))
        assert keys_at(broker) == [b"somebody's"]
        client.delete("somebody's")


@pytest.mark.parametrize(
    "address",
    [
        "redis://192.0.2.1:6379",
        "rediss://localhost",
        "redis://me:secret@example.org",
        "unix://",
        "",
    ],
)
def test_only_a_server_of_this_machine(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """What is far away is not measured as if it were here; no password is shown."""
    pytest.importorskip("redis", reason="pip install 'queuetwin[redis]'")
    monkeypatch.setenv("QUEUETWIN_REDIS", address)
    with pytest.raises(RunError, match="names no Redis server of this machine") as refused:
        execute(pool(), backend="redis")
    assert "secret" not in str(refused.value)


def test_how_to_start_a_server_is_said(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where nobody answers, and where the client is not installed."""
    pytest.importorskip("redis", reason="pip install 'queuetwin[redis]'")
    monkeypatch.setenv("QUEUETWIN_REDIS", f"unix://{tmp_path}/none")
    with pytest.raises(RunError, match="start one with `redis-server") as refused:
        execute(pool(), backend="redis")
    assert f"{os.sep}none" in str(refused.value)
    monkeypatch.setitem(__import__("sys").modules, "redis.exceptions", None)
    with pytest.raises(RunError, match=r"pip install 'queuetwin\[redis\]'"):
        execute(pool(), backend="redis")


def test_what_a_list_cannot_do_is_refused(pool: Pool) -> None:
    """All of it at once, before anything runs."""
    everything = {
        "queue": {
            "capacity": 3,
            "when_full": "drop-oldest",
            "order": "lifo",
            "patience": {"distribution": "deterministic", "mean": "1s"},
        },
        "workers.idle_timeout": "1s",
        "arrivals.producers": 2,
    }
    with pytest.raises(ScenarioError) as refused:
        refuse(backend_named("redis"), pool(everything), None)
    keys = {problem.key for problem in refused.value.problems}
    assert keys == {"queue.order", "queue.when_full", "queue.patience", "workers.idle_timeout",
                    "arrivals.producers"}  # fmt: skip
    assert all("the backend redis cannot" in problem.message for problem in refused.value.problems)
