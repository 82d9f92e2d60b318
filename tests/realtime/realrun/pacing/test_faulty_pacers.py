"""Pacers that are wrong on purpose: they do what they are planted for, and end with the run."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from builders import poisson
from queuetwin.model import Workload
from queuetwin.realrun import execute
from queuetwin.realrun.pacing import faulty_pacers
from queuetwin.realrun.pacing.faulty_pacers import RelativeSleep, wait_spinning
from queuetwin.realrun.pacing.pacer import clock

MS = 1_000_000


def test_a_relative_sleeper_keeps_every_delay() -> None:
    """It sleeps the plan's gap from wherever it is, never catching up."""
    wait, going = RelativeSleep(), threading.Event()
    start = clock()
    wait(start, going)
    late = start - 50 * MS
    wait(late, going)
    before = clock()
    wait(late + 5 * MS, going)
    assert clock() - before >= 5 * MS
    assert clock() > late + 10 * MS


def test_each_producer_sleeps_its_own_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread's last instant is not this one's."""
    slept: list[float] = []
    monkeypatch.setattr(faulty_pacers, "time", SimpleNamespace(sleep=slept.append))
    wait, going = RelativeSleep(), threading.Event()
    now = clock()
    wait(now - 3 * MS, going)
    thread = threading.Thread(target=wait, args=(now, going))
    thread.start()
    thread.join()
    assert slept == []
    wait(now, going)
    assert slept == [0.003]


def test_a_spinner_is_never_early_and_heeds_a_stop() -> None:
    """It spins the last part, unless the run stops."""
    deadline = clock() + MS
    wait_spinning(deadline, threading.Event())
    assert clock() >= deadline
    stopping = threading.Event()
    stopping.set()
    far = clock() + 3600 * 1000 * MS
    wait_spinning(far, stopping)
    assert clock() < far


def test_a_run_with_another_pacer_is_whole() -> None:
    """All items are sent, late ones too, and the order is kept."""
    pool = poisson("2k/s", "1ms", 4, {"items": 200})
    for pacer in (RelativeSleep(), wait_spinning):
        run = execute(pool, Workload.draw(pool), wait=pacer)
        assert run.header.ended == "complete"
        assert (np.diff(run.items["offered"]) > 0).all()


def test_the_plan_is_missed_by_more_and_more() -> None:
    """Each gap ends a timer's delay late, and the delays add up."""
    pool = poisson("2k/s", "10us", 4, {"items": 400})
    run = execute(pool, Workload.draw(pool), wait=RelativeSleep())
    late = run.items["offered"] - run.items["planned"]
    assert late[-50:].mean() > late[:50].mean()
