"""One call: from a scenario and its draws to the tables of a Run, by a compiled kernel.

What no kernel can do is named, never approximated: `what_is_missing` says it before the run.
"""

from __future__ import annotations

import numpy as np

from queuetwin.model.draws import Draws
from queuetwin.model.effort import Effort
from queuetwin.model.fast_engine.recursion import BLOCK, REJECT, serve_in_order
from queuetwin.model.run import Left, Outcome, Records, presence_table
from queuetwin.model.scenario import Scenario

__all__ = ["simulate_fast", "what_is_missing"]


def what_is_missing(scenario: Scenario, draws: Draws) -> str:
    """The key that the compiled engine does not know yet; empty where it knows all."""
    queue, workers = scenario.stage.queue, scenario.stage.workers
    is_plain = Effort(scenario, []).is_plain
    unknown = (
        (scenario.arrivals.pacing == "outcome", "arrivals.process"),
        (queue.order != "fifo", "queue.order"),
        (queue.when_full == "drop-oldest", "queue.when_full"),
        (queue.patience is not None, "queue.patience"),
        (workers.lanes > 1, "workers.own_queue"),
        (bool(workers.schedule), "workers.schedule"),
        (workers.idle_timeout is not None, "workers.idle_timeout"),
        (workers.breakdown is not None, "workers.breakdown"),
        (not is_plain, "workers.speeds, service.slowdown, failures.time_limit"),
        (bool(draws.fails[:-1].any()), "failures.attempts"),
        (bool(draws.hand_off.any()), "a hand-off above zero"),
    )
    return next((key for holds, key in unknown if holds), "")


def simulate_fast(scenario: Scenario, draws: Draws) -> Records:
    """What happens to each item of the draws."""
    arrivals, stage, count = scenario.arrivals, scenario.stage, len(draws)
    by_gap = arrivals.pacing == "gap"
    planned = np.full(count, np.nan) if by_gap else np.cumsum(draws.gap)
    offered, accepted, started, finished = (np.full(count, np.nan) for _ in range(4))
    worker = np.full(count, -1)
    turn_round = np.array(draws.turn_round[0])
    places = stage.queue.capacity
    serve_in_order(
        (planned, draws.gap, draws.lateness, by_gap, scenario.duration or np.inf),
        draws.lengths()[0],
        turn_round,
        (
            arrivals.producers,
            stage.workers.number,
            -1 if places is None else places,
            REJECT if stage.queue.when_full == "reject" else BLOCK,
        ),
        (offered, accepted, started, finished, worker),
    )
    known = np.flatnonzero(~np.isnan(planned))
    end = int(known[-1]) + 1 if len(known) else 0
    served = np.flatnonzero(~np.isnan(started))
    results = np.where(draws.fails[0], Outcome.FAILED, Outcome.COMPLETED)
    outcome = np.where(np.isnan(started), Outcome.REJECTED, results)
    outcome[np.isnan(offered)] = Outcome.NOT_OFFERED
    window = float(np.nanmax(finished))
    zeros = np.zeros(len(served), dtype=np.int16)
    return Records(
        items={
            "planned": planned[:end],
            "offered": offered[:end],
            "accepted": accepted[:end],
            "outcome": outcome[:end],
            "finished": finished[:end],
            "class": draws.item_class[:end],
            "priority": draws.priority[:end],
        },
        attempts={
            "item": served,
            "attempt": zeros + 1,
            "stage": zeros,
            "enqueued": accepted[served],
            "taken": started[served],
            "started": started[served],
            "finished": finished[served],
            "released": (finished + turn_round)[served],
            "worker": worker[served],
            "outcome": results[served],
            "cpu": np.full(len(served), np.nan),
        },
        workers=presence_table(
            [(number, 0.0, window, Left.STAYED) for number in range(stage.workers.number)], window
        ),
        window=window,
        ended="complete",
    )
