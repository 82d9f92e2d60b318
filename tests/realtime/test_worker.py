"""One worker's step, on a hand-made line: what is served, what comes back, what is written."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from crew import Crew
from queuetwin.realrun.line import Entry
from queuetwin.realrun.pacer import clock
from queuetwin.realrun.worker import Log, Sleep, Task, work

MS = 1_000_000
HOUR_NS = 3_600_000 * MS


class Handing:
    """A line that hands out what it was given, and keeps what is sent back."""

    def __init__(self, *attempts: tuple[int, int]) -> None:
        self.attempts = list(attempts)
        self.returned: list[tuple[int, int, int]] = []

    def take(self) -> Entry | None:
        if not self.attempts:
            return None
        now = clock()
        return (*self.attempts.pop(0), now, now)

    def send_back(self, due: int, item: int, attempt: int) -> None:
        self.returned.append((due, item, attempt))


def serve(
    line: Handing, service: Callable[..., Any], *, attempts: int = 1, backoff: int = 0
) -> Log:
    log = Log()
    work(line, service, log, attempts=attempts, backoff=backoff)
    return log


def task(call: Callable[[int], Any], **changes: Any) -> Task:
    plain = {"payload": [70, 71, 72], "fails": [[False] * 3] * 3, "failing_costs": True}
    return Task(**{"call": call, **plain, **changes})


def sleep(demand: int, *, fails: bool = False, stopping: threading.Event | None = None) -> Sleep:
    return Sleep(
        demand=[[demand] * 3] * 3, fails=[[fails] * 3] * 3, stopping=stopping or threading.Event()
    )


def raising(fault: BaseException) -> Callable[[int], None]:
    def call(_: int) -> None:
        raise fault

    return call


class UnspeakableError(Exception):
    """An exception whose message cannot be made."""

    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (LookupError("no such file"), "LookupError: no such file"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt: "),
        (GeneratorExit(), "GeneratorExit: "),
        (UnspeakableError(), "UnspeakableError: (its message cannot be shown)"),
    ],
)
def test_whatever_a_task_raises_is_its_items_failure(fault: BaseException, text: str) -> None:
    """The item fails with the message, and the worker lives on to the next two."""
    log = serve(Handing((0, 1), (1, 1), (2, 1)), task(raising(fault)))
    assert [(row[0], row[7], row[9]) for row in log.rows] == [(n, True, text) for n in range(3)]
    assert log.entry is None


def test_a_task_gets_the_payload_of_its_item() -> None:
    """It is called once for each attempt, and what it returns is of no account."""
    called: list[int] = []
    log = serve(Handing((2, 1), (0, 1), (0, 2)), task(called.append))
    assert called == [72, 70, 70]
    assert [row[:2] for row in log.rows] == [(2, 1), (0, 1), (0, 2)]
    assert not any(row[7] or row[9] for row in log.rows)


@pytest.mark.parametrize("costs", [False, True])
def test_an_injected_failure_calls_the_task_only_if_it_costs(costs: bool) -> None:
    """The attempt fails either way, and without a text, for the task said nothing."""
    called: list[int] = []
    fails = [[True, False, True]] * 3
    service = task(called.append, fails=fails, failing_costs=costs)
    log = serve(Handing((0, 1), (1, 1), (2, 1)), service)
    assert [row[7] for row in log.rows] == [True, False, True]
    assert [row[9] for row in log.rows] == [""] * 3
    assert called == ([70, 71, 72] if costs else [71])


def test_processor_time_is_read_for_tasks_only() -> None:
    """A task that computes has some, a sleep has none to tell."""
    log = serve(Handing((0, 1)), task(lambda _: sum(range(50_000))))
    assert 0 < log.rows[0][8] <= log.rows[0][5] - log.rows[0][4]
    assert serve(Handing((0, 1)), sleep(1)).rows[0][8] == -1


def test_a_failed_attempt_comes_back_after_its_backoff_unless_it_was_the_last() -> None:
    """The return is due one backoff after the finish, for the next attempt."""
    line = Handing((0, 1), (0, 2), (1, 3))
    log = serve(line, sleep(0, fails=True), attempts=3, backoff=5 * MS)
    finished = [row[5] for row in log.rows]
    assert line.returned == [(finished[0] + 5 * MS, 0, 2), (finished[1] + 5 * MS, 0, 3)]
    assert all(row[7] for row in log.rows)


def test_what_completes_does_not_come_back() -> None:
    """No attempt is left after a success, however many there might have been."""
    line = Handing((0, 1), (1, 2))
    serve(line, sleep(0), attempts=3)
    assert line.returned == []


@pytest.mark.parametrize("demand", [0, 1_000, 3 * MS])
def test_a_service_is_never_shorter_than_its_demand(demand: int) -> None:
    """It counts from the instant at which the item was taken, and the stamps are in order."""
    for row in serve(Handing(*((n, 1) for n in range(3))), sleep(demand)).rows:
        enqueued, taken, started, finished, released = row[2:7]
        assert enqueued <= taken <= started
        assert started + demand <= finished <= released


def test_a_sleep_that_is_cut_short_is_not_finished(crew: Crew) -> None:
    """A stop ends a service of an hour; its entry stays, for it is unfinished, and no row is."""
    stopping, log = threading.Event(), Log()
    line = Handing((0, 1), (1, 1))
    service = sleep(HOUR_NS, stopping=stopping)
    crew.start(lambda: work(line, service, log, attempts=1, backoff=0))
    stopping.set()
    crew.gather()
    assert log.rows == [] and log.entry[:2] == (0, 1)
    assert line.attempts == [(1, 1)]


def test_a_copy_of_a_log_stays_as_it_was() -> None:
    """What its worker writes later is not in it."""
    log = Log(rows=[], entry=(0, 1, 5, 6), started=6)
    copy = log.copy()
    log.entry = None
    log.rows.append((0, 1, 5, 6, 6, 7, 8, False, -1, ""))
    assert copy == Log(rows=[], entry=(0, 1, 5, 6), started=6)


def test_at_every_moment_an_attempt_is_under_way_or_written() -> None:
    """Whoever looks into the log while a service runs sees its entry and a start that fits."""
    log, seen = Log(), []

    def call(_: int) -> None:
        copy = log.copy()
        seen.append((copy.entry[0], copy.started >= copy.entry[3], len(copy.rows)))

    work(Handing((0, 1), (1, 1)), task(call), log, attempts=1, backoff=0)
    assert seen == [(0, True, 0), (1, True, 1)]
