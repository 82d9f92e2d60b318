"""A worker's bell: a ring wakes who sleeps, once, and is never lost nor kept for later.

Law: after every sleep the bell is silent and the worker awake, whatever ended it.
"""

import threading

import pytest

from crew import Crew
from lines import HOUR_NS
from queuetwin.realrun.line.attendance import WorkerSlot
from queuetwin.realrun.pacing.pacer import clock


class Lock:
    """A lock around a sleep, with something that happens once it is let go, or before it is got."""

    def __init__(self, *, on_release=lambda: None, on_acquire=lambda: None) -> None:
        self.release, self.acquire = on_release, on_acquire


def assert_awake(slot: WorkerSlot) -> None:
    assert not slot.asleep and slot.wakeup.locked()


@pytest.mark.parametrize("until", [None, HOUR_NS])
def test_a_ring_between_the_lock_and_the_sleep_is_heard(until: int | None) -> None:
    """It comes when the lock is let go but the worker is not yet asleep."""
    slot = WorkerSlot(0)
    slot.sleep(Lock(on_release=slot.wake), until and clock() + until)
    assert_awake(slot)


def test_a_ring_between_the_end_of_the_sleep_and_the_lock_is_used_up() -> None:
    """Or the next sleep would end at once."""
    slot = WorkerSlot(0)
    slot.sleep(Lock(on_acquire=slot.wake), clock())
    assert_awake(slot)


def test_a_sleep_ends_at_its_instant_and_not_before() -> None:
    """Nobody rings."""
    slot = WorkerSlot(0)
    for ahead in (-5, 0, 1, 3_000_000):
        until = clock() + ahead
        slot.sleep(Lock(), until)
        assert clock() >= until
        assert_awake(slot)


def test_to_ring_for_who_is_awake_is_nothing() -> None:
    """Neither now nor at the next sleep."""
    slot = WorkerSlot(0)
    slot.wake()
    assert_awake(slot)
    until = clock() + 1_000_000
    slot.sleep(Lock(), until)
    assert clock() >= until
    assert_awake(slot)


def test_two_rings_are_one(crew: Crew) -> None:
    """The second finds the worker awake, though it has not got the lock yet."""
    slot = WorkerSlot(0)
    slot.sleep(Lock(on_release=lambda: (slot.wake(), slot.wake())), None)
    assert_awake(slot)


def test_rings_at_the_very_end_of_sleeps(crew: Crew, tiny_switch_interval: None) -> None:
    """Three thousand sleeps of 0 to 60 us against rings at any time: each ends in good order."""
    slot, lock, over = WorkerSlot(0), threading.Lock(), threading.Event()
    rang = 0

    def wake() -> None:
        nonlocal rang
        while not over.is_set():
            with lock:
                rang += slot.asleep
                slot.wake()

    def sleep() -> None:
        with lock:
            for number in range(3_000):
                slot.sleep(lock, clock() + number % 60 * 1_000)
                assert_awake(slot)
        over.set()

    crew.start(wake)
    crew.start(sleep)
    crew.gather()
    assert rang > 0
