"""Quantiles that a plain run would have to wait for: p99.9 and beyond, of first-come pools.

Where theory has the law of a time its quantile is exact.  Otherwise long waits are made frequent
by `splitting`, and a response is a wait and a service that know nothing of each other: of each
wait the share of services that would carry it beyond a limit is computed, not drawn.  An
estimate says in `method` how it was found.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.statistics.batch_means import BatchSizes
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.ratio_estimators import (
    FEW_COUNTED,
    FEWEST_COUNTED,
    ratio_interval,
)
from queuetwin.model.theory import solve

# A limit in seconds -> what lies above it in each batch.
_Above = Callable[[float], Floats]

_STEPS, _PILOT_STEPS, _PILOTS = 1 << 24, 1 << 21, 2
_BATCHES, _BINS = 512, 2048
_LEVELS, _TOP = 9, 1e-7
_CHUNK, _FIRST = 131_072, 1_000
_HALVINGS = 30
_REPLICATION = 1


class RareTails:
    """The long run of a scenario, far out: `waits` are p90 and p99 of its waiting times.

    They only say where to look; nothing that is found depends on them.
    """

    def __init__(self, scenario: Scenario, waits: tuple[float, float], *, level: float) -> None:
        self._scenario, self._waits, self._level = scenario, waits, level

    def quantile(self, measure: str, share: float) -> Estimate | None:
        """A quantile of "waiting_time" or "response_time"; None where neither way is open.

        Theory knows M/M/c and M/M/c/K; splitting pools of any number of equal workers, first
        come first served, with independent gaps and services, that nothing limits.
        """
        if measure not in ("waiting_time", "response_time"):
            return None
        exact = self._exact(measure, share)
        if exact is not None:
            return exact
        if not _remembers_nothing(self._scenario):
            return None
        weighed = self._weighed
        return weighed.quantile(measure, share) if weighed.is_whole else None

    def _exact(self, measure: str, share: float) -> Estimate | None:
        try:
            known = solve(self._scenario)
        except ScenarioError:
            return None
        if known.pool is None:
            return None
        of = known.pool.waiting_time_quantile if measure == "waiting_time" else (
            known.pool.response_time_quantile
        )  # fmt: skip
        value = of(share)
        return Estimate(estimate=value, low=value, high=value, method=f"exact: {known.system}")

    @cached_property
    def _weighed(self) -> _Weighed:
        usual, long = self._waits
        fall = (long - usual) / math.log(10)
        if fall <= 0:
            fall = self._scenario.stage.service.mean_time / self._scenario.stage.workers.number
        levels = long + fall * (_rarities() - math.log(100))
        for pilot in range(_PILOTS):
            levels = _Weighed(self._scenario, levels, _PILOT_STEPS, pilot, self._level).levels()
        return _Weighed(self._scenario, levels, _STEPS, _PILOTS, self._level)


class _Weighed:
    """A run with retrials, and what its waits weigh."""

    def __init__(
        self, scenario: Scenario, levels: Floats, steps: int, number: int, level: float
    ) -> None:
        from queuetwin.model.engines.compiled.fcfs_splitting import RETRIALS, Splitting

        fall = max((levels[-1] - levels[-2]) / math.log(RETRIALS), 1e-12)
        top = levels[-1] + fall * (-math.log(_TOP) - _rarities()[-1])
        self.edges: Floats = np.linspace(0.0, top, _BINS + 1)
        levels = levels[levels > 0]
        size = max(steps // (_BATCHES * (len(levels) + 1)), 1)
        tree = Splitting(
            scenario.stage.workers.number, levels, self.edges, batches=_BATCHES, size=size
        )
        many = scenario.changed({"items": 4 * steps, "duration": None})
        for draws in Workload.draw(many, replication=_REPLICATION + number).chunks(_CHUNK):
            if tree.batches == _BATCHES or tree.steps > 2 * steps:
                break
            tree.serve(draws)
        self._service, self._level, self._steps = scenario.stage.service, level, tree.steps
        # Where a single service leaps over all levels, as a heavy tail's does, trials only
        # multiply, and the run itself does not get on.
        self.is_whole = tree.batches == _BATCHES
        self._weights = tree.weights[: tree.batches]
        self._under: Floats = self._weights.sum(axis=1)
        # What lies in a bin or above, shape (batches, bins + 1).
        self._beyond: Floats = self._weights[:, ::-1].cumsum(axis=1)[:, ::-1]

    def levels(self) -> Floats:
        """Waits that a quarter of those above the one before exceed, as far as can be told."""
        shares = self._beyond.sum(axis=0) / max(float(self._under.sum()), 1e-300)
        wanted = np.exp(-_rarities())
        known = int((wanted > shares[-1]).sum())
        places = np.searchsorted(-shares, -wanted[:known], side="left") - 1
        levels = self.edges[np.maximum(places, 0)]
        if known < len(wanted):
            fall = float(levels[-1] - levels[-2]) if known > 1 else float(self.edges[-1])
            more = np.arange(1, len(wanted) - known + 1) * max(fall, float(self.edges[1]))
            levels = np.append(levels, (levels[-1] if known else 0.0) + more)
        return np.asarray(np.maximum.accumulate(levels))

    def quantile(self, measure: str, share: float) -> Estimate:
        """The value that this share does not exceed, by inversion of the share above."""
        above: _Above = self._waits_above if measure == "waiting_time" else self._responses_above
        left, whole = 1 - share, float(self._under.sum())
        most = float(self.edges[-1])
        while above(most).sum() > left * whole:
            most *= 2
        estimate = _falls_to(lambda limit: float(above(limit).sum()) / whole, left, 0.0, most)
        method = f"long waits tried again (splitting), {self._steps:,} items"
        over = above(estimate)
        if np.count_nonzero(over) < FEWEST_COUNTED:
            return Estimate(estimate=estimate, warnings=(FEW_COUNTED,), method=method)
        plan = BatchSizes.of(over - over.sum() / whole * self._under)

        def bounds(limit: float) -> Estimate:
            return ratio_interval(above(limit), self._under, level=self._level, plan=plan)

        found = bounds(estimate)
        low = _falls_to(lambda limit: bounds(limit).low, left, 0.0, estimate)
        return Estimate(
            estimate=estimate,
            low=min(low, estimate),
            high=_falls_to(lambda limit: bounds(limit).high, left, estimate, 2 * most),
            effective_size=found.effective_size,
            warnings=found.warnings,
            method=method,
        )

    def _waits_above(self, limit: float) -> Floats:
        place = limit / float(self.edges[1])
        bin_ = min(int(place) + 1, _BINS)
        part = min(place + 1 - bin_, 1.0)
        return np.asarray(self._beyond[:, bin_] - part * self._weights[:, bin_])

    def _responses_above(self, limit: float) -> Floats:
        middles = np.append(0.0, (self.edges[1:] + self.edges[:-1]) / 2)
        return np.asarray(self._weights @ self._service.survival(limit - middles))


def _rarities() -> Floats:
    """How rare a wait above each level is to be: minus the logarithm of the share."""
    from queuetwin.model.engines.compiled.fcfs_splitting import RETRIALS

    return np.arange(1.0, _LEVELS + 1) * math.log(RETRIALS)


def _falls_to(share: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Where a falling share reaches the wanted one, between low and high."""
    if share(low) <= wanted:
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) > wanted else (low, middle)
    return (low + high) / 2


def _remembers_nothing(scenario: Scenario) -> bool:
    """Whether a retrial may take any other gaps and services, and waits do not know services."""
    from queuetwin.model.engines.compiled.fcfs import can_stream

    arrivals, queue, failures = scenario.arrivals, scenario.stage.queue, scenario.stage.failures
    by_class = any(
        item_class.service or item_class.failure_probability is not None
        for item_class in scenario.classes
    )
    first = next(Workload.draw(scenario.changed({"items": _FIRST})).chunks(_FIRST))
    return (
        arrivals.independent_gaps is not None
        and arrivals.pacing == "schedule"
        and (queue.capacity is None or queue.when_full == "block")
        and not by_class
        and not (failures.happen and failures.attempts > 1)
        and can_stream(scenario, first)
    )
