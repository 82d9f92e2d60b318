"""The timekeeper: everything at its instant, in their order, under the lock, never before."""

import threading

from crew import Crew
from lines import HOUR_NS, Noticed, happens
from queuetwin.realrun.line.timekeeper import Timekeeper
from queuetwin.realrun.pacing.pacer import clock

MS = 1_000_000


class Kept:
    """A timekeeper, and what it brought about, when."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.keeper = Timekeeper(self.lock)
        self.resting = self.keeper._changed = Noticed(self.lock)
        self.happened: list[tuple[str, int]] = []

    def at(self, instant: int, name: str, *, last: bool = False) -> None:
        def happens() -> None:
            assert self.lock.locked()
            self.happened.append((name, clock()))
            if last:
                self.keeper.close()

        with self.lock:
            self.keeper.at(instant, happens)

    @property
    def names(self) -> str:
        return "".join(name for name, _ in self.happened)


def test_in_the_order_of_the_instants_whoever_was_first_to_ask(crew: Crew) -> None:
    """At one instant in the order in which they were asked for."""
    kept, now = Kept(), clock() - MS
    for instant, name in ((4, "d"), (1, "a"), (3, "c"), (1, "b"), (3, "e")):
        kept.at(now + instant, name)
    kept.at(now + 5, "f", last=True)
    crew.start(kept.keeper.run)
    crew.gather()
    assert kept.names == "abcedf"


def test_never_before(crew: Crew) -> None:
    """A millisecond apart, asked for in another order, partly while it runs."""
    kept, now = Kept(), clock()
    due = {name: now + number * MS for number, name in enumerate("abcdefghij")}
    for name in "jcae":
        kept.at(due[name], name)
    crew.start(kept.keeper.run)
    for name in "gibdfh":
        kept.at(due[name], name)
    kept.at(now + 10 * MS, "k", last=True)
    crew.gather()
    assert sorted(kept.names) == [*sorted(due), "k"]
    assert all(instant >= due.get(name, now) for name, instant in kept.happened)


def test_something_earlier_wakes_it(crew: Crew) -> None:
    """It sleeps without end, then for an hour, and then something is due now."""
    kept = Kept()
    crew.start(kept.keeper.run)
    assert happens(kept.resting.entered)
    kept.at(clock() + HOUR_NS, "z")
    assert happens(kept.resting.entered)
    kept.at(clock(), "a", last=True)
    crew.gather()
    assert kept.names == "a"


def test_what_happens_may_ask_for_more(crew: Crew) -> None:
    """Also for something that is due already: it comes next."""
    kept, now = Kept(), clock()

    def again() -> None:
        kept.keeper.at(now - 1, lambda: kept.happened.append(("b", 0)))

    with kept.lock:
        kept.keeper.at(now, again)
    kept.at(now, "c", last=True)
    crew.start(kept.keeper.run)
    crew.gather()
    assert kept.names == "bc"


def test_after_the_close_nothing_happens(crew: Crew) -> None:
    """Not even what was due before."""
    kept = Kept()
    kept.at(clock(), "a")
    with kept.lock:
        kept.keeper.close()
    crew.start(kept.keeper.run)
    crew.gather()
    assert kept.happened == []
