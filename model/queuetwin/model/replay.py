"""What a machine added to a run, measured in that run, and the model fed with it.

In-sample by nature: it locates a gap between model and reality, it proves nothing.  Taken from
the run: each item's send lateness, each attempt's service time and failure, and the medians of
hand-off (an idle worker's wake-up) and turn-round (from one item to the next).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.run import Outcome, Run
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import simulate_draws
from queuetwin.model.workload import Draws, Workload

__all__ = ["Overhead", "overhead_of", "replay", "send_lateness"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Medians in seconds of what the machine added; NaN where the run has no case of it.

    `overshoot` is the service time beyond the demand, for workers that slept.
    """

    lateness: float
    overshoot: float
    hand_off: float
    turn_round: float


def send_lateness(run: Run, producers: int) -> Floats:
    """Offered minus the instant at which its producer could have offered it, shape (items,).

    The first is the plan, or the return of that producer's last put where that came later.
    """
    items = run.items
    put_returned = np.where(np.isnan(items["accepted"]), items["finished"], items["accepted"])
    last = np.full(len(put_returned), 0.0)
    last[producers:] = put_returned[: max(len(put_returned) - producers, 0)]
    return np.asarray(items["offered"] - np.fmax(items["planned"], last))


def overhead_of(run: Run, scenario: Scenario, draws: Draws) -> Overhead:
    """What this run's machine added to its services and steps."""
    attempts = run.attempts
    hand_off, turn_round = _steps(run)
    demanded = draws.demand[attempts["attempt"] - 1, attempts["item"]]
    whole = attempts["outcome"] == Outcome.COMPLETED
    over = (attempts["finished"] - attempts["started"] - demanded)[whole]
    return Overhead(
        lateness=_median(send_lateness(run, scenario.arrivals.producers)),
        overshoot=_median(over) if scenario.stage.service.task is None else float("nan"),
        hand_off=_median(hand_off),
        turn_round=_median(turn_round),
    )


def replay(run: Run, scenario: Scenario, workload: Workload) -> Run:
    """The model on this run's lateness, services, median hand-off and turn-round."""
    draws = workload.all()
    added = overhead_of(run, scenario, draws)
    attempts = run.attempts
    where = attempts["attempt"] - 1, attempts["item"]
    served = ~np.isnan(attempts["finished"])
    demand, fails = draws.demand.copy(), draws.fails.copy()
    demand[where] = np.where(served, attempts["finished"] - attempts["started"], demand[where])
    fails[where] = np.where(served, attempts["outcome"] == Outcome.FAILED, fails[where])
    lateness = np.zeros(len(draws))
    measured = send_lateness(run, scenario.arrivals.producers)
    lateness[: len(measured)] = np.nan_to_num(measured.clip(min=0.0))
    measured_draws = Draws(
        first=0,
        gap=draws.gap,
        payload=draws.payload,
        demand=demand,
        fails=fails,
        lateness=lateness,
        hand_off=np.full(demand.shape, np.nan_to_num(added.hand_off)),
        turn_round=np.full(demand.shape, np.nan_to_num(added.turn_round)),
    )
    # The measured time of a failed attempt is its cost already.
    at_full_cost = scenario.changed({"failures.cost": "full"})
    return simulate_draws(at_full_cost, workload, measured_draws)


def _steps(run: Run) -> tuple[Floats, Floats]:
    """Hand-offs to workers that were idle, turn-rounds of workers that found an item waiting."""
    attempts = run.attempts
    served = ~np.isnan(attempts["started"])
    names = ("worker", "started", "finished")
    # By finish too: an attempt of no length may start together with the next one.
    order = np.lexsort([attempts[name][served] for name in reversed(names)])
    worker, started, finished, enqueued = (
        attempts[name][served][order] for name in (*names, "enqueued")
    )
    same = worker[1:] == worker[:-1]
    free_since = finished[:-1]
    found_waiting = enqueued[1:] < free_since
    hand_off = (started - enqueued)[1:][same & ~found_waiting]
    turn_round = (started[1:] - free_since)[same & found_waiting]
    return hand_off, turn_round


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")
