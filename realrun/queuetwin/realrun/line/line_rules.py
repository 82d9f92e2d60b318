"""The rules of a scenario and its draws as the line needs them: plain lists, in nanoseconds.

The line works in a hot loop, so all that can be worked out before the run is worked out here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Order
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws

_FAR_NS = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRules:
    """Times in ns; `patience` and `route` by attempt and item, `priority` by item.

    `users` is how many closed-loop users there are (0: producers do not wait for outcomes);
    `schedule` gives (instant from the start, number of workers).
    """

    capacity: int | None = None
    order: Order = "fifo"
    when_full: str = "block"
    workers: int
    most_workers: int
    lanes: int = 1
    lane_of: Sequence[int]
    routing: str | None = None
    route: Sequence[Sequence[float]] | None = None
    priority: Sequence[int]
    patience: Sequence[Sequence[int]] | None = None
    idle_timeout: int | None = None
    schedule: Sequence[tuple[int, int]] = ()
    outages: Sequence[Outages] = ()
    producers: int = 1
    users: int = 0

    @staticmethod
    def of(
        scenario: Scenario, draws: Draws, outages: Sequence[Outages], producers: int
    ) -> LineRules:
        """The rules of a scenario."""
        queue, workers = scenario.stage.queue, scenario.stage.workers
        patience = None
        if draws.patience is not None:
            # Past half of what an integer holds is never.
            waits = np.minimum(draws.patience * SECOND_NS, _FAR_NS)
            patience = np.ceil(waits).astype(np.int64).tolist()
        timeout = workers.idle_timeout
        return LineRules(
            capacity=queue.capacity,
            order=queue.order,
            when_full=queue.when_full,
            workers=workers.number,
            most_workers=workers.most,
            lanes=workers.lanes,
            lane_of=[workers.lane_of(number) for number in range(workers.most)],
            routing=workers.routing,
            route=None if draws.route is None else draws.route.tolist(),
            priority=draws.priority.tolist(),
            patience=patience,
            idle_timeout=None if timeout is None else math.ceil(timeout * SECOND_NS),
            schedule=[(round(at * SECOND_NS), count) for at, count in workers.schedule],
            outages=outages,
            producers=producers,
            users=producers if scenario.arrivals.pacing == "outcome" else 0,
        )
