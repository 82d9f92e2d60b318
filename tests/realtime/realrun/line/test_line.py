"""The line: who is served next and by whom, and that everyone goes home.

Law: whoever waits is woken by what it waits for, or by `close`.  The door is in test_door.py,
returns and quiet in test_returns.py, patience in test_patience.py, comings and goings of workers
in test_attendance.py and test_repairs.py, all of it at once in test_crowds.py.
"""

import pytest

from crew import Crew
from lines import HOUR_NS, Served, at_once, happens, line_of, rested
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.realrun.pacing.pacer import clock

# -- who is served next --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "served"),
    [
        ("fifo", [0, 1, 2, 3, 4, 5]),
        ("lifo", [5, 4, 3, 2, 1, 0]),
        ("priority", [2, 5, 1, 3, 0, 4]),
    ],
)
def test_the_order_of_service(order: str, served: list[int]) -> None:
    """First come, last come, or the most urgent; among equals who was accepted first."""
    line = line_of(order=order, priority=[7, 1, -2, 1, 7, -2])
    assert all(at_once(line.offer, item)[1] for item in range(6))
    assert [at_once(line.take, 0)[0] for _ in range(6)] == served


def test_a_more_urgent_item_that_comes_later_goes_first() -> None:
    """The head of the queue is that of the moment at which a worker takes it."""
    line = line_of(order="priority", priority=[1, 1, 0])
    assert at_once(line.offer, 0) and at_once(line.offer, 1)
    assert at_once(line.take, 0)[0] == 0
    assert at_once(line.offer, 2)
    assert [at_once(line.take, 0)[0] for _ in range(2)] == [2, 1]


def test_an_item_wakes_the_worker_that_is_idle_longest_and_no_other(crew: Crew) -> None:
    """Each sleeps on its own bell: three items wake three workers in the order of their rest."""
    line = line_of(workers=3)
    workers = rested(crew, line, 2, 0, 1, most=1)
    for item, number in enumerate((2, 0, 1)):
        assert [slot.number for slot in line.lane.idle] == [2, 0, 1][item:]
        assert at_once(line.offer, item)
        assert happens(workers[number].took)
    crew.gather()
    assert [workers[number].items for number in (2, 0, 1)] == [[0], [1], [2]]
    assert not any(slot.dozed.acquire(blocking=False) for slot in line.slots)


def test_a_worker_woken_in_vain_is_last_in_line(crew: Crew) -> None:
    """Its item has gone before it could take it: it sleeps again, behind those who rested on."""
    line = line_of(workers=3, patience=[[HOUR_NS] * 2])
    workers = rested(crew, line, 1, 2, 0, most=1)
    line.offer_in_vain(0)
    assert line.sleeps(1)
    assert [slot.number for slot in line.lane.idle] == [2, 0, 1]
    assert at_once(line.offer, 1)
    assert happens(workers[2].took)
    line.close()
    crew.gather()
    assert {number: worker.items for number, worker in workers.items()} == {1: [], 2: [1], 0: []}


def test_an_entry_says_how_many_are_busy() -> None:
    """With the one that takes it; who asks again is busy no more."""
    line = line_of(workers=3)
    for item in range(5):
        assert at_once(line.offer, item)
    assert [at_once(line.take, worker)[4] for worker in (0, 1, 1, 2, 0)] == [1, 2, 2, 3, 3]


def test_those_who_are_busy_at_other_queues_count_too() -> None:
    """What they cost each other does not end at a queue."""
    line = line_of(workers=3, lanes=3, lane_of=[0, 1, 2], routing="round-robin")
    for item in range(3):
        assert at_once(line.offer, item)
    assert [at_once(line.take, worker)[4] for worker in range(3)] == [1, 2, 3]


def test_stamps_are_in_the_order_of_what_happened() -> None:
    """Offered, accepted, taken: each instant of the clock lies between those around it."""
    line = line_of()
    before = clock()
    accepted, _ = at_once(line.offer, 0)
    between = clock()
    item, attempt, enqueued, taken, _ = at_once(line.take, 0)
    assert (item, attempt, enqueued) == (0, 1, accepted)
    assert before <= accepted <= between <= taken <= clock()


# -- close, and the last word --------------------------------------------------------------------


def test_close_sends_home_who_sleeps_and_who_comes(crew: Crew) -> None:
    """Idle, absent, or down: every worker gets nothing, and so does who asks afterwards."""
    up = Outages(iter([(1e9, 1.0)]).__next__, "resumed")
    down = Outages(iter([(0.0, 1e9)]).__next__, "resumed")
    line = line_of(workers=2, most_workers=3, outages=[up, down, up], idle_timeout=HOUR_NS)
    workers = [Served(crew, line, number) for number in range(3)]
    assert all(line.sleeps(number) for number in range(3))
    assert [slot.number for slot in line.lane.idle] == [0]
    line.close()
    line.close()
    crew.gather()
    assert all(worker.went_home for worker in workers)
    assert at_once(line.take, 1) is None


def test_close_sends_home_whoever_is_at_the_door(crew: Crew) -> None:
    """Two producers in front of a full queue learn that they were not let in."""
    line, got = line_of(capacity=1, producers=2), []
    assert at_once(line.offer, 0)
    for item in (1, 2):
        crew.start(lambda item=item: got.append(line.offer(item)))
        assert happens(line.blocked.joined)
    line.close()
    crew.gather()
    assert got == [None, None]
    assert at_once(line.offer, 3) is None and at_once(line.take, 0) is None
    assert line.unserved == [] and line.ended_early == ""


@pytest.mark.parametrize("backing_off", [False, True])
def test_close_sends_the_timekeeper_home(crew: Crew, backing_off: bool) -> None:
    """Whether nothing is to come or something in an hour, it ends."""
    line = line_of()
    if backing_off:
        line.send_back(clock() + HOUR_NS, 0, 2)
    crew.start(line.keep_time)
    assert happens(line.resting.entered)
    line.close()
    crew.gather()


def test_close_leaves_what_waits_unserved() -> None:
    """Nothing is taken any more, and nothing of it is said to have gone."""
    line = line_of()
    assert at_once(line.offer, 0)
    line.close()
    assert at_once(line.take, 0) is None
    assert line.unserved == []


def test_a_user_hears_the_last_word_on_its_own_items() -> None:
    """Item 4 of three users is the second one's, whoever tells, in the order of the words."""
    line = line_of(users=3, producers=3)
    for item, ended in ((4, 40), (0, 10), (1, 50), (5, 20)):
        line.notify_user(item, ended)
    assert [at_once(line.await_outcome, user) for user in (1, 1, 0, 2)] == [40, 50, 10, 20]


@pytest.mark.parametrize("when_full", ["reject", "drop-oldest"])
def test_a_user_hears_of_an_item_that_goes_unserved(when_full: str) -> None:
    """The instant is the one that is kept in the records."""
    line = line_of(users=2, producers=2, capacity=1, when_full=when_full)
    assert at_once(line.offer, 0) and at_once(line.offer, 1)
    [(item, _, _, instant, _)] = line.unserved
    assert item == (1 if when_full == "reject" else 0)
    assert at_once(line.await_outcome, item) == instant


def test_close_ends_every_users_wait(crew: Crew) -> None:
    """There will be no last word; 0 says so."""
    line, heard = line_of(users=2, producers=2), []
    for user in range(2):
        crew.start(lambda user=user: heard.append(line.await_outcome(user)))
    line.close()
    crew.gather()
    assert heard == [0, 0]
