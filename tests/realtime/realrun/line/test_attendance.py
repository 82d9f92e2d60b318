"""Who is present: idle for too long, one too many, one too few.

Law: a worker that is absent takes nothing, one that goes finishes its item first, and with
nobody left and work to do the line closes by itself.
"""

import pytest

from crew import LIMIT_S, Crew
from lines import HOUR_NS, Served, at_once, happens, line_of, rested
from queuetwin.model.records.run import Left
from queuetwin.realrun.pacing.pacer import clock

MS = 1_000_000


# -- idle for too long ---------------------------------------------------------------------------


def test_a_worker_idle_for_too_long_leaves_for_good(crew: Crew) -> None:
    """Not before its time, and whoever asks for it again is sent home."""
    origin = clock()
    line = line_of(workers=2, idle_timeout=5 * MS, origin=origin)
    assert at_once(line.offer, 0)
    assert at_once(line.take, 1)[0] == 0
    worker = Served(crew, line, 0)
    crew.gather()
    assert worker.went_home and worker.items == []
    [(number, came, left, why)] = line.attendance.presences
    assert (number, came, why) == (0, origin, Left.IDLE_TIMEOUT)
    assert origin + 5 * MS <= left <= clock()
    assert at_once(line.take, 0) is None
    assert line.ended_early == "" and not line.wait_quiet(0)
    assert at_once(line.offer, 1)
    assert at_once(line.take, 1)[0] == 1


def test_when_the_last_has_left_and_work_remains_the_line_closes_by_itself(crew: Crew) -> None:
    """A producer that has more to offer is work; its next item is not let in."""
    line = line_of(workers=2, idle_timeout=2 * MS, origin=clock())
    workers = [Served(crew, line, number) for number in range(2)]
    assert line.wait_quiet(LIMIT_S)
    crew.gather()
    assert all(worker.went_home for worker in workers)
    assert line.ended_early == "no worker left"
    assert at_once(line.offer, 0) is None
    assert sorted(line.left()) == [(0, Left.IDLE_TIMEOUT), (1, Left.IDLE_TIMEOUT)]


def test_the_line_does_not_close_by_itself_when_all_is_done(crew: Crew) -> None:
    """Who leaves then leaves nothing behind."""
    line = line_of(idle_timeout=2 * MS, origin=clock())
    line.producer_done()
    Served(crew, line)
    crew.gather()
    assert line.wait_quiet(0) and line.ended_early == ""
    assert at_once(line.offer, 0) is not None


@pytest.mark.parametrize("waits", ["at the door", "for the last word"])
def test_the_close_for_want_of_workers_finds_everyone(crew: Crew, waits: str) -> None:
    """Producers, users and the timekeeper go home with the last worker."""
    line = line_of(users=1, capacity=1, idle_timeout=2 * MS, lanes=2, lane_of=[0, 1], workers=2,
                   routing="round-robin", origin=clock())  # fmt: skip
    heard: list = []
    crew.start(line.keep_time)
    # The first queue has no worker that comes: its own has left already.
    crew.start(line.take, 0).join(LIMIT_S)
    assert at_once(line.offer, 0) and at_once(line.offer, 1)
    if waits == "at the door":
        crew.start(lambda: heard.append(line.offer(2)))
        assert happens(line.blocked.joined)
    else:
        crew.start(lambda: heard.append(line.await_outcome(0) or None))
    second = Served(crew, line, 1)
    crew.gather()
    assert second.items == [1] and heard == [None]
    assert line.ended_early == "no worker left"


def test_an_item_that_comes_before_a_worker_has_gone_is_served(crew: Crew) -> None:
    """Its time is up, but it has not got the lock yet: the item wakes it, and it stays."""
    line = line_of(idle_timeout=MS, origin=clock())
    line.slots[0].late = lambda: line.offer(0)
    worker = Served(crew, line, most=1)
    crew.gather()
    assert worker.items == [0] and line.left() == []


def test_a_worker_whose_time_is_up_when_the_number_falls_leaves_once(crew: Crew) -> None:
    """By the schedule, which had the lock first; so it is not gone for good."""
    line = line_of(idle_timeout=MS, schedule=[(1, 0), (2, 1)], origin=clock())
    line.slots[0].late = line.tick
    worker = Served(crew, line, most=1)
    assert line.sleeps(0) and line.sleeps(0)
    assert line.left() == [(0, Left.SCHEDULE)]
    assert at_once(line.offer, 0)
    line.tick()
    crew.gather()
    assert worker.items == [0]


def test_idle_time_runs_on_after_a_waking_in_vain_and_begins_anew_after_an_item(
    crew: Crew,
) -> None:
    """What came to nothing is no work."""
    line = line_of(idle_timeout=HOUR_NS, patience=[[HOUR_NS] * 3], origin=clock())
    worker = rested(crew, line, 0)[0]
    since = line.slots[0].idle_since
    line.offer_in_vain(0)
    assert line.sleeps(0)
    assert line.slots[0].idle_since == since
    assert at_once(line.offer, 1)
    assert happens(worker.took) and line.sleeps(0)
    assert line.slots[0].idle_since >= worker.entries[0][3]
    line.close()
    crew.gather()


# -- more or fewer workers -----------------------------------------------------------------------


def test_when_the_number_falls_the_idle_leave_first_the_longest_idle_before(crew: Crew) -> None:
    """One of four remains idle, and it gets what comes; the busy one stays."""
    line = line_of(workers=5, schedule=[(1, 2)], origin=clock())
    assert at_once(line.offer, 0)
    assert at_once(line.take, 3)[0] == 0
    workers = rested(crew, line, 2, 4, 0, 1)
    line.tick()
    assert line.left() == [(2, Left.SCHEDULE), (4, Left.SCHEDULE), (0, Left.SCHEDULE)]
    assert [slot.number for slot in line.lane.idle] == [1]
    for item in (1, 2):
        assert at_once(line.offer, item)
        assert happens(workers[1].took)
    line.close()
    crew.gather()
    assert {number: worker.items for number, worker in workers.items() if worker.items} == {
        1: [1, 2]
    }


def test_a_busy_worker_finishes_its_item_and_then_leaves(crew: Crew) -> None:
    """The first to ask for more; the other stays, and serves what the first would have had."""
    line = line_of(workers=2, schedule=[(1, 1)], origin=clock())
    for item in range(3):
        assert at_once(line.offer, item)
    assert [at_once(line.take, worker)[0] for worker in (0, 1)] == [0, 1]
    line.tick()
    assert line.left() == []
    asked = clock()
    leaving = Served(crew, line, 1)
    assert line.sleeps(1)
    [(number, _, left, why)] = line.attendance.presences
    assert (number, why) == (1, Left.SCHEDULE) and left >= asked
    assert at_once(line.take, 0)[0] == 2
    line.close()
    crew.gather()
    assert leaving.items == []


def test_a_worker_that_was_woken_for_an_item_may_still_have_to_leave(crew: Crew) -> None:
    """The idle ones went first, it goes next; the item waits for whoever stays."""
    line = line_of(workers=3, schedule=[(1, 1)], origin=clock())
    assert at_once(line.offer, 0)
    assert at_once(line.take, 2)[0] == 0
    rested(crew, line, 0, 1)
    with line.mutex:
        line._accept(line.lane, 1, 1)
        line._shift(1)
    assert line.sleeps(0)
    assert line.left() == [(1, Left.SCHEDULE), (0, Left.SCHEDULE)]
    assert at_once(line.take, 2)[0] == 1
    line.close()
    crew.gather()


def test_when_the_number_rises_the_absent_come_and_take_work(crew: Crew) -> None:
    """What waited goes to them; the lowest numbers come."""
    line = line_of(workers=1, most_workers=4, schedule=[(1, 3)], origin=clock())
    workers = {number: Served(crew, line, number, most=1) for number in (1, 2, 3)}
    assert all(line.sleeps(number) for number in (1, 2, 3))
    for item in range(2):
        assert at_once(line.offer, item)
    assert not line.lane.idle and line.lane.waiting.size == 2
    before = clock()
    line.tick()
    assert happens(workers[1].took) and happens(workers[2].took)
    line.close()
    crew.gather()
    assert sorted(workers[1].items + workers[2].items) == [0, 1] and workers[3].items == []
    came = {number: at for number, at, _, _ in line.attendance.lasting(clock())}
    assert came.keys() == {0, 1, 2}
    assert min(came[1], came[2]) >= before


def test_nobody_comes_before_the_scheduled_instant(crew: Crew) -> None:
    """It is counted from the start of the run, by a timekeeper that runs."""
    origin = clock()
    line = line_of(most_workers=2, schedule=[(10 * MS, 2)], origin=origin)
    absent = rested(crew, line, 1)[1]
    assert at_once(line.offer, 0)
    crew.start(line.keep_time)
    assert happens(absent.took)
    line.close()
    crew.gather()
    assert absent.entries[0][3] >= line.slots[1].came >= origin + 10 * MS


def test_who_left_by_the_schedule_comes_back_and_serves(crew: Crew) -> None:
    """While nobody is there items wait, and the line does not give up: workers will come."""
    origin = clock()
    line = line_of(workers=2, schedule=[(1, 0), (2, 1), (3, 2)], origin=origin)
    workers = rested(crew, line, 1, 0, most=1)
    line.tick()
    assert line.left() == [(1, Left.SCHEDULE), (0, Left.SCHEDULE)]
    assert at_once(line.offer, 0) and at_once(line.offer, 1)
    assert line.ended_early == "" and not line.wait_quiet(0)
    line.tick()
    assert happens(workers[0].took)
    line.tick()
    assert happens(workers[1].took)
    crew.gather()
    end = clock()
    presences = line.attendance.lasting(end)
    assert [(number, why) for number, _, _, why in presences] == [
        (1, Left.SCHEDULE), (0, Left.SCHEDULE), (0, Left.STAYED), (1, Left.STAYED),
    ]  # fmt: skip
    assert [came == origin for _, came, _, _ in presences] == [True, True, False, False]
    assert [until == end for _, _, until, _ in presences] == [False, False, True, True]


def test_one_that_left_but_never_woke_is_back_as_if_it_had(crew: Crew) -> None:
    """It slept among the idle when it left; when it is back it idles from then on."""
    line = line_of(schedule=[(1, 0), (2, 1)], origin=clock(), idle_timeout=HOUR_NS)
    worker = rested(crew, line, 0)[0]
    line.tick()
    assert line.slots[0].idle_since is None and not line.lane.idle
    before = clock()
    line.tick()
    assert line.sleeps(0)
    assert line.slots[0].idle_since >= before and list(line.lane.idle) == [line.slots[0]]
    assert at_once(line.offer, 0)
    assert happens(worker.took)
    line.close()
    crew.gather()


def test_when_the_number_falls_to_nobody_for_good_the_line_closes(crew: Crew) -> None:
    """At once where all are idle, for a producer is not done."""
    line = line_of(workers=2, schedule=[(1, 0)], origin=clock())
    workers = rested(crew, line, 0, 1)
    line.tick()
    assert line.wait_quiet(0) and line.ended_early == "no worker left"
    crew.gather()
    assert all(worker.went_home for worker in workers.values())
    assert at_once(line.offer, 0) is None


def test_a_change_that_has_been_made_brings_nobody_any_more(crew: Crew) -> None:
    """Up to two, down to none: after that nobody is waited for."""
    line = line_of(most_workers=2, schedule=[(1, 2), (2, 0)], origin=clock())
    rested(crew, line, 0, 1)
    line.tick()
    assert line.sleeps(1)
    line.tick()
    assert line.wait_quiet(0) and line.ended_early == "no worker left"
    crew.gather()


def test_the_last_to_finish_closes_the_line_for_want_of_workers(crew: Crew) -> None:
    """What waits is not served any more."""
    line = line_of(workers=2, schedule=[(1, 0)], origin=clock())
    for item in range(3):
        assert at_once(line.offer, item)
    line.producer_done()
    assert [at_once(line.take, worker)[0] for worker in (0, 1)] == [0, 1]
    line.tick()
    first = Served(crew, line, 0)
    assert line.sleeps(0)
    assert line.ended_early == "" and not line.wait_quiet(0), "the other serves on"
    assert at_once(line.take, 1) is None
    assert line.wait_quiet(0) and line.ended_early == "no worker left"
    crew.gather()
    assert first.items == [] and line.left() == [(0, Left.SCHEDULE), (1, Left.SCHEDULE)]


def test_who_has_gone_for_good_does_not_come_back_when_the_number_rises(crew: Crew) -> None:
    """Another comes in its place; when all have gone the line does not wait for a rise."""
    line = line_of(most_workers=2, idle_timeout=2 * MS, schedule=[(1, 1), (2, 2)], origin=clock())
    absent = rested(crew, line, 1)[1]
    crew.start(line.take, 0).join(LIMIT_S)
    assert line.left() == [(0, Left.IDLE_TIMEOUT)]
    assert line.ended_early == "", "another will come"
    line.tick()
    assert line.wait_quiet(LIMIT_S)
    crew.gather()
    assert line.left() == [(0, Left.IDLE_TIMEOUT), (1, Left.IDLE_TIMEOUT)]
    assert absent.went_home and line.ended_early == "no worker left"
