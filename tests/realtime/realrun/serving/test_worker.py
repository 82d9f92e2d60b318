"""One worker's step, on a hand-made line: what is served, what comes back, what is written."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from crew import Crew
from lines import at_once
from queuetwin.realrun.line.line import Entry
from queuetwin.realrun.pacing.pacer import clock
from queuetwin.realrun.serving.worker import Sleep, TaskService, WorkerLog, work

MS = 1_000_000
HOUR_NS = 3_600_000 * MS


class Handing:
    """A line that hands out what it was given, and keeps what is sent back and told."""

    def __init__(self, *attempts: tuple[int, int], busy: int = 1) -> None:
        self.attempts = list(attempts)
        self.busy = busy
        self.asked: list[int] = []
        self.returned: list[tuple[int, int, int]] = []
        self.told: list[tuple[int, int]] = []

    def take(self, worker: int) -> Entry | None:
        self.asked.append(worker)
        if not self.attempts:
            return None
        now = clock()
        return (*self.attempts.pop(0), now, now, self.busy)

    def send_back(self, due: int, item: int, attempt: int) -> None:
        self.returned.append((due, item, attempt))

    def notify_user(self, item: int, ended: int) -> None:
        self.told.append((item, ended))

    has_users = True


def serve(
    line: Handing,
    service: Callable[..., Any],
    *,
    worker: int = 0,
    backoff: Sequence[Sequence[int]] = ((0, 0, 0),),
) -> WorkerLog:
    log = WorkerLog()
    at_once(lambda: work(worker, line, service, log, backoff=backoff))
    return log


def task(call: Callable[[int], Any], **changes: Any) -> TaskService:
    plain = {
        "payload": [70, 71, 72],
        "fails": [[False] * 3] * 3,
        "failing_costs": True,
        "time_limit": None,
    }
    return TaskService(**{"call": call, **plain, **changes})


def sleep(length: int, *, fails: bool | list[list[bool]] = False, **changes: Any) -> Sleep:
    plain = {
        "length": [[length] * 3] * 3,
        "fails": [[fails] * 3] * 3 if isinstance(fails, bool) else fails,
        "effort": None,
        "origin": lambda: 0,
        "stopping": threading.Event(),
    }
    return Sleep(**{**plain, **changes})


class Effort:
    """Says when an attempt ends, and keeps what it was asked."""

    def __init__(self, answer: Callable[[float, float], tuple[float, bool]]) -> None:
        self.answer = answer
        self.asked: list[tuple[int, int, float, float, bool]] = []

    def end(
        self, worker: int, busy: int, start: float, length: float, failed: bool
    ) -> tuple[float, bool]:
        self.asked.append((worker, busy, start, length, failed))
        return self.answer(start, length)


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
    """The return is due that attempt's backoff after the finish, for the next attempt."""
    line = Handing((0, 1), (0, 2), (1, 1), (1, 3))
    backoff = [[5 * MS, 6 * MS], [7 * MS, 8 * MS], [9 * MS, 9 * MS]]
    log = serve(line, sleep(0, fails=True), backoff=backoff)
    finished = [row[5] for row in log.rows]
    assert line.returned == [
        (finished[0] + 5 * MS, 0, 2), (finished[1] + 7 * MS, 0, 3), (finished[2] + 6 * MS, 1, 2),
    ]  # fmt: skip
    assert all(row[7] for row in log.rows)


def test_the_last_word_on_an_item_is_told_once_when_it_is_written() -> None:
    """Of a success and of the last failure, at the instant of the finish; not of what returns."""
    line = Handing((0, 1), (0, 2), (1, 1), (2, 2))
    fails = [[True, False, True], [True, False, True]]
    log = serve(line, sleep(0, fails=fails), backoff=[[0] * 3] * 2)
    finished = [row[5] for row in log.rows]
    assert line.told == [(0, finished[1]), (1, finished[2]), (2, finished[3])]
    assert [returned[1:] for returned in line.returned] == [(0, 2)]


def test_a_worker_asks_under_its_own_number_until_it_is_sent_home() -> None:
    """Once more than it serves."""
    line = Handing((0, 1), (1, 1))
    serve(line, sleep(0), worker=4)
    assert line.asked == [4, 4, 4]


def test_what_completes_does_not_come_back() -> None:
    """No attempt is left after a success, however many there might have been."""
    line = Handing((0, 1), (1, 2))
    serve(line, sleep(0), backoff=[[0] * 3] * 3)
    assert line.returned == []


@pytest.mark.parametrize("length", [0, 1_000, 3 * MS])
def test_a_service_is_never_shorter_than_its_length(length: int) -> None:
    """It counts from the instant at which the item was taken, and the stamps are in order."""
    for row in serve(Handing(*((n, 1) for n in range(3))), sleep(length)).rows:
        enqueued, taken, started, finished, released = row[2:7]
        assert enqueued <= taken == started
        assert started + length <= finished <= released


def test_each_attempt_has_its_own_length_and_luck() -> None:
    """By attempt and item."""
    length = [[3 * MS, 0, 0], [0, 2 * MS, 0]]
    fails = [[True, False, False], [False, True, False]]
    line = Handing((0, 1), (1, 1), (0, 2), (1, 2))
    service = replace(sleep(0, fails=fails), length=length)
    log = serve(line, service)
    assert [row[7] for row in log.rows] == [True, False, False, True]
    for row, least in zip(log.rows, (3 * MS, 0, 0, 2 * MS), strict=True):
        assert row[5] - row[4] >= least


def test_a_rule_of_effort_decides_the_end_and_the_failure() -> None:
    """It is asked in seconds from the start of the run, with who serves among how many."""
    origin = clock()
    effort = Effort(lambda start, length: (start + 3 * length, True))
    line = Handing((0, 1), busy=5)
    service = sleep(MS, effort=effort, origin=lambda: origin)
    [row] = serve(line, service, worker=2, backoff=[[0] * 3] * 2).rows
    [(worker, busy, start, length, failed)] = effort.asked
    assert (worker, busy, length, failed) == (2, 5, 0.001, False)
    assert start == (row[4] - origin) / 1e9
    assert row[5] - row[4] >= 3 * MS and row[7] is True
    assert line.returned[0][1:] == (0, 2)


def test_an_end_that_lies_before_the_start_is_now() -> None:
    """An outage that fails an attempt at once takes no time, and never ends it before it began."""
    origin = clock()
    effort = Effort(lambda start, _: (start - 1, True))
    [row] = serve(Handing((0, 1)), sleep(HOUR_NS, effort=effort, origin=lambda: origin)).rows
    assert row[5] >= row[4] and row[7] is True


@pytest.mark.parametrize(("limit", "text"), [(1, "took longer than failures.time_limit"),
                                             (HOUR_NS, ""), (None, "")])  # fmt: skip
def test_a_task_beyond_its_time_limit_fails_when_it_returns(limit: int | None, text: str) -> None:
    """It is not cut short; within the limit, or without one, it completes."""
    called: list[int] = []
    [row] = serve(Handing((0, 1)), task(called.append, time_limit=limit)).rows
    assert (row[7], row[9]) == (bool(text), text) and called == [70]


def test_a_tasks_own_failure_is_told_rather_than_its_time_limit() -> None:
    """What it raised is what went wrong."""
    [row] = serve(Handing((0, 1)), task(raising(LookupError("late")), time_limit=1)).rows
    assert (row[7], row[9]) == (True, "LookupError: late")


def test_a_sleep_that_is_cut_short_is_not_finished(crew: Crew) -> None:
    """A stop ends a service of an hour; its entry stays, for it is unfinished, and no row is."""
    stopping, log = threading.Event(), WorkerLog()
    line = Handing((0, 1), (1, 1))
    service = sleep(HOUR_NS, stopping=stopping)
    crew.start(lambda: work(0, line, service, log, backoff=[[0] * 3]))
    stopping.set()
    crew.gather()
    assert log.rows == [] and log.entry[:2] == (0, 1)
    assert line.attempts == [(1, 1)] and line.told == []


def test_a_copy_of_a_log_stays_as_it_was() -> None:
    """What its worker writes later is not in it."""
    log = WorkerLog(rows=[], entry=(0, 1, 5, 6, 1), started=6)
    copy = log.copy()
    log.entry = None
    log.rows.append((0, 1, 5, 6, 6, 7, 8, False, -1, ""))
    assert copy == WorkerLog(rows=[], entry=(0, 1, 5, 6, 1), started=6)


def test_at_every_moment_an_attempt_is_under_way_or_written() -> None:
    """Whoever looks into the log while a service runs sees its entry and a start that fits."""
    log, seen = WorkerLog(), []

    def call(_: int) -> None:
        copy = log.copy()
        seen.append((copy.entry[0], copy.started >= copy.entry[3], len(copy.rows)))

    work(0, Handing((0, 1), (1, 1)), task(call), log, backoff=[[0] * 3])
    assert seen == [(0, True, 0), (1, True, 1)]
