"""Sweeps: the same figures wherever cells run, and whatever happened on the way."""

import json
import multiprocessing
import os
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from builders import poisson, pool
from queuetwin.model import RunError, ScenarioError, sweep
from queuetwin.model.language.traffic import backlog_growth
from queuetwin.model.sweeping.sweeper import Sweep
from queuetwin.reports.sweep.documents import sweep_csv, sweep_document

LIMIT = {"slo": [{"measure": "response_time.p99", "below": "150ms"}]}
POOL = poisson("320/s", "20ms", 8, LIMIT)
OVER = {"workers.count": "6..9", "arrivals.rate": "x0.5,x1"}
ITEMS = 2_000


class Backwards(Executor):
    """Computes the last cell first, and only when the first result is asked for."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._tasks = [(future, fn, args), *getattr(self, "_tasks", [])]
        if len(self._tasks) == 8:
            for one, function, given in self._tasks:
                one.set_result(function(*given))
        return future


def measures(found: Sweep) -> str:
    document = sweep_document(found)
    return json.dumps(document["cells"]) + sweep_csv(found)


@pytest.fixture(scope="module")
def undisturbed() -> str:
    return measures(sweep(POOL, OVER, items=ITEMS))


def test_cells_are_in_the_order_of_the_axes() -> None:
    """The last axis runs fastest."""
    found = sweep(POOL, {"workers.count": [8, 7], "arrivals.rate": "x0.5,x1"}, items=ITEMS)
    assert [tuple(cell.changes.values()) for cell in found.cells] == [
        (8, "160/s"), (8, "320/s"), (7, "160/s"), (7, "320/s"),
    ]  # fmt: skip
    assert found.complete


@pytest.mark.parametrize("make", [Backwards, lambda: ThreadPoolExecutor(3)])
def test_the_order_of_cells_does_not_matter(make: Callable[[], Executor], undisturbed: str) -> None:
    """To the byte, in measures and in CSV."""
    with make() as executor:
        assert measures(sweep(POOL, OVER, items=ITEMS, executor=executor)) == undisturbed


@pytest.mark.slow
def test_processes_give_the_same(undisturbed: str) -> None:
    """Any executor will do: a cell and what it says can be sent."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        assert measures(sweep(POOL, OVER, items=ITEMS, executor=executor)) == undisturbed


def test_what_does_not_keep_up_has_no_figures() -> None:
    """320 a second come and six workers do 300: the queue grows by 20 a second."""
    six, nine = sweep(POOL, {"workers.count": "6,9"}, items=ITEMS).cells
    assert six.judgement.summary is None
    assert six.judgement.growth == pytest.approx(20.0)
    assert nine.judgement.growth == 0
    assert nine.judgement.summary is not None


def test_growth_is_that_of_what_is_done_again_too() -> None:
    """Half fail and come back once: 60 % more work; nothing grows where items are refused."""
    again = {"failures": {"probability": 0.6, "attempts": 2}}
    assert backlog_growth(poisson("80/s", "100ms", 8, again)) == pytest.approx(30.0)
    rejecting = {"queue": {"capacity": 5, "when_full": "reject"}}
    assert backlog_growth(poisson("800/s", "100ms", 8, rejecting)) is None
    assert backlog_growth(pool()) is None


def test_what_is_not_stationary_is_told_of_whole_runs() -> None:
    """Six items of a second each: two workers need three seconds."""
    one, two = sweep(pool(), {"workers.count": [1, 2]}, items=60).cells
    for cell, greatest in ((one, 6.0), (two, 3.0)):
        summary = cell.judgement.summary
        assert summary is not None
        assert summary.measures["response_time"]["p99"].estimate == pytest.approx(greatest)
        assert cell.judgement.items == 60


def test_finished_cells_are_not_done_again(tmp_path: Path, undisturbed: str) -> None:
    """Half of them kept: only the other half is asked for, and all is as it would have been."""
    keep = tmp_path / "cells.jsonl"
    sweep(POOL, {**OVER, "workers.count": "6,7"}, items=ITEMS, keep=keep)
    asked: list[int] = []

    class Counting(ThreadPoolExecutor):
        def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
            asked.append(1)
            return super().submit(*args, **kwargs)

    with Counting(1) as executor:
        again = sweep(POOL, OVER, items=ITEMS, keep=keep, executor=executor)
    assert (len(asked), measures(again)) == (4, undisturbed)
    with Counting(1) as executor:
        sweep(POOL, OVER, items=ITEMS + 1, keep=keep, executor=executor)
    assert len(asked) == 4 + 8


def test_a_torn_line_costs_one_cell(tmp_path: Path, undisturbed: str) -> None:
    """At whatever byte writing stopped."""
    keep = tmp_path / "cells.jsonl"
    sweep(POOL, OVER, items=ITEMS, keep=keep)
    whole = keep.read_bytes()
    for cut in random.Random(7).sample(range(len(whole)), 5):
        keep.write_bytes(whole[:cut])
        assert measures(sweep(POOL, OVER, items=ITEMS, keep=keep)) == undisturbed
        assert sorted(keep.read_bytes().splitlines()) == sorted(whole.splitlines())


def test_a_stop_keeps_what_is_done(tmp_path: Path, undisturbed: str) -> None:
    """Those that come back are whole, and a second start does the rest."""
    keep, stop, told = tmp_path / "cells.jsonl", Event(), []

    def observer(done: int, planned: int) -> None:
        told.append((done, planned))
        if done:
            stop.set()

    with ThreadPoolExecutor(1) as executor:
        some = sweep(
            POOL, OVER, items=ITEMS, keep=keep, stop=stop, observer=observer, executor=executor
        )
    assert told[:2] == [(0, 8), (1, 8)]
    assert 1 <= len(some.cells) < some.planned == 8
    assert not some.complete
    assert measures(sweep(POOL, OVER, items=ITEMS, keep=keep)) == undisturbed


@pytest.mark.slow
def test_a_kill_in_the_middle_loses_only_what_was_in_hand(tmp_path: Path, undisturbed: str) -> None:
    """Killed when three cells are done, and started again."""
    keep = tmp_path / "cells.jsonl"
    code = (
        "import sys; from queuetwin.model import sweep; from test_sweeper import *; "
        "told = lambda done, planned: done == 3 and (print(flush=True), sys.stdin.read()); "
        "sweep(POOL, OVER, items=ITEMS, keep=sys.argv[1], observer=told)"
    )
    path = os.pathsep.join([*sys.path, str(Path(__file__).parent)])
    victim = subprocess.Popen(
        [sys.executable, "-c", code, str(keep)],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == b"\n"
        victim.kill()
    assert keep.read_bytes().count(b'{"cell":') == 3
    assert measures(sweep(POOL, OVER, items=ITEMS, keep=keep)) == undisturbed


def test_another_file_is_not_written_over(tmp_path: Path) -> None:
    """What holds something else is refused, and stays."""
    keep = tmp_path / "notes.jsonl"
    keep.write_text("my notes\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="holds no finished cell"):
        sweep(POOL, OVER, items=ITEMS, keep=keep)
    assert keep.read_text(encoding="utf-8") == "my notes\n"


def test_a_dead_worker_is_the_machines_fault() -> None:
    """And says that a second start goes on."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        executor.submit(os._exit, 1).exception()
        with pytest.raises(RunError, match="start again for the rest"):
            sweep(POOL, OVER, items=ITEMS, executor=executor)


@pytest.mark.parametrize(("items", "level"), [(0, 0.95), (10, 0.0), (10, 1.0)])
def test_nonsense_is_refused(items: int, level: float) -> None:
    """Before anything is run."""
    with pytest.raises(ValueError, match="at least one item"):
        sweep(POOL, OVER, items=items, level=level)
