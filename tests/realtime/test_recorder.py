"""From hand-made logs to tables: every item's outcome, every attempt's stamps, in seconds."""

import numpy as np
import pytest

from queuetwin.model.run import ATTEMPT_COLUMNS, ITEM_COLUMNS, Outcome, Table
from queuetwin.realrun.producers import Put, PutLog
from queuetwin.realrun.recorder import error_texts, tables
from queuetwin.realrun.worker import Log, Row

ORIGIN = 1_000_000_000_000
S = 1_000_000_000
NEVER = float("nan")


def at(seconds: float) -> int:
    """An instant of the clock, so many seconds after the origin."""
    return ORIGIN + round(seconds * S)


def put(item: int, planned: float, offered: float, answered: float, accepted: bool = True) -> Put:
    return item, at(planned), at(offered), at(answered), accepted


def back(item: int, attempt: int, offered: float, answered: float, accepted: bool = True) -> Put:
    return item, attempt, at(offered), at(answered), accepted


def row(
    item: int, attempt: int, *stamps: float, failed: bool = False, cpu: int = -1, error: str = ""
) -> Row:
    """An attempt that ended; stamps are enqueued, taken, started, finished, released."""
    return (item, attempt, *map(at, stamps), failed, cpu, error)


def recorded(
    puts: list[list[Put]],
    workers: list[Log],
    *,
    returns: list[Put] = (),
    planned: list[float],
    tries: int = 1,
) -> tuple[Table, Table]:
    return tables(
        [PutLog(list(log)) for log in puts],
        PutLog(list(returns)),
        workers,
        origin=ORIGIN,
        planned=np.array(planned),
        tries=tries,
    )


def assert_column(table: Table, name: str, values: list[float]) -> None:
    np.testing.assert_array_equal(table[name], values, err_msg=name)


def test_a_completed_item() -> None:
    """Its stamps are seconds from the origin, and both tables have all their columns."""
    log = Log(rows=[row(0, 1, 1.25, 1.5, 1.5, 2.0, 2.25, cpu=S // 4)])
    items, attempts = recorded([[put(0, 1, 1.125, 1.25)]], [Log(), log], planned=[1.0])
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
    """Completed, failed, refused, waiting, under way, at the door, and not offered."""
    puts = [put(0, 0, 0, 0.5), put(1, 0, 0, 0.5), put(2, 0, 1, 1, False), put(3, 0, 1, 2),
            put(4, 0, 1, 2), (5, at(0), at(3), 0, False)]  # fmt: skip
    done = Log(rows=[row(0, 1, 0.5, 1, 1, 2, 2), row(1, 1, 0.5, 2, 2, 3, 3, failed=True)])
    busy = Log(entry=(3, 1, at(2), at(2.5)), started=at(2.5))
    items, attempts = recorded([puts], [done, busy], planned=[0.0] * 7)
    assert_column(items, "outcome", [
        Outcome.COMPLETED, Outcome.FAILED, Outcome.REJECTED, Outcome.UNFINISHED,
        Outcome.UNFINISHED, Outcome.UNFINISHED, Outcome.NOT_OFFERED,
    ])  # fmt: skip
    assert_column(items, "accepted", [0.5, 0.5, NEVER, 2, 2, NEVER, NEVER])
    assert_column(items, "finished", [2, 3, 1, NEVER, NEVER, NEVER, NEVER])
    assert_column(items, "offered", [0, 0, 1, 1, 1, 3, NEVER])
    assert_column(attempts, "item", [0, 1, 3, 4])
    assert_column(attempts, "started", [1, 2, 2.5, NEVER])
    assert_column(attempts, "finished", [2, 3, NEVER, NEVER])
    assert_column(attempts, "worker", [0, 0, 1, -1])
    assert_column(attempts, "cpu", [NEVER] * 4)
    assert list(attempts["outcome"][2:]) == [Outcome.UNFINISHED] * 2


def test_attempts_are_sorted_by_item_and_attempt_whoever_served_them() -> None:
    """A second attempt on another worker follows the first; the last one decides."""
    first = Log(rows=[row(1, 1, 0, 1, 1, 2, 2), row(0, 2, 4, 5, 5, 6, 6)])
    second = Log(rows=[row(0, 1, 0, 1, 1, 3, 3, failed=True)])
    items, attempts = recorded(
        [[put(0, 0, 0, 0)], [put(1, 0, 0, 0)]],
        [first, second],
        returns=[back(0, 2, 4, 4)],
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
    log = Log(rows=[row(0, 1, 0, 0, 0, 1, 1, failed=True)])
    items, _ = recorded([[put(0, 0, 0, 0)]], [log], planned=[0.0], tries=tries)
    assert_column(items, "outcome", [Outcome.FAILED if tries == 1 else Outcome.UNFINISHED])
    assert_column(items, "finished", [1 if tries == 1 else NEVER])


def test_a_return_that_is_refused_ends_the_item() -> None:
    """It is rejected at that instant, though its first attempt was accepted."""
    log = Log(rows=[row(0, 1, 0, 0, 0, 1, 1, failed=True)])
    items, attempts = recorded(
        [[put(0, 0, 0, 0)]],
        [log],
        returns=[back(0, 2, 3, 3, False)],
        planned=[0.0],
        tries=2,
    )
    assert_column(items, "outcome", [Outcome.REJECTED])
    assert_column(items, "finished", [3])
    assert_column(items, "accepted", [0])
    assert_column(attempts, "attempt", [1])


def test_an_attempt_that_ended_while_the_log_was_copied_counts_as_ended() -> None:
    """What is written as done is done, though its entry still stands."""
    log = Log(rows=[row(0, 1, 0, 1, 1, 2, 2)], entry=(0, 1, at(0), at(1)), started=at(1))
    items, attempts = recorded([[put(0, 0, 0, 0)]], [log], planned=[0.0])
    assert_column(items, "outcome", [Outcome.COMPLETED])
    assert_column(attempts, "finished", [2])


def test_by_gap_the_plan_is_what_the_producers_did() -> None:
    """Items that no producer came to are cut off; one in between stays, unplanned."""
    items, _ = recorded(
        [[put(0, 0.5, 0.5, 0.75, False)], [], [put(2, 1.5, 2, 2, False)]],
        [],
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
    items, attempts = recorded([[]], [Log()], planned=[NEVER, NEVER])
    assert {len(column) for column in (*items.values(), *attempts.values())} == {0}
    assert items.keys() == ITEM_COLUMNS.keys() and attempts.keys() == ATTEMPT_COLUMNS.keys()


def test_error_texts_are_counted_over_all_workers_most_frequent_first() -> None:
    """A failure without a text was not the task's word."""
    stamps = (0, 0, 0, 0, 0)
    first = Log(rows=[row(0, 1, *stamps, error="A: a"), row(1, 1, *stamps, error="B: b")])
    second = Log(rows=[row(2, 1, *stamps, error="B: b"), row(3, 1, *stamps, failed=True)])
    assert list(error_texts([first, second]).items()) == [("B: b", 2), ("A: a", 1)]
