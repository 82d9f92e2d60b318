"""The backend of Redis: a list of a real broker, and worker processes that it feeds.

Each worker is a process owned by a thread of this one, as in the backend of processes; the
thread takes from the broker by a connection of its own and hands one attempt over.  So the death
of a process is noticed at once, and what it served has failed or is lost as the scenario says.
The broker only knows items that wait: what needs more of a queue than a list is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from queuetwin.model.scenario import Scenario
from queuetwin.realrun.hiring import Backend, Job, Refusals
from queuetwin.realrun.processes import Processes
from queuetwin.realrun.redis_line import RedisLine

__all__ = ["REDIS"]

_LIST = "a Redis list is served from its head, first in first out"
_TAKEN_BACK = "nothing leaves a Redis list but to a worker"
_WORKERS = "whoever waits at a Redis list comes once and stays"


class _Team(Processes):
    """Every worker is a thread with a connection and a process of its own."""

    def __init__(self, job: Job) -> None:
        self._redis = RedisLine(job.rules)
        super().__init__(job, self._redis)

    def lives(self) -> dict[str, list[Callable[[], None]]]:
        return {**super().lives(), "return": [self._redis.bring_back]}

    def dismiss(self) -> None:
        self._redis.leave()
        super().dismiss()


def _refusals(scenario: Scenario) -> Refusals:
    yield from _of_queue(scenario)
    workers, arrivals = scenario.stage.workers, scenario.arrivals
    if workers.own_queue:
        yield "workers.own_queue", "true", "there is one list for all"
    if workers.schedule:
        yield "workers.schedule", "", _WORKERS
    if workers.idle_timeout is not None:
        yield "workers.idle_timeout", f"{workers.idle_timeout:g}s", _WORKERS
    if workers.breakdown is not None:
        yield "workers.breakdown", "", _WORKERS
    if arrivals.producers > 1:
        key = "arrivals.users" if arrivals.pacing == "outcome" else "arrivals.producers"
        yield key, f"{arrivals.producers}", "they would overtake each other on the way to it"


def _of_queue(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    queue = scenario.stage.queue
    if queue.order != "fifo":
        yield "queue.order", f'"{queue.order}"', _LIST
    if queue.when_full == "drop-oldest":
        yield "queue.when_full", f'"{queue.when_full}"', _TAKEN_BACK
    if queue.patience is not None:
        yield "queue.patience", queue.patience.text(), _TAKEN_BACK


REDIS = Backend(name="redis", refusals=_refusals, hire=_Team)
