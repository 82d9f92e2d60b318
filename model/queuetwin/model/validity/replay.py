"""What a machine added to a run, measured in that run, and the model fed with it.

In-sample by nature: it locates a gap between model and reality, it proves nothing.  Taken from
the run: each item's send lateness, each attempt's service time and failure, and the medians of
hand-off (an idle worker's wake-up) and turn-round (from one item to the next).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from queuetwin.model.engines.simulation import simulate_draws
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.measured import _of_these, overhead_of, send_lateness
from queuetwin.model.records.run import Outcome, Run
from queuetwin.model.sampling.workload import Workload


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
