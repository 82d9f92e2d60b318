"""Patience: whoever has waited too long leaves, never before, and its place is free at once."""

import pytest

from crew import LIMIT_S, Crew
from lines import HOUR_NS, Served, at_once, happens, line_of
from queuetwin.model.records.run import Outcome
from queuetwin.realrun.pacing.pacer import clock

MS = 1_000_000
HOURS = [[HOUR_NS] * 10]


def test_an_item_leaves_from_the_midst_of_the_queue() -> None:
    """The others keep their order."""
    line = line_of(patience=[[3 * HOUR_NS, HOUR_NS, 2 * HOUR_NS]])
    accepted = [at_once(line.offer, item)[0] for item in range(3)]
    line.tick()
    [unserved] = line.unserved
    assert unserved[:3] == (1, 1, accepted[1]) and unserved[4] == Outcome.ABANDONED
    assert unserved[3] <= clock()
    assert [at_once(line.take, 0)[0] for _ in range(2)] == [0, 2]


def test_its_place_goes_to_the_producer_at_the_door(crew: Crew) -> None:
    """At once, and with a patience of its own from then on."""
    line, answers = line_of(capacity=1, patience=HOURS), []
    assert at_once(line.offer, 0)
    crew.start(lambda: answers.append(line.offer(1)))
    assert happens(line.blocked.joined)
    line.tick()
    crew.gather()
    assert answers[0] >= (line.unserved[0][3], True)
    line.tick()
    assert [item for item, *_ in line.unserved] == [0, 1] and not line.lane.waiting.size


def test_its_place_goes_to_the_return_at_the_door() -> None:
    """And the next one that is due comes to the door."""
    line, now = line_of(capacity=1, patience=[*HOURS, *HOURS]), clock()
    assert at_once(line.offer, 0)
    for item in (1, 2):
        line.send_back(now - 10 + item, item, 2)
        line.tick()
    line.tick()
    assert [item for item, *_ in line.unserved] == [0]
    assert line.lane.entered == [(0, 1), (1, 2)] and line.blocked.order == [(1, 2), (2, 2)]


def test_an_expired_head_is_not_served_however_late_the_timekeeper_is() -> None:
    """A worker passes over it, says so, and takes the next."""
    line = line_of(patience=[[1, 1, HOUR_NS]])
    accepted = [at_once(line.offer, item)[0] for item in range(3)]
    entry = at_once(line.take, 0)
    assert entry[0] == 2
    assert [unserved[:3] for unserved in line.unserved] == [
        (0, 1, accepted[0]),
        (1, 1, accepted[1]),
    ]
    assert all(
        unserved[3] <= entry[3] and unserved[4] == Outcome.ABANDONED for unserved in line.unserved
    )
    for _ in range(3):
        line.tick()
    assert len(line.unserved) == 2


def test_the_place_of_an_expired_head_is_free_at_once(crew: Crew) -> None:
    """Who was at the door is in, and served by the same worker."""
    line = line_of(capacity=1, patience=[[1, HOUR_NS]])
    assert at_once(line.offer, 0)
    crew.start(line.offer, 1)
    assert happens(line.blocked.joined)
    assert at_once(line.take, 0)[0] == 1
    crew.gather()


def test_who_is_served_loses_no_patience() -> None:
    """However long the service takes, and even where the worker has not asked again."""
    line = line_of(patience=[[HOUR_NS]])
    assert at_once(line.offer, 0)
    assert at_once(line.take, 0)[0] == 0
    line.tick()
    assert line.unserved == []


def test_each_attempt_has_its_own_patience() -> None:
    """The second counts from its own acceptance, and the end of the first is nothing to it."""
    line = line_of(patience=[[2 * HOUR_NS] * 2, [HOUR_NS, 3 * HOUR_NS]])
    for item in range(2):
        assert at_once(line.offer, item)
    assert [at_once(line.take, 0)[:2] for _ in range(2)] == [(0, 1), (1, 1)]
    for item in range(2):
        line.send_back(clock(), item, 2)
        line.tick()
    line.tick()
    assert [unserved[:2] for unserved in line.unserved] == [(0, 2)]
    line.tick()
    line.tick()
    assert line.lane.waiting.size == 1, "the first attempts' patience has ended"
    line.tick()
    assert [unserved[:2] for unserved in line.unserved] == [(0, 2), (1, 2)]


def test_a_worker_asks_for_the_patience_of_the_attempt() -> None:
    """The second has none left where the first would have."""
    line = line_of(patience=[[HOUR_NS] * 2, [1] * 2])
    assert at_once(line.offer, 0)
    assert at_once(line.take, 0)[:2] == (0, 1)
    line.send_back(clock(), 0, 2)
    line.tick()
    assert at_once(line.offer, 1)
    assert at_once(line.take, 0)[:2] == (1, 1)
    assert [unserved[:2] for unserved in line.unserved] == [(0, 2)]


@pytest.mark.parametrize("by", ["timekeeper", "worker"])
def test_the_last_that_leaves_leaves_the_line_quiet(crew: Crew, by: str) -> None:
    """Whoever sees it go."""
    line = line_of(patience=[[HOUR_NS if by == "timekeeper" else 1]])
    assert at_once(line.offer, 0)
    line.producer_done()
    assert not line.wait_quiet(0)
    if by == "timekeeper":
        line.tick()
    else:
        Served(crew, line)
    assert line.wait_quiet(LIMIT_S)
    line.close()
    crew.gather()
    assert [item for item, *_ in line.unserved] == [0]


def test_a_user_hears_when_its_item_leaves() -> None:
    """It turns to its next one then."""
    line = line_of(users=1, patience=[[HOUR_NS]])
    assert at_once(line.offer, 0)
    line.tick()
    assert at_once(line.await_outcome, 0) == line.unserved[0][3]


def test_nobody_leaves_before_its_patience_ends_and_nobody_is_served_after(
    crew: Crew, tiny_switch_interval: None
) -> None:
    """Three hundred items with 0 to 4 ms of patience, two workers, four places."""
    patience = [(item * 7_919) % 5 * MS for item in range(300)]
    line = line_of(capacity=4, workers=2, producers=3, patience=[patience])
    crew.start(line.keep_time)
    for number in range(3):
        crew.start(produce, line, range(number, 300, 3))
    workers = [Served(crew, line, number) for number in range(2)]
    assert line.wait_quiet(LIMIT_S)
    line.close()
    crew.gather()
    served = [entry for worker in workers for entry in worker.entries]
    assert all(taken < enqueued + patience[item] for item, _, enqueued, taken, _ in served)
    assert all(left >= enqueued + patience[item] for item, _, enqueued, left, _ in line.unserved)
    assert {how for *_, how in line.unserved} == {Outcome.ABANDONED}
    assert sorted(one[0] for one in (*served, *line.unserved)) == list(range(300))


def produce(line, items: range) -> None:
    for item in items:
        assert line.offer(item)[1]
    line.producer_done()
