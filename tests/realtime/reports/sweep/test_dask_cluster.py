"""A sweep on a real Dask cluster: a scheduler and two workers on loopback, one of them killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from builders import poisson
from crew import LIMIT_S
from queuetwin.model import RunError, ScenarioError, sweep
from queuetwin.reports.sweep import dask_cluster
from queuetwin.reports.sweep.dask_cluster import executor_at
from queuetwin.reports.sweep.documents import sweep_document

pytest.importorskip("distributed", reason="pip install 'queuetwin[dask]'")
# Dask leaves sockets and futures to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore")

POOL = poisson("320/s", "20ms", 8)
OVER = {"workers.count": "7..12", "arrivals.rate": "x0.3,x0.5"}
ITEMS = 400_000
QUIET = ["--no-dashboard"]

Process = subprocess.Popen[str]


@contextmanager
def started(*words: str, until: str) -> Iterator[Process]:
    """A process of Dask's command, once it has said this."""
    path = os.pathsep.join(sys.path)
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words, *QUIET],
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert any(until in line for line in process.stderr), "it ended before"
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def cluster(workers: int) -> Iterator[tuple[str, Process, list[Process]]]:
    """An address, its scheduler and its workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    host, _, port = place.partition(":")
    with ExitStack() as stack:
        scheduler = stack.enter_context(
            started("scheduler", "--host", host, "--port", port, until="Scheduler at")
        )
        words = ("worker", place, "--nthreads", "1", "--no-nanny")
        them = [stack.enter_context(started(*words, until="Registered to"))
                for _ in range(workers)]  # fmt: skip
        yield f"dask://{place}", scheduler, them


def after(cells: int, then: Callable[[], None]) -> Callable[[int, int], None]:
    """An observer that does something once so many cells are done."""
    return lambda done, _: then() if done == cells else None


def test_a_killed_workers_cells_run_again(tmp_path: Path) -> None:
    """And the figures are those of this machine's own threads; without a scheduler it ends."""
    here = json.dumps(sweep_document(sweep(POOL, OVER, items=ITEMS)))
    with cluster(2) as (address, scheduler, workers):
        with executor_at(address) as executor:
            killed = after(3, lambda: workers[0].send_signal(signal.SIGKILL))
            found = sweep(POOL, OVER, items=ITEMS, executor=executor, observer=killed)
        assert json.dumps(sweep_document(found)) == here
        keep = tmp_path / "kept.jsonl"
        with (
            pytest.raises(RunError, match="finished cells are kept"),
            executor_at(address) as executor,
        ):
            sweep(POOL, OVER, items=ITEMS, executor=executor, keep=keep,
                  observer=after(2, scheduler.kill))  # fmt: skip
    kept = keep.read_bytes().count(b'{"cell":')
    assert 2 <= kept < 12
    assert json.dumps(sweep_document(sweep(POOL, OVER, items=ITEMS, keep=keep))) == here


def test_a_worker_that_would_compute_otherwise_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything runs; and so is a cluster where nobody works."""
    here, differing = {**dask_cluster.versions(), "numpy": "1.0"}, dask_cluster.differing
    with cluster(1) as (address, _, workers):
        with monkeypatch.context() as patch, pytest.raises(
            RunError, match=r"worker tcp://\S+ has numpy [\d.]+, not 1.0"
        ):  # fmt: skip
            patch.setattr(dask_cluster, "differing", lambda _, told: differing(here, told))
            executor_at(address).__enter__()
        workers[0].kill()
        workers[0].wait(LIMIT_S)
        with pytest.raises(RunError, match="no workers"):
            _once_it_noticed(address)


def _once_it_noticed(address: str) -> None:
    """The scheduler hears of the end of a connection a moment after the process has gone."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        with executor_at(address):
            pass


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """How to start a cluster is said; what is no address is refused."""
    monkeypatch.setattr(dask_cluster, "_ANSWERS_WITHIN_S", 0.2)
    with (
        pytest.raises(RunError, match="start one with `dask scheduler`"),
        executor_at("dask://127.0.0.1:1"),
    ):
        pass
    for address in ("tcp://127.0.0.1:1", "dask://here", "dask://:5", "dask://a:b"):
        with pytest.raises(ScenarioError, match="write dask://HOST:PORT"), executor_at(address):
            pass
