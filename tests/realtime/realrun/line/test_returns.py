"""What comes back, and when all is quiet.

Law: nothing comes back before it is due, the longest due first, one at the door; the line is
quiet only when all is done, and then somebody says so.
"""

import pytest

from crew import LIMIT_S, Crew
from lines import HOUR_NS, Served, at_once, happens, line_of
from queuetwin.model.records.run import Outcome
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.realrun.pacing.pacer import clock

# -- what comes back -----------------------------------------------------------------------------


def test_what_is_due_now_is_not_kept_up_by_what_is_due_in_an_hour(crew: Crew) -> None:
    """The timekeeper sleeps for the later one, and is told of the earlier."""
    line = line_of()
    line.send_back(clock() + HOUR_NS, 0, 2)
    crew.start(line.keep_time)
    assert happens(line.resting.entered)
    worker = Served(crew, line)
    assert line.sleeps(0)
    line.send_back(clock(), 7, 3)
    assert happens(worker.took)
    line.close()
    crew.gather()
    assert [entry[:2] for entry in worker.entries] == [(7, 3)]
    assert [entry[:2] for entry in line.returned] == [(7, 3)]


def test_the_longest_due_comes_back_first(crew: Crew) -> None:
    """Whatever the order in which they were sent back; at one instant by item."""
    line, now = line_of(), clock()
    for item in (5, 4, 6):
        line.send_back(now - item, item, 2)
    line.send_back(now - 5, 3, 2)
    crew.start(line.keep_time)
    worker = Served(crew, line, most=4)
    for _ in range(4):
        assert happens(worker.took)
    line.close()
    crew.gather()
    assert worker.items == [6, 3, 5, 4]


def test_nothing_comes_back_before_it_is_due(crew: Crew) -> None:
    """Twenty attempts, due at random within 20 ms: none is accepted before its instant."""
    line, now = line_of(), clock()
    crew.start(line.keep_time)
    due = {item: now + (item * 7_919) % 20 * 1_000_000 for item in range(20)}
    for item, instant in due.items():
        line.send_back(instant, item, 2)
    worker = Served(crew, line)
    for _ in range(20):
        assert happens(worker.took)
    line.close()
    crew.gather()
    assert sorted(worker.items) == list(range(20))
    assert all(entry[2] >= due[entry[0]] for entry in worker.entries)


def test_the_return_line_has_one_item_at_the_door(crew: Crew) -> None:
    """The next comes to the door when that one is in, behind a producer that came meanwhile."""
    line, now = line_of(capacity=1), clock()
    assert at_once(line.offer, 0)
    for item in (1, 2, 3):
        line.send_back(now - 10 + item, item, 2)
    for _ in range(3):
        line.tick()
    assert line.blocked.order == [(1, 2)]
    producer = crew.start(line.offer, 4)
    for _ in range(2):
        assert happens(line.blocked.joined)
    assert [at_once(line.take, 0)[0] for _ in range(5)] == [0, 1, 4, 2, 3]
    producer.join(LIMIT_S)
    crew.gather()
    assert line.blocked.order == [(1, 2), (4, 1), (2, 2), (3, 2)]


def test_what_is_due_later_does_not_come_to_a_free_door() -> None:
    """That the item before it got in does not bring it back before its time."""
    line, now = line_of(capacity=1), clock()
    assert at_once(line.offer, 0)
    line.send_back(now - 1, 1, 2)
    line.send_back(now + HOUR_NS, 2, 2)
    line.tick()
    assert [at_once(line.take, 0)[0] for _ in range(2)] == [0, 1]
    assert line.blocked.order == [(1, 2)] and not line.lane.waiting.size


# -- quiet ---------------------------------------------------------------------------------------


def test_quiet_only_when_all_is_done(crew: Crew) -> None:
    """A producer at work, an item waiting, served, or coming back: each of them is no quiet."""
    line = line_of(capacity=1)
    assert not line.wait_quiet(0), "the producer is not done"
    assert at_once(line.offer, 0)
    line.producer_done()
    assert not line.wait_quiet(0), "an item waits"
    assert at_once(line.take, 0)
    assert not line.wait_quiet(0), "an item is served"
    line.send_back(clock(), 0, 2)
    worker = Served(crew, line, most=1)
    assert line.sleeps(0)
    assert not line.wait_quiet(0), "an item backs off"
    line.tick()
    assert happens(worker.took)
    assert not line.wait_quiet(0), "its second attempt is served"
    worker = Served(crew, line)
    assert line.wait_quiet(LIMIT_S) and line.wait_quiet(0)
    line.close()
    crew.gather()
    assert worker.items == []


def test_the_last_producer_to_be_done_says_that_it_is_quiet() -> None:
    """Nobody else has anything to do any more, and all have gone to rest."""
    line = line_of(producers=2)
    line.producer_done()
    assert not line.wait_quiet(0)
    line.producer_done()
    assert line.wait_quiet(0)


def test_no_quiet_while_a_return_is_at_the_door() -> None:
    """Its queue is full, and then another's item is served."""
    line = line_of(capacity=1, workers=2)
    assert at_once(line.offer, 0)
    line.send_back(clock(), 1, 2)
    line.tick()
    line.producer_done()
    assert not line.wait_quiet(0)
    assert at_once(line.take, 0)[:2] == (0, 1) and at_once(line.take, 1)[:2] == (1, 2)
    assert not line.wait_quiet(0)


@pytest.mark.parametrize("when_full", ["reject", "drop-oldest"])
def test_a_return_that_finds_no_place_keeps_the_line_exact(crew: Crew, when_full: str) -> None:
    """Refused, or let in for another that is dropped: afterwards the line is quiet."""
    line = line_of(capacity=1, when_full=when_full)
    assert at_once(line.offer, 0)
    line.send_back(clock(), 1, 2)
    line.producer_done()
    line.tick()
    assert not line.wait_quiet(0)
    worker = Served(crew, line)
    assert line.wait_quiet(LIMIT_S)
    line.close()
    crew.gather()
    [unserved] = line.unserved
    if when_full == "reject":
        assert worker.items == [0] and unserved[:3] == (1, 0, 0) and unserved[4] == Outcome.REJECTED
    else:
        assert worker.items == [1] and unserved[:2] == (0, 1) and unserved[4] == Outcome.DROPPED


def test_whoever_leaves_after_the_last_item_of_all_says_that_it_is_quiet(crew: Crew) -> None:
    """The number of workers fell while it served; nobody else is there to say so."""
    line = line_of(schedule=[(1, 0)])
    assert at_once(line.offer, 0)
    assert at_once(line.take, 0)
    line.producer_done()
    line.tick()
    assert not line.wait_quiet(0)
    Served(crew, line)
    assert line.wait_quiet(LIMIT_S) and line.ended_early == ""
    line.close()
    crew.gather()


def test_whoever_is_down_after_the_last_item_of_all_says_that_it_is_quiet(crew: Crew) -> None:
    """Nobody waits for its repair."""
    line = line_of(outages=[Outages(iter([(1e9, 3600.0)]).__next__, "failed")])
    assert at_once(line.offer, 0)
    assert at_once(line.take, 0)
    line.producer_done()
    line.moves_to(1e9 + 1)
    Served(crew, line)
    assert line.wait_quiet(LIMIT_S)
    line.close()
    crew.gather()
