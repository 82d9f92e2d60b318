"""Workers that are down for repair.

Law: a worker that is down takes nothing, is woken by nothing, and is back when it is repaired.
"""

import itertools

from crew import LIMIT_S, Crew
from lines import HOUR_NS, SECOND_NS, Served, Watched, at_once, happens, line_of, rested
from queuetwin.model.records.run import Left
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.realrun.pacing.pacer import clock

MS = 1_000_000
FAR_S = 1e9


def outages_of(*spells: tuple[float, float]) -> Outages:
    """Up times and repairs (seconds), and then up for ever."""
    return Outages(itertools.chain(spells, itertools.repeat((FAR_S, 1.0))).__next__, "resumed")


def goes_down(line: Watched, worker: int) -> bool:
    """Whether a worker comes to sleep elsewhere than among the idle."""
    slot = line.slots[worker]
    while line.sleeps(worker):
        with line.mutex:
            if slot.asleep and slot not in line.lane.idle:
                return True
    return False


def test_a_worker_that_is_down_takes_nothing_until_it_is_back(crew: Crew) -> None:
    """Items wait for it, and it starts none before its repair is over."""
    origin = clock()
    line = line_of(outages=[outages_of((0.0, 0.03))], origin=origin)
    assert at_once(line.offer, 0) and at_once(line.offer, 1)
    worker = Served(crew, line, most=2)
    crew.gather()
    assert worker.items == [0, 1]
    assert all(entry[3] >= origin + 30 * MS for entry in worker.entries)


def test_an_idle_worker_goes_down_and_is_woken_by_nothing(crew: Crew) -> None:
    """All that comes meanwhile is its colleague's."""
    line = line_of(workers=2, outages=[outages_of((0.01, FAR_S)), outages_of()], origin=clock())
    first = Served(crew, line, 0)
    assert goes_down(line, 0)
    second = rested(crew, line, 1)[1]
    for item in range(3):
        assert at_once(line.offer, item)
        assert happens(second.took)
    line.close()
    crew.gather()
    assert first.items == [] and second.items == [0, 1, 2]


def test_an_idle_worker_that_was_down_is_idle_again(crew: Crew) -> None:
    """From its return on, so its idle time begins anew, and then it may be woken."""
    line = line_of(outages=[outages_of((3600.0, 3600.0))], idle_timeout=HOUR_NS, origin=clock())
    worker, slot = rested(crew, line, 0)[0], line.slots[0]
    line.looks_up_at(3601, slot)
    assert goes_down(line, 0) and slot.idle_since is None
    before = clock()
    line.looks_up_at(7201, slot)
    assert line.sleeps(0)
    assert slot.idle_since >= before and list(line.lane.idle) == [slot]
    assert at_once(line.offer, 0)
    assert happens(worker.took)
    assert line.attendance.presences == [], "who is down is present"
    line.close()
    crew.gather()


def test_a_worker_that_goes_down_when_it_is_woken_wakes_another(crew: Crew) -> None:
    """The item is not left to it."""
    line = line_of(workers=2, outages=[outages_of((1e6, FAR_S)), outages_of()], origin=clock())
    workers = rested(crew, line, 0, 1)
    line.moves_to(1e6 + 1)
    assert at_once(line.offer, 0)
    assert happens(workers[1].took)
    line.close()
    crew.gather()
    assert workers[0].items == [] and workers[1].items == [0]


def test_a_worker_that_is_down_when_the_number_falls_leaves_when_it_is_back(crew: Crew) -> None:
    """Until then it counts as present, and whoever is busy may stay."""
    line = line_of(
        workers=2,
        schedule=[(1, 1)],
        outages=[outages_of((0.0, 3600.0)), outages_of()],
        origin=clock(),
    )
    down = Served(crew, line, 0)
    assert goes_down(line, 0)
    assert at_once(line.offer, 0)
    assert at_once(line.take, 1)[0] == 0
    line.tick()
    assert line.left() == []
    line.looks_up_at(3601, line.slots[0])
    assert line.sleeps(0)
    assert line.left() == [(0, Left.SCHEDULE)]
    assert at_once(line.offer, 1)
    assert at_once(line.take, 1)[0] == 1
    line.close()
    crew.gather()
    assert down.items == []


def test_no_attempt_begins_while_its_worker_is_down(crew: Crew, tiny_switch_interval: None) -> None:
    """Four workers that are down half of the time: by the stamps each was up when it took."""
    spells = [[(0.0003 * (worker + 1), 0.0005)] * 4000 for worker in range(4)]
    origin = clock()
    line = line_of(workers=4, outages=[outages_of(*one) for one in spells], origin=origin)
    workers = [Served(crew, line, number) for number in range(4)]
    for item in range(600):
        assert line.offer(item)
    line.producer_done()
    assert line.wait_quiet(LIMIT_S)
    line.close()
    crew.gather()
    for number, worker in enumerate(workers):
        asked = outages_of(*spells[number])
        for entry in worker.entries:
            assert asked.back_from((entry[3] - origin) / SECOND_NS) is None
    assert sorted(item for worker in workers for item in worker.items) == list(range(600))
