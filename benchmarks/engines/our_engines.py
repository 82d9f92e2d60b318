"""Both engines as contenders, and where the time of the streamed one goes."""

from __future__ import annotations

import time

import numpy as np

from queuetwin.model import Scenario, Summary, Workload, simulate, summarise
from queuetwin.model.engines.compiled.fcfs_stream import FcfsStream
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.estimation.summary import SummaryAccumulator
from textbook_systems import Answer, System

__all__ = [
    "RETRIES",
    "reference",
    "scenario_of",
    "split",
    "streamed",
    "streamed_items",
    "streamed_items_with_retries",
    "streamed_summary",
    "whole_run",
]

RETRIES = {"probability": 0.1, "attempts": 4, "backoff": "5s"}


def scenario_of(system: System, items: int, seed: int = 0) -> Scenario:
    """The system in this project's language."""
    limit = {"capacity": system.places, "when_full": "reject"}
    return Scenario.from_dict(
        {
            "items": items,
            "seed": seed,
            "arrivals": {"process": "poisson", "rate": f"{system.load * system.workers}/s"},
            "queue": {} if system.places is None else limit,
            "workers": {"count": system.workers},
            "service": {"distribution": "exponential", "mean": "1s"},
        }
    )


def reference(system: System, items: int, seed: int) -> Answer:
    """The SimPy model, with every figure of a summary."""
    return _answer(summarise(simulate(scenario_of(system, items, seed), engine="simpy")))


def streamed_summary(scenario: Scenario) -> Summary:
    """All the scenario's items through the compiled engine, and every figure; nothing is held."""
    assert scenario.items is not None
    run = SteadyState(scenario, level=0.95)
    run.extend(scenario.items)
    return run.summary()


def streamed(system: System, items: int, seed: int) -> Answer:
    """The compiled engine, streamed, with every figure of a summary."""
    return _answer(streamed_summary(scenario_of(system, items, seed)))


def streamed_items(system: System, items: int) -> int:
    """How many items there were; the last chunk is a whole one."""
    return streamed_summary(scenario_of(system, items)).counts["planned"]


def streamed_items_with_retries(system: System, items: int) -> int:
    """The same where one attempt in ten fails and comes back, so that items overtake."""
    scenario = scenario_of(system, items).changed({"failures": RETRIES})
    return streamed_summary(scenario).counts["planned"]


def whole_run(system: System, items: int, seed: int) -> Answer:
    """The compiled engine, with the records of all items."""
    run = simulate(scenario_of(system, items, seed), engine="fast")
    served = ~np.isnan(run.items["accepted"])
    stays = run.items["finished"][served] - run.items["planned"][served]
    return Answer(
        response_time=float(stays.mean()),
        throughput=float(served.sum()) / run.header.window,
    )


def split(system: System, items: int, seed: int) -> tuple[float, float, float]:
    """Processor seconds of draws, of the recursion with its sums, and of what is left of all."""
    scenario = scenario_of(system, items, seed)
    start = time.process_time()
    for _ in Workload.draw(scenario).chunks():
        pass
    drawn = time.process_time()
    pool = FcfsStream(scenario, SummaryAccumulator(measures=(), items=items).batches)
    for draws in Workload.draw(scenario).chunks():
        pool.serve(draws)
    served = time.process_time()
    streamed_summary(scenario)
    end = time.process_time()
    drawing, with_recursion, everything = drawn - start, served - drawn, end - served
    return drawing, with_recursion - drawing, everything - with_recursion


def _answer(summary: Summary) -> Answer:
    return Answer(
        response_time=summary.measures["response_time"]["mean"].estimate,
        throughput=summary.measures["throughput"]["mean"].estimate,
    )
