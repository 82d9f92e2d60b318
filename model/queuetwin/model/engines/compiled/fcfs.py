"""First come first served stations, chunk by chunk: draws go in, instants come out.

Between two chunks the recursion keeps the workers, the last starts and the producers, and
nothing of earlier items.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.engines.compiled.fcfs_kernel import (
    FcfsInstants,
    FcfsPlan,
    FcfsState,
    serve_fcfs,
)
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Outcome
from queuetwin.model.rules.attempt_duration import AttemptDuration
from queuetwin.model.sampling.draws import Draws


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
    """The state of such a station; `serve` takes the next draws.

    With several producers all draws have to come at once, since items are dealt out in turn.
    """

    def __init__(self, scenario: Scenario) -> None:
        arrivals, queue = scenario.arrivals, scenario.stage.queue
        workers, capacity = scenario.stage.workers.number, queue.capacity
        self._by_gap = arrivals.pacing == "gap"
        self._end = scenario.duration or np.inf
        self._last_planned = 0.0
        self._capacity = -1 if capacity is None else capacity
        self._rejects = queue.when_full == "reject"
        self._state = FcfsState(
            free=np.zeros(workers),
            number=np.arange(workers),
            starts=np.zeros(max(capacity or 0, 1)),
            due=np.zeros(arrivals.producers),
            returned=np.zeros(arrivals.producers),
            item=np.arange(arrivals.producers),
            counts=np.zeros(2, dtype=np.int64),
        )

    def serve(self, draws: Draws) -> Served:
        """What happens to the next items."""
        count = len(draws)
        if self._by_gap:
            planned = np.full(count, np.nan)
        else:
            planned = np.cumsum(np.append(self._last_planned, draws.gap))[1:]
            self._last_planned = float(planned[-1]) if count else self._last_planned
        offered, accepted, started, finished = (np.full(count, np.nan) for _ in range(4))
        worker = np.full(count, -1)
        serve_fcfs(
            FcfsPlan(
                planned=planned,
                gap=draws.gap,
                lateness=np.ascontiguousarray(draws.lateness),
                by_gap=self._by_gap,
                end=self._end,
            ),
            draws.lengths()[0],
            np.ascontiguousarray(draws.turn_round[0]),
            self._capacity,
            self._rejects,
            self._state,
            FcfsInstants(offered, accepted, started, finished, worker),
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
    """Whether items start in the order of acceptance, each on the worker that is free first."""
    queue, workers = scenario.stage.queue, scenario.stage.workers
    staff_varies = workers.schedule or workers.idle_timeout or workers.breakdown
    return (
        scenario.arrivals.pacing != "outcome"
        and queue.order == "fifo"
        and queue.when_full != "drop-oldest"
        and queue.patience is None
        and workers.lanes == 1
        and not staff_varies
        and AttemptDuration(scenario.stage, []).is_plain
        and not draws.fails[:-1].any()
        and not draws.hand_off.any()
    )


def can_stream(scenario: Scenario, draws: Draws) -> bool:
    """Whether such a pool can be served chunk by chunk, to judge by its first draws."""
    return scenario.arrivals.producers == 1 and is_fcfs(scenario, draws)
