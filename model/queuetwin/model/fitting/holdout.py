"""Holdout validation: one half of a log predicts the other, with what relative error.

The halves are interleaved blocks, so a day that drifts is in both.  Only the odd blocks are fitted;
a rate that changes by the clock is drawn straight from the midst of one to the next, and recorded
arrivals are repeated.  Predicted are the items of the even blocks; observed is what the log shows
of them or, where it shows no waits, what its items wait when so many workers serve them in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.randomness import analysis_generator
from queuetwin.model.base.units import format_duration, format_rate
from queuetwin.model.engines.fcfs_waits import fcfs_waits
from queuetwin.model.engines.simulation import simulate
from queuetwin.model.fitting.fitted_scenario import FittedScenario, fitted_scenario
from queuetwin.model.fitting.observations import Observations, block_of, half
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Outcome, Run
from queuetwin.model.sampling.workload import Workload

_BLOCKS = 12
_FEWEST = 400
_ITEMS = 100_000
_MOST_RUNS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Mean waiting and response time of the second half, in seconds: predicted and observed.

    `logged` says whether the log itself shows the waits.
    """

    predicted_wait: float
    observed_wait: float
    predicted_response: float
    observed_response: float
    logged: bool

    @property
    def relative_error(self) -> float:
        """Of the mean response, as a share of the observed one."""
        return self.predicted_response / self.observed_response - 1


def holdout_of(observations: Observations, seed: int, blocks: int = _BLOCKS) -> Holdout | None:
    """The even blocks predicted from the odd ones.

    None where there are too few items, or more than the workers can do and no limit.
    """
    odd, even = half(observations, blocks, 0), half(observations, blocks, 1)
    if min(len(odd.arrivals), len(even.arrivals)) < _FEWEST:
        return None
    fitted = _on_the_whole_window(
        fitted_scenario(odd, analysis_generator(seed)), odd, observations, blocks
    )
    load = len(odd.arrivals) / odd.seconds * float(odd.services.mean()) / odd.workers
    scenario = fitted.scenario("half", seed)
    if load >= 1 and observations.capacity is None and scenario.items is not None:
        return None
    predicted_wait, predicted_response = _predicted(scenario, observations.seconds, blocks)
    observed_wait, logged = _observed_wait(observations, blocks)
    return Holdout(
        predicted_wait=predicted_wait, observed_wait=observed_wait,
        predicted_response=predicted_response,
        observed_response=observed_wait + float(even.services.mean()), logged=logged,
    )  # fmt: skip


def _on_the_whole_window(
    fitted: FittedScenario, odd: Observations, observations: Observations, blocks: int
) -> FittedScenario:
    """The scenario of the odd blocks, with arrivals interpolated in the even ones."""
    arrival_fit, service, tables = fitted.arrival_fit, fitted.service, dict(fitted.tables)
    length = observations.seconds / blocks
    if arrival_fit.name == "profile":
        points = _from_midst_to_midst(odd, length)
        table = {"process": "profile", "shape": "linear", "points": points}
        arrival_fit = replace(arrival_fit, table=table)
        tables["duration"] = f"{observations.seconds!r}s"
    elif arrival_fit.instants is not None:
        came = arrival_fit.instants + odd.arrivals[0]
        once = came + (came / length).astype(np.int64) * length
        both = np.concatenate([once, once + length])
        order = np.argsort(both, kind="stable")
        order = order[both[order] < observations.seconds]
        arrival_fit = replace(arrival_fit, instants=both[order] - both[order[0]])
        if service.is_in_order and service.samples is not None:
            service = replace(service, samples=np.tile(service.samples, 2)[order])
    else:
        tables["items"] = _ITEMS
    return replace(fitted, arrival_fit=arrival_fit, tables=tables, service=service.light())


def _from_midst_to_midst(odd: Observations, length: float) -> list[list[str]]:
    """Points of a profile: the rate of each odd block in its midst."""
    pieces = round(odd.seconds / length)
    block = block_of(odd.arrivals, odd.seconds, pieces)
    rates = np.bincount(block, minlength=pieces) / length
    points = [
        [format_duration((2 * place + 0.5) * length), format_rate(rate) if rate else "0/s"]
        for place, rate in enumerate(rates.tolist())
    ]
    return [["0s", points[0][1]], *points]


def _predicted(scenario: Scenario, seconds: float, blocks: int) -> tuple[float, float]:
    """Mean waiting and response time over as many runs as it takes."""
    stationary = scenario.items is not None
    runs = 1
    if not stationary:
        length = len(Workload.draw(scenario).all())
        runs = min(_MOST_RUNS, max(1, _ITEMS // max(length, 1)))
    sums: Any = np.zeros(3)
    for replication in range(runs):
        run = simulate(scenario, Workload.draw(scenario, replication=replication), engine="auto")
        even = None if stationary else block_of(run.items["planned"], seconds, blocks) % 2 == 1
        sums += _sums(run, even)
    return float(sums[0] / sums[2]), float(sums[1] / sums[2])


def _sums(run: Run, wanted: Any) -> Floats:
    """Sums of waits and of responses of completed items, and how many there were."""
    planned = run.items["planned"]
    chosen = run.items["outcome"] == Outcome.COMPLETED
    if wanted is not None:
        chosen = chosen & wanted
    first = run.attempts["attempt"] == 1
    started = np.full(len(planned), np.nan)
    started[run.attempts["item"][first]] = run.attempts["started"][first]
    waits = (started - planned)[chosen]
    responses = (run.items["finished"] - planned)[chosen]
    return np.array([waits.sum(), responses.sum(), len(waits)])


def _observed_wait(observations: Observations, blocks: int) -> tuple[float, bool]:
    """Mean wait of the items of the even blocks, and whether the log itself shows it."""
    known = ~np.isnan(observations.waits)
    if known.all():
        even = block_of(observations.served_at, observations.seconds, blocks) % 2 == 1
        return float(observations.waits[even].mean()), True
    count = min(len(observations.arrivals), len(observations.services))
    waits = fcfs_waits(
        observations.arrivals[:count], observations.services[:count], observations.workers
    )
    even = block_of(observations.arrivals[:count], observations.seconds, blocks) % 2 == 1
    return float(waits[even].mean()), False
