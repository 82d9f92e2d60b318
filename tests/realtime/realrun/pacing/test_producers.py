"""Producers on a hand-made line: what they plan, what they offer, and when they have done."""

import threading

import pytest

from crew import Crew
from lines import at_once
from queuetwin.realrun.pacing.pacer import clock
from queuetwin.realrun.pacing.producers import PutLog, SendPlan, produce

MS = 1_000_000
HOUR_NS = 3_600_000 * MS


class Taking:
    """A line that takes, refuses or is closed, and whose users hear their last word late."""

    def __init__(self, *, refused: tuple[int, ...] = (), closes_at: int | None = None) -> None:
        self.refused, self.closes_at = refused, closes_at
        self.offered: list[tuple[int, int]] = []
        self.words: list[int] = []
        self.done = 0

    def offer(self, item: int) -> tuple[int, bool] | None:
        now = clock()
        self.offered.append((item, now))
        return None if item == self.closes_at else (now + 1, item not in self.refused)

    def await_outcome(self, user: int) -> int:
        word = clock() + MS if len(self.words) < 2 else 0
        self.words.append(word)
        return word

    def producer_done(self) -> None:
        self.done += 1


def plan_of(**changes) -> SendPlan:
    plain = {
        "producers": 1,
        "items": 4,
        "schedule": None,
        "gap": [0] * 10,
        "until_outcome": False,
        "end": HOUR_NS,
        "origin": clock(),
    }
    return SendPlan(**{**plain, **changes})


def puts_of(line: Taking, plan: SendPlan, number: int = 0) -> list[tuple[int, int, int, int, bool]]:
    log = PutLog()
    at_once(produce, number, plan, line, log, threading.Event())
    assert line.done == 1
    return log.puts


def test_by_schedule_nothing_is_offered_before_its_plan_and_lateness_does_not_add_up() -> None:
    """Each plan is an instant from the start, whatever the puts before it took."""
    plan = plan_of(schedule=[0, MS, MS, 3 * MS])
    line = Taking(refused=(2,))
    puts = puts_of(line, plan)
    assert [put[1] - plan.origin for put in puts] == [0, MS, MS, 3 * MS]
    assert all(planned <= offered <= answered for _, planned, offered, answered, _ in puts)
    assert [put[4] for put in puts] == [True, True, False, True]
    assert [(put[0], put[3]) for put in puts] == [(item, at + 1) for item, at in line.offered]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_producer_makes_its_own_items(number: int) -> None:
    """Every third of three."""
    puts = puts_of(Taking(), plan_of(producers=3, items=8), number)
    assert [put[0] for put in puts] == list(range(number, 8, 3))


def test_by_gap_the_next_plan_counts_from_the_answer() -> None:
    """Accepted or refused; the first from the start."""
    plan = plan_of(gap=[MS, 2 * MS, MS, 0])
    puts = puts_of(Taking(refused=(1,)), plan)
    answers = [plan.origin, *(put[3] for put in puts)]
    assert [put[1] for put in puts] == [
        answer + gap for answer, gap in zip(answers[:-1], plan.gap[:4], strict=True)
    ]


def test_a_user_plans_from_the_last_word_and_ends_without_one() -> None:
    """It asks after every put, a refused one too; 0 sends it home with items left to make."""
    plan = plan_of(until_outcome=True, gap=[MS, 2 * MS, 0, 0])
    line = Taking(refused=(0,))
    puts = puts_of(line, plan)
    assert [put[0] for put in puts] == [0, 1, 2] and len(line.words) == 3
    assert [put[1] for put in puts] == [
        plan.origin + MS, line.words[0] + 2 * MS, line.words[1],
    ]  # fmt: skip
    assert all(put[2] >= put[1] for put in puts)


@pytest.mark.parametrize("until_outcome", [False, True])
def test_what_would_be_planned_at_the_end_or_later_is_not_offered(until_outcome: bool) -> None:
    """The end itself is too late."""
    plan = plan_of(until_outcome=until_outcome, gap=[MS, HOUR_NS], end=HOUR_NS)
    assert [put[0] for put in puts_of(Taking(), plan)] == [0]
    plan = plan_of(until_outcome=until_outcome, gap=[HOUR_NS], end=HOUR_NS)
    assert puts_of(Taking(), plan) == []


def test_a_closed_line_ends_a_producer_and_its_put_has_no_answer() -> None:
    """What it offered is written down all the same."""
    line = Taking(closes_at=1)
    puts = puts_of(line, plan_of(until_outcome=True))
    assert [(put[0], put[3], put[4]) for put in puts][1:] == [(1, 0, False)]
    assert len(line.words) == 1


def test_a_stop_ends_the_wait_for_a_plan(crew: Crew) -> None:
    """The item is not offered, and the producer says that it is done."""
    line, log, stopping = Taking(), PutLog(), threading.Event()
    plan = plan_of(schedule=[0, HOUR_NS], items=2)
    crew.start(produce, 0, plan, line, log, stopping)
    stopping.set()
    crew.gather()
    assert len(log.puts) <= 1 and line.done == 1
