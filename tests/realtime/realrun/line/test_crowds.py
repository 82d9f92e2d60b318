"""Crowds at a line, by the luck of a seed: everyone is woken, and every item ends once.

Law: whatever the threads do, a line comes to rest with all its items ended, or, with no worker
left, closes by itself; closed in the midst of it, everyone goes home.
"""

import itertools
import random
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from crew import LIMIT_S, Crew
from lines import Served, Watched, assert_first_come_first_served, offer_all, rules_of
from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.records.run import Outcome
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.realrun.pacing.pacer import clock

US = 1_000


def spell(luck: random.Random) -> tuple[float, float]:
    """Up for a quarter of a millisecond or so, then down for as long."""
    return luck.random() * 5e-4, luck.random() * 5e-4


class Crowd:
    """Producers, workers and a timekeeper at one line."""

    def __init__(self, seed: int, *, everything: bool = False) -> None:
        luck = random.Random(seed)
        self.items = luck.choice((1, 7, 150))
        self.workers, self.producers = luck.choice((1, 2, 9)), luck.choice((1, 2, 9))
        self.attempts = luck.choice((1, 3))
        self.items = max(self.items, self.producers)
        rules = {
            "capacity": luck.choice((1, 1, 2, 20, None)),
            "when_full": luck.choice(("block", "block", "reject")),
            "workers": self.workers,
            "producers": self.producers,
        }
        if everything:
            rules |= self.everything(luck)
        self.line = Watched(rules_of(**rules))
        self.waits_for_word = "users" in rules
        self.served: deque[tuple[int, int]] = deque()
        self.bad_luck = [luck.random() < 0.4 for _ in range(self.items * self.attempts)]

    def everything(self, luck: random.Random) -> dict:
        """Some of all that may happen at an instant, each within half a millisecond or so."""
        most = self.workers + luck.choice((0, 0, 3))
        each = range(self.attempts)
        rules = {
            "order": luck.choice(("fifo", "lifo", "priority")),
            "priority": [luck.randrange(3) for _ in range(self.items)],
            "when_full": luck.choice(("block", "reject", "drop-oldest")),
            "most_workers": most,
        }
        if luck.random() < 0.5:
            rules["patience"] = [
                [luck.randrange(400) * US for _ in range(self.items)] for _ in each
            ]
        if luck.random() < 0.3:
            rules["users"] = self.producers
        if luck.random() < 0.3 and self.workers > 1:
            rules["lanes"] = 2
            rules["lane_of"] = [worker * 2 // self.workers for worker in range(most)]
            rules["routing"] = luck.choice(("round-robin", "shortest", "random"))
            if rules["routing"] == "random":
                rules["route"] = [[luck.random() for _ in range(self.items)] for _ in each]
            rules["most_workers"] = self.workers
        elif luck.random() < 0.5:
            counts = [luck.randint(0, most) for _ in range(6)]
            rules["schedule"] = [
                ((number + 1) * luck.randrange(100, 400) * US, count)
                for number, count in enumerate([*counts, luck.choice((0, 1, most))])
            ]
            rules["schedule"].sort(key=lambda change: change[0])
        if luck.random() < 0.3:
            rules["idle_timeout"] = luck.choice((50, 300, 20_000)) * US
        if luck.random() < 0.3:
            rules["outages"] = [
                Outages(partial(spell, random.Random(worker)), "failed") for worker in range(most)
            ]
        return rules

    def start(self, crew: Crew, on_take: Callable[[], None] = lambda: None) -> None:
        self.on_take = on_take
        self.line.open(clock())
        for number in range(len(self.line.slots)):
            crew.start(self.work, number)
        crew.start(self.line.keep_time)
        for number in range(self.producers):
            crew.start(self.produce, number)

    def produce(self, number: int) -> None:
        line = self.line
        for item in range(number, self.items, self.producers):
            if line.offer(item) is None or (self.waits_for_word and not line.await_outcome(number)):
                break
        line.producer_done()

    def work(self, worker: int) -> None:
        line = self.line
        while (entry := line.take(worker)) is not None:
            item, attempt = entry[:2]
            self.on_take()
            self.served.append((item, attempt))
            if attempt < self.attempts and self.fails(item, attempt):
                line.send_back(clock() + item % 3 * 50 * US, item, attempt + 1)
            else:
                line.notify_user(item, clock())

    def fails(self, item: int, attempt: int) -> bool:
        return self.bad_luck[item * self.attempts + attempt - 1]

    def ended(self) -> list[int]:
        """The items that had their last attempt, or that went without being served."""
        last = [
            item
            for item, attempt in self.served
            if attempt == self.attempts or not self.fails(item, attempt)
        ]
        return sorted(last + [item for item, *_ in self.line.unserved])

    def assert_kept_in_order(self) -> None:
        """No queue was ever too deep, and nobody was overtaken at a door."""
        for lane in self.line.lanes:
            assert_first_come_first_served(lane)
            assert lane.deepest <= (lane.maxsize or self.items)
        assert max(Counter(self.served).values(), default=1) == 1


@pytest.mark.parametrize("seed", range(60))
def test_no_wake_up_is_lost_and_no_item(crew: Crew, tiny_switch_interval: None, seed: int) -> None:
    """Any crowd comes to rest, with every item ended exactly once."""
    crowd = Crowd(seed)
    crowd.start(crew)
    assert crowd.line.wait_quiet(LIMIT_S), "somebody was not woken"
    crowd.line.close()
    crew.gather()
    assert crowd.ended() == list(range(crowd.items))
    assert {how for *_, how in crowd.line.unserved} <= {Outcome.REJECTED}
    crowd.assert_kept_in_order()


@pytest.mark.parametrize("seed", range(150))
def test_everything_at_once(crew: Crew, tiny_switch_interval: None, seed: int) -> None:
    """Impatience, shifts, outages, drops, users: all rest, or nobody is left to serve the rest."""
    crowd = Crowd(seed, everything=True)
    crowd.start(crew)
    line = crowd.line
    assert line.wait_quiet(LIMIT_S), "somebody was not woken"
    line.close()
    crew.gather()
    ended, presences = crowd.ended(), line.attendance.lasting(clock())
    assert len(set(ended)) == len(ended)
    if line.ended_early:
        assert line.ended_early == "no worker left" and line.attendance.nobody_left
    else:
        assert ended == list(range(crowd.items))
    crowd.assert_kept_in_order()
    for number in range(len(line.slots)):
        mine = [(came, left) for worker, came, left, _ in presences if worker == number]
        assert all(came <= left for came, left in mine)
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(mine))


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("seed", range(60))
def test_close_finds_everyone_wherever_they_are(
    crew: Crew, tiny_switch_interval: None, seed: int, everything: bool
) -> None:
    """Closed in the midst of a crowd, everyone goes home, and nobody is served twice."""
    crowd = Crowd(seed, everything=everything)
    countdown = itertools.count(1)
    moment = random.Random(-seed - 1).randrange(1, crowd.items + 1)
    reached = threading.Event()

    def maybe_now() -> None:
        if next(countdown) == moment:
            reached.set()
            if seed % 2:
                crowd.line.close()

    crowd.start(crew, maybe_now)
    # With items that go unserved the moment may never come; then it is closed at rest.
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
    line = Watched(rules_of(capacity=2, workers=3, producers=3))
    line.open(0)
    inside = over = False
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
        workers = [Served(crew, line, number) for number in range(3)]
        for number in range(3):
            crew.start(offer_all, line, range(number, 9000, 3), [])
        pressing = crew.start(press)
        quiet, deadline = False, clock() + int(LIMIT_S * SECOND_NS)
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
    assert sorted(item for worker in workers for item in worker.items) == list(range(9000))
