"""Model selection of the arrival process: by the queue behind it, not by likelihood alone.

A pool with a load of four fifths serves the recorded items with their recorded times; another
serves items of the process with times of the fitted distribution.  The likeliest process whose
mean wait is the same within random variation is taken; where there is none, the recorded instants
are.  Where services change over the window and not even recorded arrivals with drawn services have
the recorded queue, busy hours bring other services than quiet ones: then nothing is drawn, and the
items are taken as they were, each with its own service.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.engines.fcfs_waits import fcfs_waits
from queuetwin.model.fitting.arrival_fits import ArrivalFit, recorded
from queuetwin.model.fitting.distribution_choice import ChosenDistribution, in_order
from queuetwin.model.fitting.observations import Observations
from queuetwin.model.fitting.scenario_parts import length_of, scenario_with
from queuetwin.model.sampling.workload import Workload

_LOAD = 0.8
_MOST_WORKERS = 10_000
_ITEMS = 400_000
_FEWEST_RUNS, _MOST_RUNS = 3, 12
# How far a mean wait may be from the recorded one: a share, or so many standard deviations of
# one run; a wait of a small part of a service is nothing.
_AWAY, _AWAY_ERRORS, _NEGLIGIBLE = 0.15, 2.5, 0.01
# A process whose runs differ much may still not be off by more than this factor.
_FARTHEST = 2.0
# Chi-squared of eleven degrees of freedom is beyond this once in ten thousand times.
_BLOCKS, _DRIFT = 12, 37.4


def choose_arrivals(
    likely: list[ArrivalFit], service: ChosenDistribution, observations: Observations
) -> tuple[ArrivalFit, ChosenDistribution]:
    """Arrivals and services: the likeliest process whose queue is as recorded."""
    recorded_queue = _RecordedQueue(observations)
    why = f"no process fits ({likely[0].name} is likeliest, but the queue behind it differs)"
    trace = recorded(observations.arrivals, observations.seconds, why)
    if services_drift(observations.services) and _are_pairs(observations):
        alike, factor = recorded_queue.compare(trace, service)
        if not alike:
            return _recorded_pairs(observations, factor)
    rejected: list[str] = []
    for arrival_fit in likely:
        alike, _ = recorded_queue.compare(arrival_fit, service)
        if alike:
            return _with_rejected(arrival_fit, rejected), service
        rejected.append(arrival_fit.name)
    return trace, service


class _RecordedQueue:
    """The recorded items behind a pool with a load of four fifths, and others beside them."""

    def __init__(self, observations: Observations) -> None:
        count = min(len(observations.arrivals), len(observations.services))
        mean = float(observations.services.mean())
        load = len(observations.arrivals) / observations.seconds * mean
        self._observations = observations
        self._workers = min(max(1, round(load / _LOAD)), _MOST_WORKERS)
        self._stretch = _LOAD * self._workers / load
        services = observations.services[:count] * self._stretch
        waits = fcfs_waits(observations.arrivals[:count], services, self._workers)
        self._wait = float(waits.mean())
        self._small = _NEGLIGIBLE * self._stretch * mean

    def compare(self, arrival_fit: ArrivalFit, service: ChosenDistribution) -> tuple[bool, float]:
        """Whether the mean wait is alike, and by which factor it differs."""
        means = mean_waits(arrival_fit, service, self._observations, self._workers, self._stretch)
        mean, wait = float(means.mean()), self._wait
        allowed = _AWAY_ERRORS * float(means.std(ddof=1))
        ratio = (mean + self._small) / (wait + self._small)
        factor = max(ratio, 1 / ratio)
        alike = abs(mean - wait) <= max(_AWAY * wait, allowed) + self._small
        return alike and factor <= _FARTHEST, factor


def _are_pairs(observations: Observations) -> bool:
    """Whether the n-th service is that of the n-th arrival."""
    return observations.attempts == 1 and not observations.rejected


def _recorded_pairs(
    observations: Observations, factor: float
) -> tuple[ArrivalFit, ChosenDistribution]:
    count = min(len(observations.arrivals), len(observations.services))
    why = "as recorded, each item with its own service: busy times bring other ones than quiet ones"
    why_services = (
        f"as recorded, item by item; drawn by chance, waits would differ {factor:.2g} times"
    )
    return recorded(observations.arrivals[:count], observations.seconds, why), in_order(
        observations.services[:count], why_services
    )


def services_drift(services: Floats) -> bool:
    """Whether the mean of blocks of services differs significantly (chi-squared)."""
    blocks = np.array_split(services, _BLOCKS)
    if len(services) < _BLOCKS**2 or not services.std():
        return False
    spread = sum(
        len(block) * (float(block.mean()) - float(services.mean())) ** 2 for block in blocks
    )
    return spread / float(services.var()) > _DRIFT


def _with_rejected(arrival_fit: ArrivalFit, rejected: list[str]) -> ArrivalFit:
    if not rejected:
        return arrival_fit
    why = f"{arrival_fit.why}; the queue behind {', '.join(rejected)} differs from the recorded one"
    return replace(arrival_fit, why=why)


def mean_waits(
    arrival_fit: ArrivalFit,
    service: ChosenDistribution,
    observations: Observations,
    workers: int,
    stretch: float,
) -> Floats:
    """Mean waits of several runs of this process and distribution, in seconds, shape (runs,)."""
    rest = {"workers": {"count": workers}, **length_of(arrival_fit, observations)}
    scenario = scenario_with(arrival_fit, service.light(), rest)
    count = len(observations.arrivals)
    runs = min(_MOST_RUNS, max(_FEWEST_RUNS, _ITEMS // count))
    means: list[Any] = []
    for replication in range(runs):
        draws = Workload.draw(scenario, replication=replication).all()
        waits = fcfs_waits(np.cumsum(draws.gap), draws.demand[0] * stretch, workers)
        means.append(waits.mean())
    return np.array(means)
