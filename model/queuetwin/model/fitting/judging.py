"""A process of arrivals is judged by the queue behind it, not by its likelihood alone.

So many workers that they are busy for four fifths of the time serve the recorded items with
their recorded times; others like them serve items of the process with times of the fitted law.
The likeliest process whose mean wait differs by no more than chance does is taken; where none
does, the recorded instants are.  Where services change over the window, so that busy hours may
bring shorter ones, a profile of the work that comes is tried too, and what comes nearest taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from queuetwin.model.fitting.comings import Comings, by_work, recorded
from queuetwin.model.fitting.families import Fitted
from queuetwin.model.fitting.log import Floats
from queuetwin.model.fitting.replaying import waits_in_order
from queuetwin.model.fitting.seen import Seen
from queuetwin.model.fitting.tables import length_of, scenario_with
from queuetwin.model.workload import Workload

__all__ = ["judged", "mean_waits", "services_drift"]

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


def judged(candidates: list[Comings], service: Fitted, seen: Seen) -> Comings:
    """The first of the candidates (the likeliest first) behind which the queue is as recorded."""
    count = min(len(seen.arrivals), len(seen.services))
    load = len(seen.arrivals) / seen.seconds * float(seen.services.mean())
    workers = min(max(1, round(load / _LOAD)), _MOST_WORKERS)
    stretch = _LOAD * workers / load
    waits = waits_in_order(seen.arrivals[:count], seen.services[:count] * stretch, workers)
    wait = float(waits.mean())
    small = _NEGLIGIBLE * stretch * float(seen.services.mean())
    drifts = services_drift(seen.services)
    if drifts:
        candidates = [*candidates, by_work(seen.arrivals[:count], seen.services[:count],
                                           seen.seconds)]  # fmt: skip
    tried: list[tuple[float, Comings]] = []
    for one in candidates:
        means = mean_waits(one, service, seen, workers, stretch)
        away = abs(float(means.mean()) - wait)
        chance = _AWAY_CHANCE * float(means.std(ddof=1))
        factor = _factor(float(means.mean()) + small, wait + small)
        alike = away <= max(_AWAY * wait, chance) + small and factor <= _FARTHEST
        if alike and not drifts:
            return _told(one, tried)
        tried.append((factor, one))
    trace = recorded(
        seen.arrivals, seen.seconds,
        f"no process fits ({candidates[0].name} is likeliest, but the queue behind it differs)",
    )  # fmt: skip
    means = mean_waits(trace, service, seen, workers, stretch)
    factor = _factor(float(means.mean()) + small, wait + small)
    tried.append((factor, trace))
    nearest = min(tried, key=lambda one: one[0])[1]
    return trace if factor <= 1 + _AWAY else _told(nearest, tried)


def services_drift(services: Floats) -> bool:
    """Whether the mean of blocks of services differs more than chance lets it (chi-squared)."""
    blocks = np.array_split(services, _BLOCKS)
    if len(services) < _BLOCKS**2 or not services.std():
        return False
    spread = sum(
        len(block) * (float(block.mean()) - float(services.mean())) ** 2 for block in blocks
    )
    return spread / float(services.var()) > _DRIFT


def _factor(one: float, other: float) -> float:
    return max(one / other, other / one)


def _told(chosen: Comings, tried: list[tuple[float, Comings]]) -> Comings:
    names = [one.name for _, one in tried if one is not chosen]
    if not names or chosen.name == "trace":
        return chosen
    why = f"{chosen.why}; the queue behind {', '.join(names)} differs more from the recorded one"
    return replace(chosen, why=why)


def mean_waits(
    comings: Comings, service: Fitted, seen: Seen, workers: int, stretch: float
) -> Floats:
    """Mean waits of several runs of this process and law, in seconds, shape (runs,)."""
    rest = {"workers": {"count": workers}, **length_of(comings, seen)}
    scenario = scenario_with(comings, service.light(), rest)
    count = len(seen.arrivals)
    runs = min(_MOST_RUNS, max(_FEWEST_RUNS, _ITEMS // count))
    means: list[Any] = []
    for replication in range(runs):
        draws = Workload.draw(scenario, replication=replication).all()
        waits = waits_in_order(np.cumsum(draws.gap), draws.demand[0] * stretch, workers)
        means.append(waits.mean())
    return np.array(means)
