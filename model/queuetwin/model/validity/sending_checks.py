"""Whether the load that was sent is the load that was asked for.

Lateness against the plan, the rate that came of it, how busy the producer was, and
what the lateness cost: the model on the sends as they were, against the model on the plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from queuetwin.model.engines.simulation import simulate_draws
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Stage
from queuetwin.model.language.traffic import holds_back, mean_service
from queuetwin.model.machine.measured import send_lateness
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.validity.checks import Check, Trust, short, trust_by

# Send lateness, as shares of the mean service time.
LATE_P50 = (0.01, 0.10)
LATE_P99 = (0.20, 1.00)
LATE_MAX = (5.0, math.inf)
# Achieved against planned span, first to last send.
RATE_ERROR = (0.001, 0.01)
# The share of items whose plan had passed when their producer had put the one before.
STILL_BUSY = (0.25, 0.75)
# What the lateness adds to the mean response time.
PRICE = (0.02, 0.10)
_FEWEST_FOR_RATE = 100


def sending_checks(run: Run, scenario: Scenario, workload: Workload) -> Iterator[Check]:
    """The checks of what producers did; none where nothing was sent."""
    late = send_lateness(run, scenario.arrivals)
    if np.isnan(late).all():
        return
    yield from _lateness(run, scenario)
    yield from _rate(run, scenario)
    yield from _producer(run, scenario)
    yield from _price(run, scenario, workload)


def waits_for_the_gil(run: Run, stage: Stage) -> bool:
    """Behind workers that hold the GIL lateness is as the model expects: no disturbance."""
    return bool(stage.service.cpu_share) and bool(run.header.facts.get("gil"))


def _lateness(run: Run, scenario: Scenario) -> Iterator[Check]:
    late = send_lateness(run, scenario.arrivals)
    late = late[~np.isnan(late)]
    typical, waits = mean_service(scenario), waits_for_the_gil(run, scenario.stage)
    for name, share, limits in (
        ("p50", 50, LATE_P50),
        ("p99", 99, LATE_P99),
        ("max", 100, LATE_MAX),
    ):
        value = float(np.percentile(late, share))
        yield Check(
            name=f"lateness {name}",
            trust=Trust.VALID if waits else trust_by(value / typical, limits),
            figure=f"sent {short(value)} late ({name}), {value / typical:.2%} of a mean service"
            + ", behind workers that compute" * (waits and name == "max"),
        )


def _rate(run: Run, scenario: Scenario) -> Iterator[Check]:
    """Sends against the instants at which they could be made; who is held back is not late."""
    offered, could = run.items["offered"], run.items["planned"]
    if holds_back(scenario):
        could = offered - send_lateness(run, scenario.arrivals)
    known = np.flatnonzero(~np.isnan(could) & ~np.isnan(offered))
    if len(known) < _FEWEST_FOR_RATE:
        return
    planned = could[known[-1]] - could[known[0]]
    if planned <= 0:
        return
    achieved = offered[known[-1]] - offered[known[0]]
    error = abs(achieved / planned - 1)
    yield Check(
        name="rate",
        trust=trust_by(error, RATE_ERROR),
        figure=f"sending took {achieved:.3f} s of {planned:.3f} s planned ({error:.3%} off)",
    )


def _producer(run: Run, scenario: Scenario) -> Iterator[Check]:
    """A producer that is always busy with the item before is the bottleneck, not the pool.

    Items that are planned for one instant follow each other as quickly as they can.
    """
    if holds_back(scenario):
        return
    items, producers = run.items, scenario.arrivals.producers
    returned = np.where(np.isnan(items["accepted"]), items["finished"], items["accepted"])
    before, planned = returned[:-producers], items["planned"][producers:]
    apart = planned > items["planned"][:-producers]
    if apart.sum() < _FEWEST_FOR_RATE:
        return
    share = float((before > planned)[apart].mean())
    yield Check(
        name="producer",
        trust=trust_by(share, STILL_BUSY),
        figure=f"for {share:.2%} of items their producer was still busy with the one before",
    )


def _price(run: Run, scenario: Scenario, workload: Workload) -> Iterator[Check]:
    """The same items in the model, sent as they were and as planned: what lateness costs."""
    if run.header.ended != "complete" or run.header.digest != workload.digest:
        return
    draws, late = workload.all(), send_lateness(run, scenario.arrivals)
    lateness = np.zeros(len(draws))
    lateness[: len(late)] = np.nan_to_num(late.clip(min=0.0))[: len(lateness)]
    sent, planned = (
        statistic_of(simulate_draws(scenario, workload, these), MEASURES["response_time"], "mean")
        for these in (replace(draws, lateness=lateness), draws)
    )
    if not planned > 0 or math.isnan(sent):
        return
    price = sent / planned - 1
    trust = trust_by(abs(price), PRICE)
    if waits_for_the_gil(run, scenario.stage):
        trust = Trust.VALID
    yield Check(
        name="price",
        trust=trust,
        figure=f"the way it was sent moved the mean response by {price:+.2%} in the model",
    )
