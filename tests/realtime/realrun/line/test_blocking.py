"""The door: who gets in, in which order, and who goes when there is no room.

Law: at the door first come first served, nobody is overtaken, and no more wait than there are
places; of several queues each has its own door and its own workers.
"""

import itertools

import pytest

from crew import LIMIT_S, Crew
from lines import (
    Served,
    assert_first_come_first_served,
    at_once,
    happens,
    line_of,
    most_waiting,
    offer_all,
    rested,
)
from queuetwin.model.records.run import Outcome
from queuetwin.realrun.pacing.pacer import clock


def test_the_door_lets_in_by_order_of_arrival(crew: Crew) -> None:
    """Thirty producers in front of a full queue enter in the order in which they came."""
    line, answers = line_of(capacity=2, producers=30), {}

    def come(item: int) -> None:
        answers[item] = line.offer(item)

    assert at_once(line.offer, 100)[1] and at_once(line.offer, 101)[1]
    for item in range(30):
        crew.start(come, item)
        assert happens(line.blocked.joined)
    taken = [at_once(line.take, 0) for _ in range(32)]
    crew.gather()
    assert [entry[0] for entry in taken] == [100, 101, *range(30)]
    stamps = [answers[item][0] for item in range(30)]
    assert stamps == sorted(stamps) and all(answers[item][1] for item in range(30))
    assert stamps == [entry[2] for entry in taken[2:]]


@pytest.mark.parametrize("order", ["lifo", "priority"])
def test_the_door_is_first_come_first_served_whatever_the_order_inside(
    crew: Crew, order: str
) -> None:
    """The most urgent and the latest wait at the door like everyone."""
    line = line_of(capacity=1, order=order, priority=[5, 4, 3, 2, 1])
    assert at_once(line.offer, 0)
    for item in range(1, 5):
        crew.start(line.offer, item)
        assert happens(line.blocked.joined)
    assert [at_once(line.take, 0)[0] for _ in range(5)] == [0, 1, 2, 3, 4]
    crew.gather()


def test_a_place_is_given_at_the_instant_at_which_it_becomes_free(crew: Crew) -> None:
    """Under the same lock as the taking: nobody can come in between."""
    line, answers = line_of(capacity=1), []
    assert at_once(line.offer, 0)
    crew.start(lambda: answers.append(line.offer(1)))
    assert happens(line.blocked.joined)
    taken = at_once(line.take, 0)[3]
    assert line.lane.entered == [(0, 1), (1, 1)]
    crew.gather()
    assert answers[0][0] >= taken


def test_nobody_gets_past_the_door_in_a_crowd(crew: Crew, tiny_switch_interval: None) -> None:
    """Twelve producers and three workers at three places: no overtaking, in no order of events."""
    line = line_of(capacity=3, workers=3, producers=12)
    workers = [Served(crew, line, number) for number in range(3)]
    answers: list[list] = [[] for _ in range(12)]
    for number in range(12):
        crew.start(offer_all, line, range(number, 2400, 12), answers[number])
    assert line.wait_quiet(LIMIT_S)
    line.close()
    crew.gather()
    assert_first_come_first_served(line.lane)
    entries = [entry for worker in workers for entry in worker.entries]
    assert sorted(entry[0] for entry in entries) == list(range(2400))
    assert line.lane.deepest <= 3 and most_waiting(entries) <= 3
    accepted = {item: answer for log in answers for item, answer in log}
    assert all(accepted[entry[0]] == (entry[2], True) for entry in entries)
    by_acceptance = sorted(entries, key=lambda entry: entry[2])
    assert [entry[:2] for entry in by_acceptance] == line.lane.entered
    assert all(one[3] <= next_one[3] for one, next_one in itertools.pairwise(by_acceptance))
    assert all(entry[2] <= entry[3] for entry in entries)


# -- no room -------------------------------------------------------------------------------------


def test_a_full_line_refuses_at_once_if_it_refuses() -> None:
    """The item after the last place is refused, with the instant; a freed place is given again."""
    line = line_of(capacity=2, when_full="reject")
    before = clock()
    assert at_once(line.offer, 0)[1] and at_once(line.offer, 1)[1]
    instant, accepted = at_once(line.offer, 2)
    assert not accepted and before <= instant <= clock()
    assert at_once(line.take, 0)[0] == 0
    assert at_once(line.offer, 3)[1] and not at_once(line.offer, 4)[1]
    assert [(item, attempt) for item, attempt, *_ in line.unserved] == [(2, 0), (4, 0)]
    assert line.unserved[0] == (2, 0, 0, instant, Outcome.REJECTED)


@pytest.mark.parametrize("when_full", ["block", "reject", "drop-oldest"])
def test_without_a_limit_nothing_is_refused_and_nobody_waits(when_full: str) -> None:
    """A line without capacity takes whatever comes, in order."""
    line = line_of(when_full=when_full)
    assert all(at_once(line.offer, item)[1] for item in range(300))
    assert [at_once(line.take, 0)[0] for _ in range(300)] == list(range(300))
    assert line.unserved == []


@pytest.mark.parametrize(
    ("order", "priority", "dropped", "served"),
    [
        ("fifo", [0, 0, 0, 0], [0], [1, 2, 3]),
        ("fifo", [0, 9, 9, 0], [0], [1, 2, 3]),
        ("lifo", [0, 0, 0, 0], [0], [3, 2, 1]),
        ("priority", [1, 5, 5, 0], [1], [3, 0, 2]),
        ("priority", [0, 0, 0, 0], [0], [1, 2, 3]),
        ("priority", [1, 2, 3, 3], [2], [0, 1, 3]),
        ("priority", [1, 2, 3, 4], [3], [0, 1, 2]),
        ("priority", [-1, -1, -1, 0], [3], [0, 1, 2]),
    ],
)
def test_who_is_dropped(
    order: str, priority: list[int], dropped: list[int], served: list[int]
) -> None:
    """The earliest; by priority the least urgent, the newcomer too, among equals the earliest."""
    line = line_of(capacity=3, when_full="drop-oldest", order=order, priority=priority)
    answers = [at_once(line.offer, item) for item in range(4)]
    assert [item for item, *_ in line.unserved] == dropped
    assert [at_once(line.take, 0)[0] for _ in range(3)] == served
    assert [accepted for _, accepted in answers] == [True, True, True, dropped != [3]]


def test_what_is_written_of_a_dropped_item() -> None:
    """One that waited has its attempt and its acceptance; a newcomer has neither."""
    line = line_of(capacity=1, when_full="drop-oldest", order="priority", priority=[1, 0, 2])
    first, second, third = (at_once(line.offer, item) for item in range(3))
    waited, newcomer = line.unserved
    assert waited[:3] == (0, 1, first[0]) and first[0] <= waited[3] <= second[0]
    assert newcomer == (2, 0, 0, third[0], Outcome.DROPPED) and third[1] is False
    assert waited[4] == Outcome.DROPPED


# -- several queues ------------------------------------------------------------------------------


def lanes_of(line) -> list[list[int]]:
    """Which items each queue was given."""
    return [[item for item, _ in lane.entered] for lane in line.lanes]


def test_queues_in_turn() -> None:
    """The first item goes to the first queue, and a return takes its turn like everyone."""
    line = line_of(workers=3, lanes=3, lane_of=[0, 1, 2], routing="round-robin")
    for item in range(4):
        assert at_once(line.offer, item)
    line.send_back(clock(), 9, 2)
    line.tick()
    assert at_once(line.offer, 4)
    assert lanes_of(line) == [[0, 3], [1, 9], [2, 4]]


def test_the_shortest_queue_counts_who_is_served_and_who_is_at_the_door(crew: Crew) -> None:
    """Ties go to the first; a worker that asks again serves no more."""
    line = line_of(workers=2, lanes=2, lane_of=[0, 1], routing="shortest", capacity=2)
    assert at_once(line.offer, 0)
    assert at_once(line.take, 0)[0] == 0
    assert at_once(line.offer, 1), "to the second, for the first serves one"
    assert at_once(line.offer, 2), "to the first: one each"
    assert at_once(line.offer, 3) and at_once(line.offer, 4)
    assert lanes_of(line) == [[0, 2, 4], [1, 3]]
    crew.start(line.offer, 5)
    assert happens(line.lanes[1].blocked.joined), "three in the first, two in the second, both full"
    crew.start(line.offer, 6)
    assert happens(line.lanes[0].blocked.joined), "three each: who is at the door counts"
    assert at_once(line.take, 0)[0] == 2
    crew.start(line.offer, 7)
    assert happens(line.lanes[0].blocked.joined), "a worker that asks again serves no more"
    line.close()
    crew.gather()


def test_routing_at_random_follows_the_draws_of_each_attempt() -> None:
    """A uniform draw picks a queue: one for the first attempt, another for the second."""
    route = [[0.0, 0.3333, 0.3334, 0.9999999999999999], [0.5, 0.5, 0.5, 0.0]]
    line = line_of(workers=3, lanes=3, lane_of=[0, 1, 2], routing="random", route=route)
    for item in range(4):
        assert at_once(line.offer, item)
    for item in range(4):
        line.send_back(clock(), item, 2)
        line.tick()
    assert lanes_of(line) == [[0, 1, 3], [2, 0, 1, 2], [3]]


def test_each_queue_has_its_own_workers_and_places(crew: Crew) -> None:
    """A full queue holds its producer back, though the other has room and an idle worker."""
    line = line_of(workers=2, lanes=2, lane_of=[0, 1], capacity=1, routing="random",
                   route=[[0.0, 0.0, 0.9]])  # fmt: skip
    second = rested(crew, line, 1)[1]
    assert at_once(line.offer, 0)
    held_back = crew.start(line.offer, 1)
    assert happens(line.lanes[0].blocked.joined)
    assert at_once(line.offer, 2)
    assert happens(second.took)
    assert held_back.is_alive() and second.items == [2]
    assert at_once(line.take, 0)[0] == 0
    held_back.join(LIMIT_S)
    line.close()
    crew.gather()


def test_the_return_line_stands_at_one_door_at_a_time() -> None:
    """What is due for an empty queue waits for what stands before the full one."""
    line = line_of(workers=2, lanes=2, lane_of=[0, 1], capacity=1, routing="random",
                   route=[[0.0] * 4, [0.0, 0.0, 0.9, 0.9]])  # fmt: skip
    now = clock()
    assert at_once(line.offer, 0)
    for item in (1, 2, 3):
        line.send_back(now - 10 + item, item, 2)
        line.tick()
    assert line.lanes[0].blocked.order == [(1, 2)] and not line.lanes[1].waiting.size
    assert at_once(line.take, 0)[0] == 0
    assert line.lanes[1].entered == [(2, 2)] and line.lanes[1].blocked.order == [(3, 2)]
    assert [at_once(line.take, 1)[0] for _ in range(2)] == [2, 3]
    assert at_once(line.take, 0)[0] == 1
