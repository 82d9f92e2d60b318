"""Pools in which nothing overtakes, chunk by chunk: draws in, instants out.

What the recursion has to remember between two chunks are the workers, the last starts and the
producers; nothing of the items that went before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.engines.compiled.fcfs_kernel import BLOCK, REJECT, serve_in_order
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Outcome
from queuetwin.model.rules.attempt_duration import AttemptDuration
from queuetwin.model.sampling.draws import Draws

__all__ = ["FcfsStation", "Served", "can_stream", "is_fcfs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What happened to consecutive items; arrays of shape (items,), NaN and -1 for never."""

    planned: Floats
    offered: Floats
    accepted: Floats
    started: Floats
    finished: Floats
    worker: Integers

    def outcome(self, failed: NDArray[np.bool_]) -> NDArray[np.int8]:
        """How each item ended, given which attempts fail."""
        served = np.where(failed, np.int8(Outcome.FAILED), np.int8(Outcome.COMPLETED))
        outcome = np.where(np.isnan(self.started), np.int8(Outcome.REJECTED), served)
        outcome[np.isnan(self.offered)] = Outcome.NOT_OFFERED
        return outcome


class FcfsStation:
    """The state of such a pool; `serve` takes the next draws.

    With several producers all draws have to come at once: they take turns across the items.
    """

    def __init__(self, scenario: Scenario) -> None:
        arrivals, queue = scenario.arrivals, scenario.stage.queue
        workers, places = scenario.stage.workers.number, queue.capacity
        self._by_gap = arrivals.pacing == "gap"
        self._end = scenario.duration or np.inf
        self._reached = 0.0
        self._pool = (-1 if places is None else places,
                      REJECT if queue.when_full == "reject" else BLOCK)  # fmt: skip
        self._state = (
            np.zeros(workers),
            np.arange(workers),
            np.zeros(max(places or 0, 1)),
            np.zeros(arrivals.producers),
            np.zeros(arrivals.producers),
            np.arange(arrivals.producers),
            np.zeros(2, dtype=np.int64),
        )

    def serve(self, draws: Draws) -> Served:
        """What happens to the next items."""
        count = len(draws)
        if self._by_gap:
            planned = np.full(count, np.nan)
        else:
            planned = np.cumsum(np.append(self._reached, draws.gap))[1:]
            self._reached = float(planned[-1]) if count else self._reached
        offered, accepted, started, finished = (np.full(count, np.nan) for _ in range(4))
        worker = np.full(count, -1)
        serve_in_order(
            (planned, draws.gap, np.ascontiguousarray(draws.lateness), self._by_gap, self._end),
            draws.lengths()[0],
            np.ascontiguousarray(draws.turn_round[0]),
            self._pool,
            self._state,
            (offered, accepted, started, finished, worker),
        )
        return Served(
            planned=planned,
            offered=offered,
            accepted=accepted,
            started=started,
            finished=finished,
            worker=worker,
        )


def is_fcfs(scenario: Scenario, draws: Draws) -> bool:
    """Whether whoever is accepted first starts first, on the worker that is free first."""
    queue, workers = scenario.stage.queue, scenario.stage.workers
    comes_and_goes = workers.schedule or workers.idle_timeout or workers.breakdown
    return (
        scenario.arrivals.pacing != "outcome"
        and queue.order == "fifo"
        and queue.when_full != "drop-oldest"
        and queue.patience is None
        and workers.lanes == 1
        and not comes_and_goes
        and AttemptDuration(scenario.stage, []).is_plain
        and not draws.fails[:-1].any()
        and not draws.hand_off.any()
    )


def can_stream(scenario: Scenario, draws: Draws) -> bool:
    """Whether such a pool can be served chunk by chunk, to judge by its first draws."""
    return scenario.arrivals.producers == 1 and is_fcfs(scenario, draws)
