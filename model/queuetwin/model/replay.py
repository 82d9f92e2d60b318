"""What a machine added to a run, measured in that run, and the model fed with it.

In-sample by nature: it locates a gap between model and reality, it proves nothing.  Taken from
the run: each item's send lateness, each attempt's service time and failure, and the medians of
hand-off (an idle worker's wake-up) and turn-round (from one item to the next).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.arrivals import Arrivals
from queuetwin.model.draws import Draws
from queuetwin.model.run import Outcome, Run, Table
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import simulate_draws
from queuetwin.model.steps import wakings_of
from queuetwin.model.workload import Workload

__all__ = ["Overhead", "overhead_of", "replay", "send_lateness"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Medians in seconds of what the machine added; NaN where the run has no case of it.

    `overshoot` is the service time beyond the demand: of a sleep, or of the user's task.
    """

    lateness: float
    overshoot: float
    hand_off: float
    turn_round: float


def send_lateness(run: Run, arrivals: Arrivals) -> Floats:
    """Offered minus the instant at which its producer could have offered it, shape (items,).

    That is the plan, or the return of that producer's last put where it came later.
    """
    items, producers = run.items, arrivals.producers
    if arrivals.pacing == "outcome":
        returned = items["finished"]
    else:
        returned = np.where(np.isnan(items["accepted"]), items["finished"], items["accepted"])
    last = np.full(len(returned), 0.0)
    last[producers:] = returned[: max(len(returned) - producers, 0)]
    return np.asarray(items["offered"] - np.fmax(items["planned"], last))


def overhead_of(run: Run, scenario: Scenario, draws: Draws) -> Overhead:
    """What this run's machine added to its services and steps."""
    attempts = _of_these(run, draws)
    hand_offs, turn_rounds = wakings_of(run)
    demanded = draws.demand[attempts["attempt"] - 1, attempts["item"]]
    whole = attempts["outcome"] == Outcome.COMPLETED
    over = (attempts["finished"] - attempts["started"] - demanded)[whole]
    stage = scenario.stage
    as_drawn = not (stage.service.slowdown or stage.workers.speeds or stage.workers.breakdown)
    return Overhead(
        lateness=_median(send_lateness(run, scenario.arrivals)),
        overshoot=_median(over) if as_drawn else float("nan"),
        hand_off=_median(hand_offs.late),
        turn_round=_median(turn_rounds.late),
    )


def replay(run: Run, scenario: Scenario, workload: Workload) -> Run:
    """The model on this run's lateness, services, median hand-off and turn-round.

    A worker that was down in the midst of a service took longer for it; where workers fail, the
    drawn demands stay, and the model puts the outages in.
    """
    draws = workload.all()
    added = overhead_of(run, scenario, draws)
    shape = draws.demand.shape
    lateness = np.zeros(len(draws))
    measured = send_lateness(run, scenario.arrivals)
    lateness[: len(measured)] = np.nan_to_num(measured.clip(min=0.0))[: len(lateness)]
    draws = replace(
        draws,
        lateness=lateness,
        hand_off=np.full(shape, np.nan_to_num(added.hand_off)),
        turn_round=np.full(shape, np.nan_to_num(added.turn_round)),
    )
    if scenario.stage.workers.breakdown is not None:
        return simulate_draws(scenario, workload, draws)
    attempts = _of_these(run, draws)
    where = attempts["attempt"] - 1, attempts["item"]
    served = ~np.isnan(attempts["started"]) & ~np.isnan(attempts["finished"])
    demand, fails = draws.demand.copy(), draws.fails.copy()
    demand[where] = np.where(served, attempts["finished"] - attempts["started"], demand[where])
    fails[where] = np.where(served, attempts["outcome"] == Outcome.FAILED, fails[where])
    # A measured time holds already what the failure cost, the worker's speed and the limit.
    draws = replace(draws, demand=demand, fails=fails, cost=np.broadcast_to(1.0, shape))
    measured_already = ("workers.speeds", "service.slowdown", "failures.time_limit")
    return simulate_draws(scenario.changed(dict.fromkeys(measured_already)), workload, draws)


def _of_these(run: Run, draws: Draws) -> Table:
    """The attempts at items that the draws have: a model of other arrivals may have fewer."""
    known = (run.attempts["item"] < len(draws)) & (run.attempts["attempt"] <= len(draws.demand))
    return {name: column[known] for name, column in run.attempts.items()}


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")
