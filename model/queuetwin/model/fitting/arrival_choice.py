"""A process of arrivals is chosen by the queue behind it, not by its likelihood alone.

So many workers that they are busy for four fifths of the time serve the recorded items with
their recorded times; others like them serve items of the process with times of the fitted law.
The likeliest process whose mean wait differs by no more than chance does is taken; where none
does, the recorded instants are.  Where services change over the window and not even recorded
arrivals with drawn services have the recorded queue, busy hours bring other services than quiet
ones: then nothing is drawn, and the items are taken as they were, each with its own service.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.engines.fcfs_waits import fcfs_waits
from queuetwin.model.fitting.arrival_fits import ArrivalFit, recorded
from queuetwin.model.fitting.distribution_choice import Fitted, in_order
from queuetwin.model.fitting.observations import Observations
from queuetwin.model.fitting.scenario_parts import length_of, scenario_with
from queuetwin.model.sampling.workload import Workload

__all__ = ["chosen", "mean_waits", "services_drift"]

_LOAD = 0.8
_MOST_WORKERS = 10_000
_ITEMS = 400_000
_FEWEST_RUNS, _MOST_RUNS = 3, 12
# How far a mean wait may be from the recorded one: a share, or so many standard deviations of
# one run; a wait of a small part of a service is nothing.
_AWAY, _AWAY_CHANCE, _NEGLIGIBLE = 0.15, 2.5, 0.01
# A process whose runs differ much may still not be off by more than this factor.
_FARTHEST = 2.0
# Chi-squared of eleven degrees of freedom is beyond this once in ten thousand times.
_BLOCKS, _DRIFT = 12, 37.4


def chosen(
    likely: list[ArrivalFit], service: Fitted, seen: Observations
) -> tuple[ArrivalFit, Fitted]:
    """Arrivals and services: the first of the likely behind which the queue is as recorded."""
    recorded_queue = _Recorded(seen)
    why = f"no process fits ({likely[0].name} is likeliest, but the queue behind it differs)"
    trace = recorded(seen.arrivals, seen.seconds, why)
    if services_drift(seen.services) and _are_pairs(seen):
        alike, factor = recorded_queue.beside(trace, service)
        if not alike:
            return _pairs(seen, factor)
    differ: list[str] = []
    for one in likely:
        alike, _ = recorded_queue.beside(one, service)
        if alike:
            return _told(one, differ), service
        differ.append(one.name)
    return trace, service


class _Recorded:
    """The recorded items behind a pool with a load of four fifths, and others beside them."""

    def __init__(self, seen: Observations) -> None:
        count = min(len(seen.arrivals), len(seen.services))
        mean = float(seen.services.mean())
        load = len(seen.arrivals) / seen.seconds * mean
        self._seen = seen
        self._workers = min(max(1, round(load / _LOAD)), _MOST_WORKERS)
        self._stretch = _LOAD * self._workers / load
        services = seen.services[:count] * self._stretch
        waits = fcfs_waits(seen.arrivals[:count], services, self._workers)
        self._wait = float(waits.mean())
        self._small = _NEGLIGIBLE * self._stretch * mean

    def beside(self, comings: ArrivalFit, service: Fitted) -> tuple[bool, float]:
        """Whether the mean wait is alike, and by which factor it differs."""
        means = mean_waits(comings, service, self._seen, self._workers, self._stretch)
        mean, wait = float(means.mean()), self._wait
        chance = _AWAY_CHANCE * float(means.std(ddof=1))
        ratio = (mean + self._small) / (wait + self._small)
        factor = max(ratio, 1 / ratio)
        alike = abs(mean - wait) <= max(_AWAY * wait, chance) + self._small
        return alike and factor <= _FARTHEST, factor


def _are_pairs(seen: Observations) -> bool:
    """Whether the n-th service is that of the n-th arrival."""
    return seen.attempts == 1 and not seen.rejected


def _pairs(seen: Observations, factor: float) -> tuple[ArrivalFit, Fitted]:
    count = min(len(seen.arrivals), len(seen.services))
    why = "as recorded, each item with its own service: busy times bring other ones than quiet ones"
    told = f"as recorded, item by item; drawn by chance, waits would differ {factor:.2g} times"
    return recorded(seen.arrivals[:count], seen.seconds, why), in_order(seen.services[:count], told)


def services_drift(services: Floats) -> bool:
    """Whether the mean of blocks of services differs more than chance lets it (chi-squared)."""
    blocks = np.array_split(services, _BLOCKS)
    if len(services) < _BLOCKS**2 or not services.std():
        return False
    spread = sum(
        len(block) * (float(block.mean()) - float(services.mean())) ** 2 for block in blocks
    )
    return spread / float(services.var()) > _DRIFT


def _told(one: ArrivalFit, differ: list[str]) -> ArrivalFit:
    if not differ:
        return one
    why = f"{one.why}; the queue behind {', '.join(differ)} differs from the recorded one"
    return replace(one, why=why)


def mean_waits(
    comings: ArrivalFit, service: Fitted, seen: Observations, workers: int, stretch: float
) -> Floats:
    """Mean waits of several runs of this process and law, in seconds, shape (runs,)."""
    rest = {"workers": {"count": workers}, **length_of(comings, seen)}
    scenario = scenario_with(comings, service.light(), rest)
    count = len(seen.arrivals)
    runs = min(_MOST_RUNS, max(_FEWEST_RUNS, _ITEMS // count))
    means: list[Any] = []
    for replication in range(runs):
        draws = Workload.draw(scenario, replication=replication).all()
        waits = fcfs_waits(np.cumsum(draws.gap), draws.demand[0] * stretch, workers)
        means.append(waits.mean())
    return np.array(means)
