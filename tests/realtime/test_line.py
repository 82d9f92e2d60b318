"""The line: first come first served at the door, never too many, and no wake-up lost.

Law: whoever waits is woken by what it waits for or by `close`, whatever the threads do; what
the stamps say is what happened.
"""

import itertools
import random
import signal
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest

from crew import LIMIT_S, Crew
from queuetwin.realrun.line import Entry, Line
from queuetwin.realrun.pacer import clock

HOUR_NS = 3_600_000_000_000


class Noticed(threading.Condition):
    """A condition that says when somebody is about to wait for it."""

    def __init__(self, lock: threading.Lock) -> None:
        super().__init__(lock)
        self.entered = threading.Semaphore(0)

    def wait(self, timeout: float | None = None) -> bool:
        self.entered.release()
        return super().wait(timeout)


class Door(deque):
    """The line at the door, which says when somebody has joined it."""

    def __init__(self) -> None:
        super().__init__()
        self.joined = threading.Semaphore(0)
        self.order: list[tuple[int, int]] = []

    def append(self, waiting) -> None:
        super().append(waiting)
        self.order.append((waiting.item, waiting.attempt))
        self.joined.release()


class Watched(Line):
    """A line that keeps its own minutes, under its own lock."""

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.door = self._door = Door()
        self.idling = self.not_empty = Noticed(self.mutex)
        self.resting = self._due_changed = Noticed(self.mutex)
        self.entered: list[tuple[int, int]] = []
        self.deepest = 0
        self.overtaken: list[tuple[int, int]] = []

    def _put(self, entry: tuple[int, int, int]) -> None:
        super()._put(entry)
        key = entry[:2]
        if self._door and key not in self.door.order:
            self.overtaken.append(key)
        self.entered.append(key)
        self.deepest = max(self.deepest, self._qsize())


def line_of(**changes) -> Watched:
    return Watched(**{"capacity": None, "refuses": False, "workers": 1, "producers": 1, **changes})


def happens(what: threading.Semaphore) -> bool:
    return what.acquire(timeout=LIMIT_S)


def assert_first_come_first_served(line: Watched) -> None:
    """Nobody got in past someone at the door, and the door line kept its order."""
    at_door = set(line.door.order)
    assert line.overtaken == []
    assert [key for key in line.entered if key in at_door] == line.door.order


def most_waiting(entries: list[Entry]) -> int:
    """The largest number between acceptance and taking, by the stamps."""
    enqueued = np.sort([entry[2] for entry in entries])
    taken = np.sort([entry[3] for entry in entries])
    # A place that is freed and taken at one nanosecond was free.
    return int((np.arange(1, len(entries) + 1) - np.searchsorted(taken, enqueued, "right")).max())


def test_the_door_lets_in_by_order_of_arrival(crew: Crew) -> None:
    """Thirty producers in front of a full queue enter in the order in which they came."""
    line, answers = line_of(capacity=2, producers=30), {}

    def come(item: int) -> None:
        answers[item] = line.offer(item, 1)

    assert line.offer(100, 1)[1] and line.offer(101, 1)[1]
    for item in range(30):
        crew.start(come, item)
        assert happens(line.door.joined)
    taken = [line.take() for _ in range(32)]
    crew.gather()
    assert [entry[0] for entry in taken] == [100, 101, *range(30)]
    stamps = [answers[item][0] for item in range(30)]
    assert stamps == sorted(stamps) and all(answers[item][1] for item in range(30))
    assert stamps == [entry[2] for entry in taken[2:]]


def test_nobody_gets_past_the_door_in_a_crowd(crew: Crew, tiny_switch_interval: None) -> None:
    """Twelve producers and three workers at three places: no overtaking, in no order of events."""
    line = line_of(capacity=3, workers=3, producers=12)
    logs = [serve_in_background(crew, line) for _ in range(3)]
    answers = [deque() for _ in range(12)]
    for number in range(12):
        crew.start(offer_all, line, range(number, 2400, 12), answers[number])
    assert line.wait_quiet(LIMIT_S)
    line.close()
    crew.gather()
    assert_first_come_first_served(line)
    entries = [entry for log in logs for entry in log]
    assert sorted(entry[0] for entry in entries) == list(range(2400))
    assert line.deepest <= 3 and most_waiting(entries) <= 3
    accepted = {item: answer for log in answers for item, answer in log}
    assert all(accepted[entry[0]] == (entry[2], True) for entry in entries)
    by_acceptance = sorted(entries, key=lambda entry: entry[2])
    assert [entry[:2] for entry in by_acceptance] == line.entered
    assert all(one[3] <= next_one[3] for one, next_one in itertools.pairwise(by_acceptance))
    assert all(entry[2] <= entry[3] for entry in entries)


def serve_in_background(crew: Crew, line: Line) -> list[Entry]:
    """What a worker takes until it is sent home."""
    log: list[Entry] = []

    def serve() -> None:
        while (entry := line.take()) is not None:
            log.append(entry)

    crew.start(serve)
    return log


def offer_all(line: Line, items: range, answers: deque) -> None:
    for item in items:
        answers.append((item, line.offer(item, 1)))
    line.producer_done()


def test_a_full_line_refuses_at_once_if_it_refuses() -> None:
    """The item after the last place is refused, with the instant; a freed place is given again."""
    line = line_of(capacity=2, refuses=True)
    before = clock()
    assert line.offer(0, 1)[1] and line.offer(1, 1)[1]
    instant, accepted = line.offer(2, 1)
    assert not accepted and before <= instant <= clock()
    assert line.take()[0] == 0
    assert line.offer(3, 1)[1] and not line.offer(4, 1)[1]
    assert line.refused == 2


def test_without_a_limit_nothing_is_refused_and_nobody_waits() -> None:
    """A line without capacity takes whatever comes, in order."""
    line = line_of(refuses=True)
    assert all(line.offer(item, 1)[1] for item in range(1000))
    assert [line.take()[0] for _ in range(1000)] == list(range(1000))


def test_close_sends_an_idle_worker_home(crew: Crew) -> None:
    """A worker that waits for an item gets none."""
    line, got = line_of(), deque()
    crew.start(lambda: got.append(line.take()))
    assert happens(line.idling.entered)
    line.close()
    crew.gather()
    assert list(got) == [None]


def test_close_sends_home_whoever_is_at_the_door(crew: Crew) -> None:
    """Two producers in front of a full queue learn that they were not let in."""
    line, got = line_of(capacity=1, producers=2), deque()
    assert line.offer(0, 1)[1]
    for item in (1, 2):
        crew.start(lambda item=item: got.append(line.offer(item, 1)))
        assert happens(line.door.joined)
    line.close()
    crew.gather()
    assert list(got) == [None, None]
    assert line.offer(3, 1) is None and line.take() is None


@pytest.mark.parametrize("backing_off", [False, True])
def test_close_sends_the_return_line_home(crew: Crew, backing_off: bool) -> None:
    """Whether nothing comes back or something that is due in an hour, the return line ends."""
    line, got = line_of(), deque()
    if backing_off:
        line.send_back(clock() + HOUR_NS, 0, 2)
    crew.start(lambda: got.append(line.next_due()))
    assert happens(line.resting.entered)
    line.close()
    crew.gather()
    assert list(got) == [None] and line.next_due() is None


def test_the_return_line_brings_the_longest_due_first(crew: Crew) -> None:
    """Who is due now goes before who was sent back earlier and is due in an hour."""
    line, got = line_of(), deque()
    line.send_back(clock() + HOUR_NS, 0, 2)
    crew.start(lambda: got.append(line.next_due()))
    assert happens(line.resting.entered)
    now = clock()
    line.send_back(now, 7, 3)
    crew.gather()
    assert list(got) == [(7, 3)]
    for item in (5, 4, 6):
        line.send_back(now - item, item, 2)
    line.send_back(now - 5, 3, 2)
    assert [line.next_due()[0] for _ in range(4)] == [6, 3, 5, 4]


def test_nothing_comes_back_before_it_is_due() -> None:
    """The return line waits out the backoff."""
    line = line_of()
    due = clock() + 20_000_000
    line.send_back(due, 0, 2)
    assert line.next_due() == (0, 2)
    assert clock() >= due


def test_quiet_only_when_all_is_done(crew: Crew) -> None:
    """A producer at work, an item waiting, served, or coming back: each of them is no quiet."""
    line = line_of()
    taken: deque[Entry | None] = deque()
    has_taken, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def work() -> None:
        assert happens(go_on)
        while (entry := line.take()) is not None:
            taken.append(entry)
            has_taken.release()
            assert happens(go_on)

    crew.start(work)
    assert not line.wait_quiet(0), "a worker has not come yet"
    go_on.release()
    assert happens(line.idling.entered)
    assert not line.wait_quiet(0), "the producer is not done"
    line.offer(0, 1)
    assert happens(has_taken)
    line.producer_done()
    assert not line.wait_quiet(0), "an item is served"
    line.send_back(clock(), 0, 2)
    go_on.release()
    assert happens(line.idling.entered)
    assert not line.wait_quiet(0), "an item backs off"
    assert line.next_due() == (0, 2)
    assert not line.wait_quiet(0), "an item is on its way to the door"
    line.offer(0, 2)
    assert happens(has_taken)
    assert not line.wait_quiet(0), "its second attempt is served"
    go_on.release()
    assert line.wait_quiet(LIMIT_S) and line.wait_quiet(0)
    line.close()
    crew.gather()
    assert [entry[:2] for entry in taken] == [(0, 1), (0, 2)]


@pytest.mark.parametrize("refuses", [False, True])
def test_a_returning_item_that_is_let_in_or_refused_keeps_the_line_exact(
    crew: Crew, refuses: bool
) -> None:
    """However its return ends, the line is quiet afterwards."""
    line = line_of(capacity=1, refuses=refuses, producers=1)
    line.send_back(clock(), 0, 2)
    assert line.next_due() == (0, 2)
    line.offer(1, 1)
    answers = deque()
    returning = crew.start(lambda: answers.append(line.offer(0, 2)))
    if refuses:
        returning.join(LIMIT_S)
    else:
        assert happens(line.door.joined)
    line.producer_done()
    assert not line.wait_quiet(0)
    log = serve_in_background(crew, line)
    assert line.wait_quiet(LIMIT_S)
    line.close()
    crew.gather()
    assert answers[0][1] is not refuses
    assert [entry[0] for entry in log] == ([1] if refuses else [1, 0])


# -- bounded stress: the same laws, whatever the threads do --------------------------------------


class Crowd:
    """Producers, workers and a return line at one line, by the luck of a seed."""

    def __init__(self, seed: int) -> None:
        luck = random.Random(seed)
        self.items = luck.choice((1, 7, 150))
        self.workers, self.producers = luck.choice((1, 2, 9)), luck.choice((1, 2, 9))
        self.attempts = luck.choice((1, 3))
        self.line = line_of(
            capacity=luck.choice((1, 1, 2, 20, None)),
            refuses=luck.random() < 0.3,
            workers=self.workers,
            producers=self.producers,
        )
        self.served: deque[tuple[int, int]] = deque()
        self.refused: deque[int] = deque()
        self.bad_luck = [luck.random() < 0.4 for _ in range(self.items * self.attempts)]

    def start(self, crew: Crew, on_take: Callable[[], None] = lambda: None) -> None:
        self.on_take = on_take
        for _ in range(self.workers):
            crew.start(self.work)
        crew.start(self.return_line)
        for number in range(self.producers):
            crew.start(self.produce, range(number, self.items, self.producers))

    def produce(self, items: range) -> None:
        for item in items:
            if (answer := self.line.offer(item, 1)) is None:
                break
            if not answer[1]:
                self.refused.append(item)
        self.line.producer_done()

    def return_line(self) -> None:
        while (due := self.line.next_due()) is not None:
            if (answer := self.line.offer(*due)) is None:
                return
            if not answer[1]:
                self.refused.append(due[0])

    def work(self) -> None:
        while (entry := self.line.take()) is not None:
            item, attempt = entry[:2]
            self.on_take()
            self.served.append((item, attempt))
            if attempt < self.attempts and self.fails(item, attempt):
                self.line.send_back(clock(), item, attempt + 1)

    def fails(self, item: int, attempt: int) -> bool:
        return self.bad_luck[item * self.attempts + attempt - 1]

    def ended(self) -> list[int]:
        """The items that had their last attempt or were refused."""
        last = [
            item
            for item, attempt in self.served
            if attempt == self.attempts or not self.fails(item, attempt)
        ]
        return sorted([*last, *self.refused])


@pytest.mark.parametrize("seed", range(60))
def test_no_wake_up_is_lost_and_no_item(crew: Crew, tiny_switch_interval: None, seed: int) -> None:
    """Any crowd comes to rest, with every item ended exactly once."""
    crowd = Crowd(seed)
    crowd.start(crew)
    assert crowd.line.wait_quiet(LIMIT_S), "somebody was not woken"
    crowd.line.close()
    crew.gather()
    assert crowd.ended() == list(range(crowd.items))
    assert_first_come_first_served(crowd.line)
    assert crowd.line.deepest <= (crowd.line.maxsize or crowd.items)


@pytest.mark.parametrize("seed", range(60))
def test_close_finds_everyone_wherever_they_are(
    crew: Crew, tiny_switch_interval: None, seed: int
) -> None:
    """Closed in the midst of a crowd, everyone goes home, and nobody is served twice."""
    crowd = Crowd(seed)
    countdown = itertools.count(1)
    moment = random.Random(-seed - 1).randrange(1, crowd.items + 1)
    reached = threading.Event()

    def maybe_now() -> None:
        if next(countdown) == moment:
            reached.set()
            if seed % 2:
                crowd.line.close()

    crowd.start(crew, maybe_now)
    # With items refused the moment may never come; then it is closed at rest.
    while not reached.is_set() and not crowd.line.wait_quiet(0.001):
        pass
    crowd.line.close()
    crew.gather()
    assert len(set(crowd.served)) == len(crowd.served)
    assert len(set(crowd.ended())) == len(crowd.ended())


class Interrupted(BaseException):
    """What Ctrl-C is turned into here, so that a real one still ends the tests."""


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to a thread here")
def test_ctrl_c_while_waiting_leaves_the_lock_alone(crew: Crew, tiny_switch_interval: None) -> None:
    """Hundreds of interrupts of whoever waits for quiet, in full traffic: nothing breaks."""
    line = line_of(capacity=2, workers=3, producers=3)
    inside = over = False
    answers = [deque() for _ in range(3)]
    main, hits, answered = threading.main_thread().ident, 0, threading.Semaphore(0)

    def interrupt(*_: object) -> None:
        nonlocal inside
        answered.release()
        if inside:
            inside = False
            raise Interrupted

    def press() -> None:
        while not over:
            signal.pthread_kill(main, signal.SIGUSR1)
            answered.acquire(timeout=1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        logs = [serve_in_background(crew, line) for _ in range(3)]
        for number in range(3):
            crew.start(offer_all, line, range(number, 9000, 3), answers[number])
        pressing = crew.start(press)
        quiet, deadline = False, clock() + int(LIMIT_S * 1e9)
        while not quiet and clock() < deadline:
            try:
                inside = True
                quiet = line.wait_quiet(0.0002)
                inside = False
            except Interrupted:
                hits += 1
        over = True
        with suppress(Interrupted):
            pressing.join(LIMIT_S)
    finally:
        inside = False
        over = True
        pressing.join(LIMIT_S)
        signal.signal(signal.SIGUSR1, before)
    # An interrupt may have come just when the line had said that it was quiet.
    assert quiet
    line.close()
    crew.gather()
    assert hits > 0
    assert sorted(entry[0] for log in logs for entry in log) == list(range(9000))
