"""The waiting line against a plain list: the same entries, in the same order, whatever comes."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queuetwin.model.language.stage import Order
from queuetwin.model.rules.queue_discipline import Waiting

SETTINGS = settings(derandomize=True, deadline=None, max_examples=300)
orders = st.sampled_from(["fifo", "lifo", "priority"])
priorities = st.integers(-3, 3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("push"), priorities),
        st.tuples(st.just("pop"), st.just(0)),
        st.tuples(st.just("remove"), st.integers(0, 40)),
        st.tuples(st.just("drop"), priorities),
        st.tuples(st.just("clear"), st.just(0)),
    ),
    max_size=60,
)


@dataclass
class Plain:
    """Entries (number, priority) in the order of their acceptance."""

    order: Order
    entries: list[tuple[int, int]]

    def urgency(self, entry: tuple[int, int]) -> int:
        return entry[1] if self.order == "priority" else 0

    def next(self) -> tuple[int, int]:
        if self.order == "lifo":
            return self.entries[-1]
        return min(self.entries, key=self.urgency)

    def to_drop(self, newcomer: int) -> tuple[int, int] | None:
        if not self.entries:
            return None
        least = max(self.entries, key=self.urgency)
        return None if self.urgency((-1, newcomer)) > self.urgency(least) else least


@pytest.mark.slow
@given(orders, steps)
@SETTINGS
def test_it_does_what_a_plain_list_does(order: Order, done: list[tuple[str, int]]) -> None:
    """Pushed, popped, removed from the midst, dropped and cleared, in any order."""
    waiting, plain = Waiting[int](order), Plain(order, [])
    came: list[tuple[int, int]] = []
    for what, value in done:
        if what == "push":
            entry = (len(came), value)
            came.append(entry)
            plain.entries.append(entry)
            waiting.push(*entry)
        elif what == "pop" and plain.entries:
            entry = plain.next()
            plain.entries.remove(entry)
            assert waiting.pop() == entry[0]
        elif what == "remove" and value < len(came):
            waits = came[value] in plain.entries
            assert waiting.remove(*came[value]) is waits
            if waits:
                plain.entries.remove(came[value])
        elif what == "drop":
            entry = plain.to_drop(value)
            assert waiting.to_drop(value) == (entry and entry[0])
        elif what == "clear":
            plain.entries.clear()
            waiting.clear()
        assert len(waiting) == len(plain.entries)
    rest = []
    while plain.entries:
        rest.append(plain.next())
        plain.entries.remove(rest[-1])
    assert [waiting.pop() for _ in range(len(waiting))] == [number for number, _ in rest]


@pytest.mark.parametrize("order", ["fifo", "lifo", "priority"])
def test_nobody_waits(order: Order) -> None:
    """There is none to serve, to drop or to remove, before and after."""
    waiting = Waiting[str](order)
    for _ in range(2):
        assert len(waiting) == 0
        assert waiting.to_drop(5) is None
        assert waiting.remove("a", 5) is False
        with pytest.raises(KeyError, match="nobody waits"):
            waiting.pop()
        waiting.push("a", 5)
        assert waiting.pop() == "a"


@pytest.mark.parametrize(("order", "newcomer"), [("fifo", 9), ("lifo", -9), ("priority", 1)])
def test_who_is_to_drop_still_waits(order: Order, newcomer: int) -> None:
    """To ask changes nothing."""
    waiting = Waiting[str](order)
    waiting.push("a", 1)
    waiting.push("b", 1)
    assert waiting.to_drop(newcomer) == waiting.to_drop(newcomer) == "a"
    assert len(waiting) == 2 and waiting.remove("a", 1)


def test_without_priorities_they_are_not_looked_at() -> None:
    """An entry may be removed under another than it came with."""
    waiting = Waiting[str]("fifo")
    waiting.push("a", 9)
    waiting.push("b", 1)
    assert waiting.remove("a", 1) and waiting.pop() == "b"
