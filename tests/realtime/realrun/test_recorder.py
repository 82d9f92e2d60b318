"""From hand-made logs to tables: every item's outcome, every attempt's stamps, in seconds."""

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from builders import draws_of, pool
from queuetwin.model.records.run import ATTEMPT_COLUMNS, ITEM_COLUMNS, Columns, Outcome
from queuetwin.realrun.line.line import Unserved
from queuetwin.realrun.pacing.producers import Put, PutLog
from queuetwin.realrun.recorder import error_texts, tables
from queuetwin.realrun.serving.worker import Row, WorkerLog

ORIGIN = 1_000_000_000_000
S = 1_000_000_000
NEVER = float("nan")


def at(seconds: float) -> int:
    """An instant of the clock, so many seconds after the origin."""
    return ORIGIN + round(seconds * S)


def put(item: int, planned: float, offered: float, answered: float, accepted: bool = True) -> Put:
    return item, at(planned), at(offered), at(answered), accepted


def went(item: int, attempt: int, enqueued: float, instant: float, how: Outcome) -> Unserved:
    """What ended without being served; attempt 0 was never accepted."""
    return item, attempt, at(enqueued) if attempt else 0, at(instant), how


def row(
    item: int, attempt: int, *stamps: float, failed: bool = False, cpu: int = -1, error: str = ""
) -> Row:
    """An attempt that ended; stamps are enqueued, taken, started, finished, released."""
    return (item, attempt, *map(at, stamps), failed, cpu, error)


def recorded(
    puts: list[list[Put]],
    workers: list[WorkerLog],
    *,
    returned: Sequence[tuple[int, int, float]] = (),
    unserved: Sequence[Unserved] = (),
    planned: list[float],
    tries: int = 1,
) -> tuple[Columns, Columns]:
    items = len(planned)
    scenario = pool({"items": items, "failures.attempts": tries})
    kind, priority = np.arange(items) % 2, np.arange(items) * 10
    line = SimpleNamespace(
        returned=[(item, attempt, at(enqueued)) for item, attempt, enqueued in returned],
        unserved=list(unserved),
    )
    return tables(
        [PutLog(list(log)) for log in puts],
        line,
        workers,
        origin=ORIGIN,
        planned=np.array(planned),
        draws=draws_of(scenario, item_class=kind, priority=priority),
    )


def assert_column(table: Columns, name: str, values: list[float]) -> None:
    np.testing.assert_array_equal(table[name], values, err_msg=name)


def test_a_completed_item() -> None:
    """Its stamps are seconds from the origin, and both tables have all their columns."""
    log = WorkerLog(rows=[row(0, 1, 1.25, 1.5, 1.5, 2.0, 2.25, cpu=S // 4)])
    items, attempts = recorded([[put(0, 1, 1.125, 1.25)]], [WorkerLog(), log], planned=[1.0])
    assert items.keys() == ITEM_COLUMNS.keys() and attempts.keys() == ATTEMPT_COLUMNS.keys()
    for name, value in {"planned": 1, "offered": 1.125, "accepted": 1.25, "finished": 2}.items():
        assert_column(items, name, [value])
    assert_column(items, "outcome", [Outcome.COMPLETED])
    expected = {"item": 0, "attempt": 1, "stage": 0, "enqueued": 1.25, "taken": 1.5,
                "started": 1.5, "finished": 2, "released": 2.25, "worker": 1, "cpu": 0.25,
                "outcome": Outcome.COMPLETED}  # fmt: skip
    for name, value in expected.items():
        assert_column(attempts, name, [value])


def test_every_way_in_which_an_item_can_end() -> None:
    """Completed, failed, refused, waiting, under way, at the door, not offered, lost patience.

    And dropped, from the queue and as a newcomer.
    """
    puts = [put(0, 0, 0, 0.5), put(1, 0, 0, 0.5), put(2, 0, 1, 1, False), put(3, 0, 1, 2),
            put(4, 0, 1, 2), (5, at(0), at(3), 0, False), put(7, 0, 1, 2), put(8, 0, 1, 2.5),
            put(9, 0, 2, 2, False)]  # fmt: skip
    unserved = [went(2, 0, 0, 1, Outcome.REJECTED), went(7, 1, 2, 2.75, Outcome.ABANDONED),
            went(8, 1, 2.5, 3.5, Outcome.DROPPED), went(9, 0, 0, 2, Outcome.DROPPED)]  # fmt: skip
    done = WorkerLog(rows=[row(0, 1, 0.5, 1, 1, 2, 2), row(1, 1, 0.5, 2, 2, 3, 3, failed=True)])
    busy = WorkerLog(entry=(3, 1, at(2), at(2.5), 2), started=at(2.5))
    items, attempts = recorded([puts], [done, busy], unserved=unserved, planned=[0.0] * 10)
    assert_column(items, "outcome", [
        Outcome.COMPLETED, Outcome.FAILED, Outcome.REJECTED, Outcome.UNFINISHED,
        Outcome.UNFINISHED, Outcome.UNFINISHED, Outcome.NOT_OFFERED, Outcome.ABANDONED,
        Outcome.DROPPED, Outcome.DROPPED,
    ])  # fmt: skip
    assert_column(items, "accepted", [0.5, 0.5, NEVER, 2, 2, NEVER, NEVER, 2, 2.5, NEVER])
    assert_column(items, "finished", [2, 3, 1, NEVER, NEVER, NEVER, NEVER, 2.75, 3.5, 2])
    assert_column(items, "offered", [0, 0, 1, 1, 1, 3, NEVER, 1, 1, 2])
    assert_column(attempts, "item", [0, 1, 3, 4, 7, 8])
    assert_column(attempts, "enqueued", [0.5, 0.5, 2, 2, 2, 2.5])
    for name in ("taken", "started"):
        assert_column(attempts, name, [1, 2, 2.5, NEVER, NEVER, NEVER])
    assert_column(attempts, "finished", [2, 3, NEVER, NEVER, 2.75, 3.5])
    assert_column(attempts, "released", [2, 3, NEVER, NEVER, NEVER, NEVER])
    assert_column(attempts, "worker", [0, 0, 1, -1, -1, -1])
    assert_column(attempts, "cpu", [NEVER] * 6)
    assert list(attempts["outcome"][2:]) == [
        Outcome.UNFINISHED, Outcome.UNFINISHED, Outcome.ABANDONED, Outcome.DROPPED,
    ]  # fmt: skip


def test_class_and_priority_are_those_of_the_draws() -> None:
    """By item, cut off with the rest."""
    items, _ = recorded([[put(2, 0, 0, 0)], [put(0, 0, 0, 0)]], [], planned=[NEVER] * 4)
    assert_column(items, "class", [0, 1, 0])
    assert_column(items, "priority", [0, 10, 20])


def test_attempts_are_sorted_by_item_and_attempt_whoever_served_them() -> None:
    """A second attempt on another worker follows the first; the last one decides."""
    first = WorkerLog(rows=[row(1, 1, 0, 1, 1, 2, 2), row(0, 2, 4, 5, 5, 6, 6)])
    second = WorkerLog(rows=[row(0, 1, 0, 1, 1, 3, 3, failed=True)])
    items, attempts = recorded(
        [[put(0, 0, 0, 0)], [put(1, 0, 0, 0)]],
        [first, second],
        returned=[(0, 2, 4)],
        planned=[0.0, 0.0],
        tries=2,
    )
    assert_column(attempts, "item", [0, 0, 1])
    assert_column(attempts, "attempt", [1, 2, 1])
    assert_column(attempts, "worker", [1, 0, 0])
    assert_column(items, "outcome", [Outcome.COMPLETED] * 2)
    assert_column(items, "finished", [6, 2])


@pytest.mark.parametrize("tries", [1, 2])
def test_only_the_last_failure_is_the_items(tries: int) -> None:
    """An item with an attempt left is unfinished while it backs off."""
    log = WorkerLog(rows=[row(0, 1, 0, 0, 0, 1, 1, failed=True)])
    items, _ = recorded([[put(0, 0, 0, 0)]], [log], planned=[0.0], tries=tries)
    assert_column(items, "outcome", [Outcome.FAILED if tries == 1 else Outcome.UNFINISHED])
    assert_column(items, "finished", [1 if tries == 1 else NEVER])


def test_a_return_that_is_refused_ends_the_item() -> None:
    """It is rejected at that instant, though its first attempt was accepted."""
    log = WorkerLog(rows=[row(0, 1, 0, 0, 0, 1, 1, failed=True)])
    items, attempts = recorded(
        [[put(0, 0, 0, 0)]],
        [log],
        unserved=[went(0, 0, 0, 3, Outcome.REJECTED)],
        planned=[0.0],
        tries=2,
    )
    assert_column(items, "outcome", [Outcome.REJECTED])
    assert_column(items, "finished", [3])
    assert_column(items, "accepted", [0])
    assert_column(attempts, "attempt", [1])


@pytest.mark.parametrize("how", [Outcome.DROPPED, Outcome.ABANDONED])
def test_a_second_attempt_that_leaves_the_queue_ends_the_item(how: Outcome) -> None:
    """It has an attempt of its own, with no start; the first keeps its failure."""
    log = WorkerLog(rows=[row(0, 1, 0, 0, 0, 1, 1, failed=True)])
    items, attempts = recorded(
        [[put(0, 0, 0, 0)]],
        [log],
        returned=[(0, 2, 2)],
        unserved=[went(0, 2, 2, 5, how)],
        planned=[0.0],
        tries=3,
    )
    assert_column(items, "outcome", [how])
    assert_column(items, "finished", [5])
    assert_column(attempts, "outcome", [Outcome.FAILED, how])
    assert_column(attempts, "enqueued", [0, 2])
    assert_column(attempts, "started", [0, NEVER])
    assert_column(attempts, "finished", [1, 5])


def test_a_second_attempt_that_waits_is_unfinished() -> None:
    """It was accepted, and that is all."""
    log = WorkerLog(rows=[row(0, 1, 0, 0, 0, 1, 1, failed=True)])
    items, attempts = recorded(
        [[put(0, 0, 0, 0)]], [log], returned=[(0, 2, 2)], planned=[0.0], tries=2
    )
    assert_column(items, "outcome", [Outcome.UNFINISHED])
    assert_column(attempts, "outcome", [Outcome.FAILED, Outcome.UNFINISHED])
    assert_column(attempts, "finished", [1, NEVER])


def test_an_attempt_that_ended_while_the_log_was_copied_counts_as_ended() -> None:
    """What is written as done is done, though its entry still stands."""
    log = WorkerLog(rows=[row(0, 1, 0, 1, 1, 2, 2)], entry=(0, 1, at(0), at(1), 1), started=at(1))
    items, attempts = recorded([[put(0, 0, 0, 0)]], [log], planned=[0.0])
    assert_column(items, "outcome", [Outcome.COMPLETED])
    assert_column(attempts, "finished", [2])


def test_by_gap_the_plan_is_what_the_producers_did() -> None:
    """Items that no producer came to are cut off; one in between stays, unplanned."""
    items, _ = recorded(
        [[put(0, 0.5, 0.5, 0.75, False)], [], [put(2, 1.5, 2, 2, False)]],
        [],
        unserved=[went(0, 0, 0, 0.75, Outcome.REJECTED), went(2, 0, 0, 2, Outcome.REJECTED)],
        planned=[NEVER] * 5,
    )
    assert_column(items, "planned", [0.5, NEVER, 1.5])
    assert_column(items, "outcome", [Outcome.REJECTED, Outcome.NOT_OFFERED, Outcome.REJECTED])


def test_by_schedule_the_plan_is_the_workloads_to_the_bit() -> None:
    """What the producers' clock made of it does not come back into the table."""
    items, _ = recorded([[put(0, 0.3, 0.4, 0.4, False)]], [], planned=[0.1 + 0.2])
    assert items["planned"][0] == 0.1 + 0.2


def test_nothing_recorded_is_an_empty_run() -> None:
    """No items, no attempts, and still every column."""
    items, attempts = recorded([[]], [WorkerLog()], planned=[NEVER, NEVER])
    assert {len(column) for column in (*items.values(), *attempts.values())} == {0}
    assert items.keys() == ITEM_COLUMNS.keys() and attempts.keys() == ATTEMPT_COLUMNS.keys()


def test_error_texts_are_counted_over_all_workers_most_frequent_first() -> None:
    """A failure without a text was not the task's word."""
    stamps = (0, 0, 0, 0, 0)
    first = WorkerLog(rows=[row(0, 1, *stamps, error="A: a"), row(1, 1, *stamps, error="B: b")])
    second = WorkerLog(rows=[row(2, 1, *stamps, error="B: b"), row(3, 1, *stamps, failed=True)])
    assert list(error_texts([first, second]).items()) == [("B: b", 2), ("A: a", 1)]
