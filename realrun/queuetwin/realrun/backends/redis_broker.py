"""The backend of Redis: a list of a real broker, and worker processes that it feeds.

Each worker is a process owned by a thread of this one, as in the backend of processes; the
thread takes from the broker by a connection of its own and hands one attempt over.  So the death
of a process is noticed at once, and its attempt has failed or is lost as the scenario says.  The
broker only holds items that wait: a scenario that needs more than a list is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable

from queuetwin.model.language.scenario import Scenario
from queuetwin.realrun.backends.backend import Backend, Job, Refusals, beyond_a_plain_queue
from queuetwin.realrun.backends.processes import Processes
from queuetwin.realrun.backends.redis_line import RedisLine, look_for_server

_TAKEN_BACK = "nothing leaves a Redis list but to a worker"


class _Team(Processes):
    """Every worker is a thread with a connection and a process of its own."""

    def __init__(self, job: Job) -> None:
        self._redis = RedisLine(job.rules)
        super().__init__(job, self._redis)

    def thread_targets(self) -> dict[str, list[Callable[[], None]]]:
        return {**super().thread_targets(), "return": [self._redis.bring_back]}

    def interrupt(self) -> None:
        self._redis.leave()
        super().interrupt()


def _refusals(scenario: Scenario) -> Refusals:
    return beyond_a_plain_queue(
        scenario,
        order="a Redis list is served from its head, first in first out",
        own_queue="there is one list for all",
        dropping=_TAKEN_BACK,
        patience=_TAKEN_BACK,
        workers="whoever waits at a Redis list comes once and stays",
        producers="they would overtake each other on the way to it",
    )


BACKEND = Backend(
    name="redis",
    shares="processors",
    refusals=_refusals,
    make_team=_Team,
    look=look_for_server,
    needs_server=True,
    takes_in_order=False,
)
