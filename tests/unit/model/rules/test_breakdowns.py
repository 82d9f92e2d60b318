"""Outages: when a worker is down, whatever is asked in which order, and what an attempt suffers."""

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.language.stage import AfterOutage
from queuetwin.model.rules.breakdowns import Outages

SETTINGS = settings(derandomize=True, deadline=None, max_examples=300)
# Quarters, so that all sums are exact.
quarters = st.integers(0, 40).map(lambda count: count / 4)
lengths = st.integers(1, 20).map(lambda count: count / 4)
spells = st.lists(st.tuples(lengths, lengths), max_size=12)
rules = st.sampled_from(["resumed", "restarted", "failed"])


def outages_of(spells: Sequence[tuple[float, float]], rule: AfterOutage = "resumed") -> Outages:
    """These up times and repairs, and then up for ever."""
    return Outages(itertools.chain(spells, itertools.repeat((1e9, 1.0))).__next__, rule)


def downs_of(spells: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """From when to when it is down."""
    found, now = [], 0.0
    for up, repair in [*spells, (1e9, 1.0)]:
        found.append((now + up, now + up + repair))
        now += up + repair
    return found


@pytest.mark.slow
@given(spells, st.lists(quarters.map(lambda time: time * 8), min_size=1, max_size=20))
@SETTINGS
def test_down_from_its_beginning_until_before_its_end(
    spells: list[tuple[float, float]], instants: list[float]
) -> None:
    """Whatever the order in which instants are asked for."""
    outages, downs = outages_of(spells), downs_of(spells)
    for now in instants:
        inside = [back for down, back in downs if down <= now < back]
        assert outages.back_from(now) == (inside[0] if inside else None)
        if not inside:
            assert outages.next_down(now) == next(d for d, back in downs if back > now)


@pytest.mark.slow
@given(spells, rules, quarters.map(lambda time: time * 4), quarters)
@SETTINGS
def test_what_becomes_of_an_attempt(
    spells: list[tuple[float, float]], rule: AfterOutage, start: float, length: float
) -> None:
    """Replayed quarter by quarter of a second: work is done only while the worker is up."""
    outages = outages_of(spells, rule)
    if outages.back_from(start) is None:
        assert outages.end(start, length) == replayed(dict(downs_of(spells)), rule, start, length)


def replayed(
    downs: dict[float, float], rule: AfterOutage, now: float, length: float
) -> tuple[float, bool]:
    """When an attempt ends and whether it fails; `downs` from when to when."""
    left = length
    while left > 0:
        if now in downs:
            if rule == "failed":
                return now, True
            now, left = downs[now], length if rule == "restarted" else left
        now, left = now + 0.25, left - 0.25
    return now, False


@pytest.mark.parametrize(
    ("rule", "end"),
    [("resumed", (14.0, False)), ("restarted", (16.0, False)), ("failed", (10.0, True))],
)
def test_an_outage_that_is_repaired_at_once_hits_all_the_same(
    rule: AfterOutage, end: tuple[float, bool]
) -> None:
    """But nobody is ever seen down."""
    outages = outages_of([(10.0, 0.0)], rule)
    assert outages.end(8.0, 6.0) == end
    assert outages.back_from(10.0) is None


@pytest.mark.parametrize(
    ("rule", "end", "fails"), [("resumed", 17.0, False), ("restarted", 22.0, False),
                               ("failed", 10.0, True)]
)  # fmt: skip
def test_an_attempt_that_two_outages_hit(rule: AfterOutage, end: float, fails: bool) -> None:
    """Down from 10 to 12 and from 13 to 14; an attempt of 8 that begins at 6."""
    outages = outages_of([(10.0, 2.0), (1.0, 1.0)], rule)
    assert outages.end(6.0, 8.0) == (end, fails)


@pytest.mark.parametrize("rule", ["resumed", "restarted", "failed"])
def test_an_outage_at_the_very_end_does_not_hit(rule: AfterOutage) -> None:
    """The attempt has ended when it begins."""
    assert outages_of([(10.0, 2.0)], rule).end(8.0, 2.0) == (10.0, False)
    assert outages_of([(10.0, 2.0)], rule).end(12.0, 2.0) == (14.0, False)


def test_outages_are_made_only_as_far_as_they_are_asked_for() -> None:
    """So a run draws no more than it needs, in order."""
    drawn = itertools.count(1)
    outages = Outages(lambda: (10.0, float(next(drawn) * 0)), "resumed")
    assert outages.next_down(0.0) == 10.0
    assert next(drawn) == 2
    assert outages.next_down(35.0) == 40.0
    assert next(drawn) == 6


def test_an_attempt_that_no_up_time_is_long_enough_for_is_refused() -> None:
    """It is said which key is at fault, and the draws come to an end."""
    outages = Outages(itertools.repeat((1.0, 1.0)).__next__, "restarted")
    with pytest.raises(ScenarioError, match=r"workers\.breakdown.*restarted for ever"):
        outages.end(0.0, 2.0)


def test_a_long_run_with_many_outages_is_no_endless_restart() -> None:
    """An attempt late in a long run may be restarted as often as one at the beginning."""
    spells = itertools.chain(itertools.repeat((1.0, 1.0), 150_000), [(3.0, 1.0)])
    outages = Outages(spells.__next__, "restarted")
    now = 2.0 * 149_998
    assert outages.back_from(now) is None
    assert outages.end(now + 0.5, 2.0) == (300_002.0, False)


def test_a_worker_may_be_up_for_ever() -> None:
    """An outage that never comes hits nothing."""
    outages = Outages(lambda: (math.inf, 1.0), "failed")
    assert outages.back_from(1e12) is None
    assert outages.next_down(0.0) == math.inf
    assert outages.end(5.0, 1e9) == (1e9 + 5.0, False)
