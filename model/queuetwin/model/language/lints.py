"""What is unwise in a scenario, though nothing forbids it: notes with reasons, never errors.

Each note names the key that it is about, says what will happen, and why.
"""

from __future__ import annotations

from collections.abc import Iterator

from queuetwin.model.base.errors import Problem
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Stage
from queuetwin.model.language.traffic import (
    NEVER_SETTLES,
    backlog_growth,
    expected_items,
    long_run,
    mean_service,
    offered_load,
    retry_factor,
    work_per_item,
)

# Fewer values than this beyond a quantile, and the quantile says little.
_FEWEST_BEYOND = 50


def lints(scenario: Scenario) -> tuple[Problem, ...]:
    """Every note on a scenario.

    >>> pool = Scenario.from_dict({"items": 1000, "arrivals": {"process": "poisson",
    ...     "rate": "30/s"}, "workers": {"count": 2},
    ...     "service": {"distribution": "exponential", "mean": "100ms"}})
    >>> lints(pool)[0].key
    'workers.count'
    """
    found = (
        *_overload(scenario),
        *_impatience(scenario),
        *_short_runs(scenario),
        *_idle_capacity(scenario),
        *_useless_order(scenario),
        *_useless_failures(scenario),
        *_leavers(scenario),
        *_tasks(scenario.stage),
        *_work(scenario),
    )
    return tuple(
        Problem(
            message=message,
            key=key,
            file=scenario.source.file,
            line=scenario.source.line(key) if scenario.source.file else None,
        )
        for key, message in found
    )


_Notes = Iterator[tuple[str, str]]


def _overload(scenario: Scenario) -> _Notes:
    load = offered_load(scenario)
    if load is None or load < 1:
        return
    tries = retry_factor(scenario)
    retries = f" (retries make it {load:.0%} of {load / tries:.0%})" if load / tries < 1 else ""
    asked = f"{load:.0%} of what the workers can do is asked for{retries}: "
    if long_run(scenario):
        yield "workers.count", asked + "some items will be lost, or wait for the producer"
    elif backlog_growth(scenario) == 0:
        yield "workers.count", asked + NEVER_SETTLES
    else:
        yield "workers.count", asked + "the backlog grows as long as the run lasts"


def _impatience(scenario: Scenario) -> _Notes:
    patience = scenario.stage.queue.patience
    service = mean_service(scenario)
    if patience is not None and patience.mean_time < service:
        yield (
            "queue.patience",
            f"items wait {patience.mean_time:g} s on average before they leave, less than one "
            f"service takes ({service:g} s): whoever finds all workers busy is mostly lost",
        )


def _short_runs(scenario: Scenario) -> _Notes:
    count = expected_items(scenario)
    if count is None:
        return
    for number, slo in enumerate(scenario.slo):
        _, statistic = slo.parts()
        share = statistic.share_beyond
        if share is None:
            continue
        beyond = count * share
        if beyond < _FEWEST_BEYOND:
            yield (
                f"slo.{number}",
                f"{statistic} of {count:,.0f} items rests on the {max(beyond, 0):.0f} slowest: "
                f"{_FEWEST_BEYOND / max(share, 1e-9):,.0f} items would do",
            )


def _idle_capacity(scenario: Scenario) -> _Notes:
    queue, arrivals = scenario.stage.queue, scenario.arrivals
    if queue.capacity is None:
        if queue.when_full != "block":
            yield "queue.when_full", "without queue.capacity the queue is never full"
        return
    if scenario.items is not None and queue.capacity >= scenario.items:
        yield "queue.capacity", "there are no more items than places: the queue is never full"
    elif arrivals.pacing == "outcome" and queue.capacity >= arrivals.producers:
        yield "queue.capacity", "there are no more users than places: the queue is never full"
    elif arrivals.starts_with_all and queue.when_full == "block" and arrivals.producers == 1:
        yield "queue.capacity", "one producer puts a backlog: its size changes no start of service"


def _useless_order(scenario: Scenario) -> _Notes:
    order = scenario.stage.queue.order
    priorities = {item_class.priority for item_class in scenario.classes}
    if order == "priority" and len(priorities) < 2:  # noqa: PLR2004 - one urgency is none
        yield "queue.order", "all items are equally urgent: give [[class]] tables with priorities"
    elif order != "priority" and len(priorities) > 1:
        yield "class", f'priorities mean nothing with order "{order}": write order = "priority"'


def _useless_failures(scenario: Scenario) -> _Notes:
    failures = scenario.stage.failures
    by_class = any(item_class.failure_probability for item_class in scenario.classes)
    hit = scenario.stage.workers.breakdown
    can_fail = failures.happen or by_class or (hit is not None and hit.item == "failed")
    if failures.attempts > 1 and not can_fail:
        yield "failures.attempts", "nothing fails, so nothing is tried again"
    if failures.attempts == 1 and (failures.backoff or failures.jitter):
        yield "failures.backoff", "one attempt: nothing comes back, so there is no pause"
    if failures.time_limit is not None and failures.time_limit < mean_service(scenario):
        yield "failures.time_limit", "shorter than the mean service: most work is thrown away"


def _leavers(scenario: Scenario) -> _Notes:
    workers, rate = scenario.stage.workers, scenario.arrivals.mean_rate
    if workers.idle_timeout is not None and rate and workers.idle_timeout < 1 / rate:
        yield (
            "workers.idle_timeout",
            f"items come every {1 / rate:.3g} s: all workers may have left before the next one",
        )
    for busy, _ in scenario.stage.service.slowdown:
        if busy > workers.most:
            yield "service.slowdown", f"never are {busy} workers busy: there are {workers.most}"
            return


def _tasks(stage: Stage) -> _Notes:
    only_modelled = {
        "workers.speeds": bool(stage.workers.speeds),
        "workers.breakdown": stage.workers.breakdown is not None,
        "service.slowdown": bool(stage.service.slowdown),
    }
    for key, given in only_modelled.items():
        if given and stage.service.task is not None:
            yield key, "a real worker runs the task as it is: only the model knows of this"
    guessed = stage.service.distribution != "empirical"
    if stage.service.cpu_share and stage.service.task is not None and guessed:
        yield (
            "service.cpu_share",
            "the task needs the processor for as long as it does: this share of its time is what "
            "the model takes it to hold the GIL",
        )


def _work(scenario: Scenario) -> _Notes:
    """Work on the processor, which a Python with a GIL does one at a time."""
    share, rate = scenario.stage.service.cpu_share, scenario.arrivals.mean_rate
    asked = 0.0 if rate is None else rate * work_per_item(scenario) * share
    if asked >= 1:
        yield (
            "service.cpu_share",
            f"{asked:.0%} of one processor is asked for: with a GIL more workers do not help",
        )
