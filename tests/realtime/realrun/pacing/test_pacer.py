"""The pacer: never early, never held up by a stop, never spinning for more than 20 us.

Law: no test here says how late a wait may be; that is what a run's certificate is for.
"""

import itertools
import signal
import sys
import threading
from collections.abc import Callable

import pytest

from crew import Crew
from queuetwin.realrun.pacing import pacer
from queuetwin.realrun.pacing.pacer import (
    SPIN_NS,
    clock,
    sharpen_timer,
    sleep_until,
    wait_until,
)

MS = 1_000_000
HOUR_NS = 3_600_000 * MS
Wait = Callable[[int, threading.Event], None]

both = pytest.mark.parametrize("wait", [sleep_until, wait_until])
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's own clock calls")


class FakeTime:
    """A clock that moves by sleeping, and by 1 us with each look at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000 * MS
        self.looks = 0
        self.slept_to: list[int] = []
        monkeypatch.setattr(pacer, "clock", self.look)
        monkeypatch.setattr(pacer, "_sleep_to", self.sleep_to)

    def look(self) -> int:
        self.looks += 1
        assert self.looks < 1_000, "spins without end"
        self.now += 1_000
        return self.now

    def sleep_to(self, deadline: int) -> None:
        self.slept_to.append(deadline)
        self.now = max(self.now, deadline)


@both
@pytest.mark.parametrize("ahead", [0, 5_000, 2 * MS, 130 * MS])
def test_never_early(wait: Wait, ahead: int) -> None:
    """Whether the deadline is now, within the spin, short, or long enough to be cut in two."""
    deadline = clock() + ahead
    wait(deadline, threading.Event())
    assert clock() >= deadline


@both
def test_a_past_deadline_does_not_sleep(wait: Wait, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catching up needs no special case."""
    time = FakeTime(monkeypatch)
    wait(time.now - 5 * MS, threading.Event())
    assert time.slept_to == []


def test_it_sleeps_to_the_deadline_itself_and_spins_only_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sleep is absolute and ends 20 us early; the spin takes no more than those."""
    time = FakeTime(monkeypatch)
    deadline = time.now + 5 * MS
    wait_until(deadline, threading.Event())
    assert time.slept_to == [deadline - SPIN_NS] and SPIN_NS == 20_000
    assert time.now >= deadline
    assert time.looks <= 1 + SPIN_NS // 1_000 + 1


@both
def test_a_stop_ends_a_long_wait(wait: Wait, crew: Crew) -> None:
    """Who waits for an instant an hour away returns when the run is stopped, and does not spin."""
    stopping = threading.Event()
    crew.start(wait, clock() + HOUR_NS, stopping)
    stopping.set()
    crew.gather()


@both
def test_a_stop_that_came_before_ends_it_at_once(
    wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a sleep nor a spin follows."""
    time, stopping = FakeTime(monkeypatch), threading.Event()
    stopping.set()
    wait(time.now + HOUR_NS, stopping)
    assert time.slept_to == [] and time.looks <= 2


@linux
def test_a_signal_does_not_cut_a_sleep_short() -> None:
    """Interrupted by a timer again and again, it sleeps on to the same deadline."""
    hits = itertools.count()
    before = signal.signal(signal.SIGALRM, lambda *_: next(hits))
    signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
    try:
        deadline = clock() + 40 * MS
        sleep_until(deadline, threading.Event())
        assert clock() >= deadline
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert next(hits) > 0


@linux
def test_any_other_failure_of_the_sleep_is_raised() -> None:
    """A call that cannot succeed is no endless loop."""
    with pytest.raises(OSError, match="clock_nanosleep"):
        pacer._sleep_to(-1)


@linux
def test_the_timer_is_sharpened_for_its_thread(crew: Crew) -> None:
    """The kernel delays this thread's timers by 1 ns instead of 50 us."""
    get_timer_slack, slack = 30, []

    def life() -> None:
        sharpen_timer()
        slack.append(pacer._LIBC.prctl(get_timer_slack, 0, 0, 0, 0))

    crew.start(life)
    crew.gather()
    assert slack == [1]
