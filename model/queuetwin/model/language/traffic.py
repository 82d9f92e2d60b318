"""How much work is asked for, and whether the pool can keep up with it in the long run.

Offered load counts every attempt that an item makes and what a failing one costs, against the
workers that are there on average.  Above 1 the backlog grows, unless items are lost or the
arrivals themselves slow down.
"""

from __future__ import annotations

from collections.abc import Iterator

from queuetwin.model.base.randomness import reference_generators
from queuetwin.model.distributions.distribution import Distribution
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Stage

_CUT_DRAWS = 20_000

NEVER_SETTLES = "as much comes as can be served, and the queue never settles"


def offered_load(scenario: Scenario) -> float | None:
    """Worker seconds asked for per second and worker, or None without a rate of arrivals."""
    rate = scenario.arrivals.mean_rate
    return None if rate is None else rate * work_per_item(scenario) / _capacity(scenario.stage)


def long_run(scenario: Scenario) -> bool:
    """Whether figures may speak of the long run: arrivals go on, and the pool keeps up."""
    arrivals, queue, workers = scenario.arrivals, scenario.stage.queue, scenario.stage.workers
    if not arrivals.stationary or workers.schedule or workers.idle_timeout:
        return False
    if arrivals.pacing == "outcome" or queue.patience is not None:
        return True
    if queue.capacity is not None and (queue.when_full != "block" or arrivals.pacing == "gap"):
        return True
    load = offered_load(scenario)
    return load is not None and load < 1


def backlog_growth(scenario: Scenario) -> float | None:
    """Items a second by which the backlog grows for ever, what comes less what can be served.

    0 where exactly as much comes as can be served: such a queue never settles either.  None where
    the pool keeps up, and where arrivals or workers are not the same all the time.
    """
    workers, load = scenario.stage.workers, offered_load(scenario)
    steady = scenario.arrivals.stationary and not (workers.schedule or workers.idle_timeout)
    if not steady or load is None or long_run(scenario):
        return None
    assert scenario.arrivals.mean_rate is not None
    return scenario.arrivals.mean_rate * (1 - 1 / load)


def work_per_item(scenario: Scenario) -> float:
    """Mean worker seconds that an item costs over all its attempts, with all workers busy."""
    return sum(
        share * _attempts_of(failing, scenario.stage.failures.attempts) * spent
        for share, spent, failing in _by_class(scenario)
    ) * _slowest(scenario.stage)


def retry_factor(scenario: Scenario) -> float:
    """Mean attempts that an item makes."""
    return sum(
        share * _attempts_of(failing, scenario.stage.failures.attempts)
        for share, _, failing in _by_class(scenario)
    )


def mean_service(scenario: Scenario) -> float:
    """Mean time in seconds that an attempt needs which does not fail, over all classes."""
    own = scenario.stage.service.mean_time
    if not scenario.classes:
        return own
    return sum(
        item_class.share * (item_class.service.mean_time if item_class.service is not None else own)
        for item_class in scenario.classes
    )


def _by_class(scenario: Scenario) -> Iterator[tuple[float, float, float]]:
    """For each class its share, the mean seconds an attempt takes, the share that fails."""
    stage = scenario.stage
    for one in scenario.classes or (None,):
        service: Distribution = stage.service
        failing = stage.failures.probability
        if one is not None:
            service = one.service or service
            failing = failing if one.failure_probability is None else one.failure_probability
        whole, late = _cut(service, stage.failures.time_limit)
        paid = {"none": 0.0, "uniform": 0.5, "full": 1.0}[stage.failures.cost]
        spent = whole * (1 - failing + failing * paid)
        yield (1.0 if one is None else one.share), spent, 1 - (1 - failing) * (1 - late)


def _attempts_of(failing: float, most: int) -> float:
    return sum(failing**attempt for attempt in range(most))


def _cut(service: Distribution, limit: float | None) -> tuple[float, float]:
    """Mean time of an attempt that is cut at the limit, and the share of those that are cut."""
    if limit is None:
        return service.mean_time, 0.0
    import numpy as np

    # No distribution but the simplest knows the mean of its cut times: a fixed sample does.
    times = service.sampler(*reference_generators())(_CUT_DRAWS)[0] * service.mean_time
    return float(np.minimum(times, limit).mean()), float((times > limit).mean())


def _slowest(stage: Stage) -> float:
    most = stage.workers.number
    return max((1 + slower for busy, slower in stage.service.slowdown if busy <= most),
               default=1.0)  # fmt: skip


def _capacity(stage: Stage) -> float:
    """Worker seconds that a second has: how many workers, how quick, how often up."""
    workers = stage.workers
    capacity = float(sum(workers.speeds) or workers.number)
    if workers.breakdown is not None:
        up, down = workers.breakdown.every.mean_time, workers.breakdown.repair.mean_time
        capacity *= up / (up + down)
    return capacity


def expected_items(scenario: Scenario) -> float | None:
    """How many items come, on average where a duration ends the arrivals; None if unknown."""
    if scenario.items is not None:
        return scenario.items
    rate = scenario.arrivals.mean_rate
    return None if rate is None or scenario.duration is None else rate * scenario.duration


def holds_back(scenario: Scenario) -> bool:
    """Whether a full queue, a reply or a gap makes producers wait, so that a plan may pass."""
    queue = scenario.stage.queue
    waits = queue.capacity is not None and queue.when_full == "block"
    return waits or scenario.arrivals.pacing != "schedule"
