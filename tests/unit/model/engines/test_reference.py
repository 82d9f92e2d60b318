"""The reference model on hand-computed pools, above all the order at one instant.

Services of 1 s and instants that are exact in binary, so that every figure is compared as it is.
"""

from typing import Any

import numpy as np
import pytest

from builders import counts_of, pool, run_with
from queuetwin.model import Run, Workload, simulate
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Outcome


def column(run: Run, name: str) -> list[Any]:
    """A column of the attempts, in order of item and attempt."""
    return list(run.attempts[name].tolist())


def offered(run: Run) -> list[float]:
    return list(run.items["offered"].tolist())


TWENTY = pool({"items": 20, "queue": {"capacity": 10, "when_full": "reject"}, "workers.count": 3})


@pytest.mark.parametrize(("hand_off", "accepted"), [(0.0, 13), (2**-30, 10), (0.5, 10), (60.0, 10)])
def test_twenty_at_once_before_ten_places(hand_off: float, accepted: int) -> None:
    """An idle worker takes its item before the next arrives; a worker that must wake does not."""
    run = run_with(TWENTY, hand_off=hand_off)
    assert counts_of(run) == {"completed": accepted, "rejected": 20 - accepted}
    assert np.flatnonzero(run.items["outcome"] == Outcome.COMPLETED).tolist() == [*range(accepted)]


def test_one_slow_waker_costs_one_item() -> None:
    """The hand-off that counts is that of the acceptance that woke."""
    hand_off = np.zeros(20)
    hand_off[1] = 0.25
    run = run_with(TWENTY, hand_off=hand_off)
    assert counts_of(run) == {"completed": 12, "rejected": 8}


def test_a_worker_frees_its_place_before_an_arrival_of_that_instant() -> None:
    """With one worker and one place, equal gaps and services of that length lose nothing."""
    changes = {"arrivals": {"process": "periodic", "rate": "1/s"}}
    run = simulate(pool({**changes, "queue": {"capacity": 1, "when_full": "reject"}}))
    assert counts_of(run) == {"completed": 6}
    assert column(run, "started") == [0, 1, 2, 3, 4, 5]


def test_an_item_waits_its_turn() -> None:
    """First come, first served by one worker: starts follow services."""
    run = simulate(pool())
    assert column(run, "started") == [0, 1, 2, 3, 4, 5]
    assert column(run, "enqueued") == [0] * 6
    assert run.header.window == 6


def test_ties_go_to_the_lowest_worker() -> None:
    """Workers that are idle, or finish, at one instant take items by number."""
    run = simulate(pool({"workers.count": 3}))
    assert column(run, "worker") == [0, 1, 2, 0, 1, 2]
    assert column(run, "started") == [0, 0, 0, 1, 1, 1]


def test_the_worker_idle_longest_is_woken() -> None:
    """Each of three workers is used in turn, though the first is idle again each time."""
    run = simulate(pool({"workers.count": 3, "arrivals": {"process": "periodic", "rate": "0.5/s"}}))
    assert column(run, "worker") == [0, 1, 2, 0, 1, 2]


def test_a_full_queue_holds_its_producer_back() -> None:
    """One producer, one place: an item is offered when the put before it has returned."""
    run = simulate(pool({"queue.capacity": 1}))
    assert offered(run) == [0, 0, 0, 1, 2, 3]
    assert run.items["accepted"].tolist() == [0, 0, 1, 2, 3, 4]
    assert run.items["planned"].tolist() == [0] * 6
    assert column(run, "started") == [0, 1, 2, 3, 4, 5]


def test_the_door_is_first_come_first_served() -> None:
    """Two producers wait at the door in order of coming, and each brings its own items."""
    run = simulate(pool({"queue.capacity": 1, "arrivals.producers": 2}))
    assert offered(run) == [0, 0, 0, 0, 1, 2]
    assert run.items["accepted"].tolist() == [0, 0, 1, 2, 3, 4]


def test_who_came_later_to_the_door_waits_longer() -> None:
    """At the door not the item's number counts but when it came: item 2 overtakes item 1."""
    scenario = pool({"queue.capacity": 1, "arrivals.producers": 3, "items": 4})
    # planned 0, 0, 0.25, 0.25; item 1 is sent late
    run = run_with(scenario, gap=[0, 0, 0.25, 0], lateness=[0, 0.5, 0, 0])
    assert offered(run) == [0, 0.5, 0.25, 0.25]
    assert run.items["accepted"].tolist() == [0, 2, 0.25, 1]


def test_a_late_producer_delays_its_next_items_too() -> None:
    """Lateness counts from the plan or the return of the last put, whichever is later."""
    run = run_with(pool({"items": 3}), gap=[0, 0.5, 0.5], lateness=[1, 0.25, 0])
    assert run.items["planned"].tolist() == [0, 0.5, 1]
    assert offered(run) == [1, 1.25, 1.25]


def test_the_return_line_has_one_item_at_the_door() -> None:
    """The second of two failed items waits behind the first, and a newcomer gets ahead of it.

    Items 0 and 1 fail at 1 and 1.5 while 3 and 4 are at the door.  Item 0 gets in at 3, only
    then does item 1 come to the door, behind item 5, which has been there since 1.625.
    """
    scenario = pool(
        {
            "workers.count": 2,
            "queue.capacity": 1,
            "arrivals.producers": 3,
            "failures": {"attempts": 2},
        }
    )
    run = run_with(
        scenario,
        gap=[0, 0, 0, 0.5, 0.125, 1],
        demand=[[1, 1.5, 2, 2, 2, 2], [1] * 6],
        fails=[[True, True, False, False, False, False], [False] * 6],
    )
    assert offered(run) == [0, 0, 0, 0.5, 0.625, 1.625]
    attempts = zip(column(run, "item"), column(run, "attempt"), strict=True)
    assert dict(zip(attempts, column(run, "enqueued"), strict=True)) == {
        (0, 1): 0,
        (1, 1): 0,
        (2, 1): 0,
        (3, 1): 1,
        (4, 1): 1.5,
        (0, 2): 3,
        (5, 1): 3.5,
        (1, 2): 4.5,
    }


def test_a_return_comes_before_a_producer_of_that_instant() -> None:
    """Returns join the door line ahead of new arrivals at one instant."""
    scenario = pool(
        {"items": 2, "queue": {"capacity": 1, "when_full": "reject"}, "failures.attempts": 2}
    )
    # item 1 arrives when item 0 returns: 0 takes the worker, 1 the place
    run = run_with(
        scenario.changed({"failures.backoff": "1s"}),
        gap=[0, 2],
        fails=[[True, False], [False, False]],
    )
    assert column(run, "item") == [0, 0, 1]
    assert column(run, "started") == [0, 2, 3]


def test_an_item_comes_back_after_its_backoff() -> None:
    """At the tail, through the same door, until its attempts are used up."""
    scenario = pool({"items": 2, "failures": {"attempts": 3, "backoff": "500ms"}})
    run = run_with(scenario, fails=[[True, False], [True, True], [True, True]])
    assert column(run, "item") == [0, 0, 0, 1]
    assert column(run, "attempt") == [1, 2, 3, 1]
    assert column(run, "enqueued") == [0, 1.5, 3.5, 0]
    assert column(run, "started") == [0, 2, 3.5, 1]
    assert counts_of(run) == {"completed": 1, "failed": 1}
    assert run.items["finished"].tolist() == [4.5, 2]
    assert run.items["accepted"].tolist() == [0, 0]


def test_each_attempt_has_its_own_demand() -> None:
    """A second attempt takes the second draw."""
    scenario = pool({"items": 1, "failures.attempts": 2})
    run = run_with(scenario, demand=[[1], [3]], fails=[[True], [False]])
    assert column(run, "finished") == [1, 4]


def test_a_return_that_finds_the_queue_full_is_rejected() -> None:
    """The same rule at the same door: a refused return ends its item."""
    scenario = pool(
        {"items": 3, "queue": {"capacity": 1, "when_full": "reject"}, "failures.attempts": 2}
    )
    # item 0 fails at 1; item 1 starts and item 2 takes the place before 0 is back at 1.75
    run = run_with(
        scenario.changed({"failures.backoff": "750ms"}),
        gap=[0, 0.5, 1],
        fails=[[True, False, False], [False] * 3],
    )
    assert run.items["outcome"].tolist() == [
        Outcome.REJECTED, Outcome.COMPLETED, Outcome.COMPLETED,
    ]  # fmt: skip
    assert run.items["finished"].tolist() == [1.75, 2, 3]
    assert broken_accounts(run) == ()


@pytest.mark.parametrize(("cost", "finished"), [("full", [1, 2]), ("none", [0, 1])])
def test_a_failure_costs_its_time_or_none(cost: str, finished: list[float]) -> None:
    """A free failure frees its worker at once."""
    scenario = pool({"items": 2, "failures": {"cost": cost}})
    run = run_with(scenario, fails=[[True, False]])
    assert column(run, "finished") == finished
    assert counts_of(run) == {"completed": 1, "failed": 1}


def test_gap_pacing_plans_from_the_return_of_the_last_put() -> None:
    """A full queue slows the arrivals themselves down: a closed loop."""
    arrivals = {"process": "periodic", "rate": "4/s", "pacing": "gap"}
    run = simulate(pool({"items": 5, "queue.capacity": 1, "arrivals": arrivals}))
    assert run.items["planned"].tolist() == [0, 0.25, 0.5, 1.25, 2.25]
    assert run.items["accepted"].tolist() == [0, 0.25, 1, 2, 3]
    assert offered(run) == run.items["planned"].tolist()


def test_gap_paced_producers_share_the_rate() -> None:
    """Two producers at 2/s in total plan an item a second each."""
    arrivals = {"process": "periodic", "rate": "2/s", "pacing": "gap", "producers": 2}
    run = simulate(pool({"workers.count": 3, "arrivals": arrivals}))
    assert run.items["planned"].tolist() == [0, 0, 1, 1, 2, 2]


def test_gap_pacing_by_duration_plans_nothing_beyond_it() -> None:
    """Each producer stops at the end by itself, and what was planned is served."""
    arrivals = {"process": "periodic", "rate": "2/s", "pacing": "gap", "producers": 2}
    scenario = pool({"arrivals": arrivals, "items": None, "duration": "2s", "queue.capacity": 1})
    run = simulate(scenario)
    assert run.items["planned"].tolist() == [0, 0, 1, 1]
    assert counts_of(run) == {"completed": 4}
    assert broken_accounts(run) == ()


def test_a_duration_ends_the_arrivals_and_the_pool_drains() -> None:
    """Items planned before the end are all offered and served, however long that takes."""
    arrivals = {"process": "periodic", "rate": "4/s"}
    scenario = pool({"arrivals": arrivals, "items": None, "duration": "1s", "queue.capacity": 1})
    run = simulate(scenario)
    assert run.items["planned"].tolist() == [0, 0.25, 0.5, 0.75]
    assert counts_of(run) == {"completed": 4}
    assert run.header.window == 4


def test_a_hand_off_delays_the_start_and_keeps_the_place() -> None:
    """A place is free when the item starts, not when a worker is woken for it."""
    scenario = pool({"items": 2, "queue": {"capacity": 1, "when_full": "reject"}})
    assert counts_of(run_with(scenario, gap=[0, 0.25], hand_off=0.5)) == {
        "completed": 1,
        "rejected": 1,
    }
    run = run_with(scenario, gap=[0, 0.5], hand_off=0.5)
    assert column(run, "started") == [0.5, 1.5]


def test_a_turn_round_delays_the_next_start() -> None:
    """After every finish, failed too, the worker turns round before it takes the head."""
    run = run_with(pool({"items": 3}), turn_round=0.25, fails=[[True, False, False]])
    assert column(run, "started") == [0, 1.25, 2.5]
    assert column(run, "released") == [1.25, 2.5, 3.75]
    assert run.header.window == 3.5


def test_the_turn_round_is_that_of_the_attempt_that_ended() -> None:
    """Overheads are keyed by item and attempt."""
    run = run_with(pool({"items": 3}), turn_round=[[0.5, 0.25, 0]])
    assert column(run, "started") == [0, 1.5, 2.75]


def test_a_worker_that_turned_round_takes_what_another_was_woken_for() -> None:
    """The woken one finds nothing and is idle anew, last in line.

    Item 1 wakes worker 1 for 3.0, but worker 0 has turned round at 2.5 and takes it.  Then
    worker 2 has been idle longest, and then worker 1, whose idleness began at 3.0.
    """
    scenario = pool({"items": 4, "workers.count": 3})
    run = run_with(scenario, gap=[0, 2, 8, 1], hand_off=1.0, turn_round=0.5)
    assert column(run, "started") == [1, 2.5, 11, 12]
    assert column(run, "worker") == [0, 0, 2, 1]


def test_a_woken_worker_takes_the_head_and_not_its_own_item() -> None:
    """Two workers wake for two items; the quicker one takes the first."""
    scenario = pool({"items": 2, "workers.count": 2})
    run = run_with(scenario, gap=[0, 0.25], hand_off=[[1.0, 0.25]])
    assert column(run, "started") == [0.5, 1]
    assert column(run, "worker") == [1, 0]


class After:
    """Says stop from the n-th time on that it is asked."""

    def __init__(self, times: int) -> None:
        self.left = times

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_a_stop_keeps_what_was_done() -> None:
    """The first 1,000 items were offered, the rest was not, and the accounts hold."""
    arrivals = {"process": "periodic", "rate": "1/s"}
    scenario = pool({"items": 2500, "arrivals": arrivals, "service.mean": "2s"})
    run = simulate(scenario, stop=After(1))
    assert run.header.ended == "stopped"
    assert counts_of(run) == {"completed": 500, "not_offered": 1500, "unfinished": 500}
    assert run.header.window == 1000
    assert broken_accounts(run) == ()
    whole = simulate(scenario)
    done = run.items["outcome"] == Outcome.COMPLETED
    assert np.array_equal(run.items["finished"][done], whole.items["finished"][done])


def test_a_stop_before_the_first_item_is_an_empty_run() -> None:
    """Nothing happened, and that is recorded."""
    run = simulate(pool(), stop=After(0))
    assert counts_of(run) == {"not_offered": 6}
    assert (run.header.ended, run.header.window) == ("stopped", 0)
    assert broken_accounts(run) == ()


def test_an_observer_is_told_how_far_it_is() -> None:
    """Every 1,000 items, with the number that there are; watching changes nothing."""
    told: list[tuple[int, int]] = []
    scenario = pool({"items": 2500, "service.mean": "1ms"})
    run = simulate(scenario, observer=lambda arrived, planned: told.append((arrived, planned)))
    assert told == [(0, 2500), (1000, 2500), (2000, 2500)]
    assert run == simulate(scenario)


def test_an_unknown_engine_is_refused() -> None:
    """What does not exist is not silently replaced."""
    with pytest.raises(ValueError, match='no engine is called "warp"'):
        simulate(pool(), engine="warp")  # type: ignore[arg-type]


def test_the_header_suffices_without_the_scenario() -> None:
    """Who reads a run knows what was asked for and by whom it was made."""
    scenario = pool({"queue": {"capacity": 4, "when_full": "reject"}, "workers.count": 2})
    workload = Workload.draw(scenario, seed=5, replication=3)
    header = simulate(scenario, workload).header
    assert (header.engine, header.real, header.seed, header.replication) == ("simpy", False, 5, 3)
    assert header.digest == workload.digest
    (stage,) = header.stages
    assert (stage.name, stage.workers, stage.capacity, stage.when_full) == ("main", 2, 4, "reject")
    assert set(header.provenance) == {"simpy", "numpy"}
    assert header.scenario == scenario.to_dict()
