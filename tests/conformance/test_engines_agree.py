"""One body over the model and the real threads: what must hold whoever runs the scenario."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.accounts import broken_accounts, little_residuals
from queuetwin.model.run import Outcome
from queuetwin.model.workload import Draws
from queuetwin.realrun import execute

BASE: dict[str, Any] = {
    "items": 200,
    "arrivals": {"process": "poisson", "rate": "1k/s"},
    "queue": {"capacity": 5},
    "workers": {"count": 3},
    "service": {"distribution": "exponential", "mean": "2ms"},
}
CHANGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "no limit": {"queue.capacity": None},
    "reject": {"queue.when_full": "reject", "queue.capacity": 1},
    "periodic": {"arrivals.process": "periodic"},
    "backlog": {"arrivals": {"process": "backlog"}},
    "gap pacing": {"arrivals.pacing": "gap"},
    "three producers": {"arrivals.producers": 3},
    "three periodic producers": {"arrivals.producers": 3, "arrivals.process": "periodic"},
    "three gap-paced producers": {"arrivals.producers": 3, "arrivals.pacing": "gap"},
    "duration": {"duration": "150ms"},
    "duration by gap": {"duration": "150ms", "arrivals.pacing": "gap"},
    "duration a rounding after an item": {
        "duration": "100ms",
        "arrivals": {"process": "periodic", "rate": "100/s"},
    },
    "one place, one worker": {"queue.capacity": 1, "workers.count": 1, "items": 80},
    "deterministic": {"service.distribution": "deterministic"},
    "lognormal": {"service": {"distribution": "lognormal", "p50": "1ms", "p99": "8ms"}},
    "empirical": {"service": {"distribution": "empirical", "samples": ["1ms", "2ms", "5ms"]}},
    "failures": {"failures": {"probability": 0.3}},
    "retries": {"failures": {"probability": 0.3, "attempts": 3, "backoff": "3ms"}},
    "retries at once through one place": {
        "failures": {"probability": 0.5, "attempts": 4},
        "queue.capacity": 1,
    },
    "nothing but failures": {"failures": {"probability": 1.0, "attempts": 2, "backoff": "1ms"}},
    "cheap failures": {"failures": {"probability": 0.3, "attempts": 2, "cost": "none"}},
    "retries that are refused": {
        "failures": {"probability": 0.5, "attempts": 3, "backoff": "1ms"},
        "queue.when_full": "reject",
        "queue.capacity": 1,
    },
}
Engine = Callable[[Scenario, Workload], Run]
# A clock of whole nanoseconds against the floats of a plan.
ROUNDING = 5e-9


@pytest.fixture(params=[simulate, execute], ids=["model", "threads"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.param


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_every_engine_keeps_the_laws(engine: Engine, changes: dict[str, Any]) -> None:
    """Nothing is lost, Little's law holds, and what the workload decides comes out as decided."""
    scenario = Scenario.from_dict(BASE).changed(changes)
    workload = Workload.draw(scenario)
    run = engine(scenario, workload)
    assert run.header.ended == "complete"
    assert broken_accounts(run) == ()
    assert max(little_residuals(run).values()) <= 1e-9
    assert_header_says_what_was_asked(run, scenario, workload)
    assert_arrivals_are_as_planned(run, scenario, workload.all())
    assert_outcomes_are_as_drawn(run, scenario, workload.all())
    assert_the_queue_is_kept(run, scenario)
    assert_services_and_backoffs_take_their_time(run, scenario, workload.all())


def assert_header_says_what_was_asked(run: Run, scenario: Scenario, workload: Workload) -> None:
    """The same for every engine but for its name."""
    header, stage = run.header, scenario.stage
    assert (header.seed, header.replication) == (workload.seed, workload.replication)
    assert header.digest == workload.digest
    assert header.scenario == scenario.to_dict()
    said = [(s.name, s.workers, s.capacity, s.when_full) for s in header.stages]
    assert said == [("main", stage.workers.count, stage.queue.capacity, stage.queue.when_full)]
    assert header.real is (header.engine == "threads")
    assert header.window == run.items["finished"].max()
    assert dict(header.errors) == {}
    assert run.workers["worker"].tolist() == list(range(stage.workers.count))
    assert (run.workers["from"] == 0).all() and (run.workers["until"] == header.window).all()


def assert_arrivals_are_as_planned(run: Run, scenario: Scenario, draws: Draws) -> None:
    """By schedule to the bit; by gap from the return of that producer's last put."""
    items, producers = run.items, scenario.arrivals.producers
    planned = items["planned"]
    put = np.where(np.isnan(items["accepted"]), items["finished"], items["accepted"])
    returned = np.concatenate([np.zeros(producers), put])[: len(planned)]
    if scenario.arrivals.pacing == "schedule":
        assert np.array_equal(planned, np.cumsum(draws.gap))
    else:
        expected = returned + draws.gap[: len(planned)]
        np.testing.assert_allclose(planned, expected, rtol=0, atol=ROUNDING)
    assert (items["offered"] >= np.fmax(planned, returned)).all()
    if scenario.duration is None:
        assert len(planned) == scenario.items
    else:
        assert len(planned) and (planned < scenario.duration).all()


def assert_outcomes_are_as_drawn(run: Run, scenario: Scenario, draws: Draws) -> None:
    """The flags decide each attempt, and where nobody is refused each item and its attempts."""
    items, attempts = run.items, run.attempts
    count, tries = len(items["planned"]), scenario.stage.failures.attempts
    fails = draws.fails[:, :count]
    failed = fails[attempts["attempt"] - 1, attempts["item"]]
    assert np.array_equal(attempts["outcome"], np.where(failed, Outcome.FAILED, Outcome.COMPLETED))
    had = np.bincount(attempts["item"], minlength=count)
    needed = np.where(fails.all(axis=0), tries, fails.argmin(axis=0) + 1)
    refused = items["outcome"] == Outcome.REJECTED
    assert (had[refused] < needed[refused]).all()
    assert np.array_equal(had[~refused], needed[~refused])
    decided = np.where(fails.all(axis=0), Outcome.FAILED, Outcome.COMPLETED)
    assert np.array_equal(items["outcome"][~refused], decided[~refused])
    if scenario.stage.queue.when_full == "block" or scenario.stage.queue.capacity is None:
        assert not refused.any()


def assert_the_queue_is_kept(run: Run, scenario: Scenario) -> None:
    """First come first served from acceptance to service, and never too many waiting."""
    enqueued, taken = run.attempts["enqueued"], run.attempts["taken"]
    order = np.lexsort((taken, enqueued))
    assert (np.diff(taken[order]) >= 0).all()
    assert (run.attempts["started"] >= taken).all()
    waiting = np.arange(1, len(taken) + 1) - np.searchsorted(
        np.sort(taken), np.sort(enqueued), "right"
    )
    if scenario.stage.queue.capacity is not None:
        assert waiting.max() <= scenario.stage.queue.capacity
    # Of two that start at one instant of the model, the one that takes no time came first.
    by_worker = np.lexsort([run.attempts[name] for name in ("finished", "started", "worker")])
    worker = run.attempts["worker"][by_worker]
    next_start = run.attempts["started"][by_worker][1:]
    end = run.attempts["finished"][by_worker][:-1]
    assert (next_start >= end)[worker[1:] == worker[:-1]].all()


def assert_services_and_backoffs_take_their_time(
    run: Run, scenario: Scenario, draws: Draws
) -> None:
    """No service is shorter than its demand, no return earlier than its backoff."""
    attempts, failures = run.attempts, scenario.stage.failures
    served = attempts["attempt"] - 1, attempts["item"]
    cheap = draws.fails[served] & (failures.cost == "none")
    demand = np.where(cheap, 0.0, draws.demand[served])
    assert (attempts["finished"] - attempts["started"] >= demand - ROUNDING).all()
    again = np.flatnonzero(attempts["attempt"] > 1)
    assert np.array_equal(attempts["item"][again], attempts["item"][again - 1])
    away = attempts["enqueued"][again] - attempts["finished"][again - 1]
    assert (away >= failures.backoff - ROUNDING).all()


DETERMINED = {
    name: changes
    for name, changes in CHANGES.items()
    if changes.get("arrivals.pacing") != "gap" and changes.get("queue.when_full") != "reject"
}


@pytest.mark.parametrize("changes", DETERMINED.values(), ids=DETERMINED.keys())
def test_the_threads_give_the_models_plan_and_outcomes(changes: dict[str, Any]) -> None:
    """Where nothing depends on timing, the two runs have the same items, to the bit."""
    scenario = Scenario.from_dict(BASE).changed(changes)
    real, model = execute(scenario), simulate(scenario)
    for column in ("planned", "outcome"):
        assert np.array_equal(real.items[column], model.items[column])
    for column in ("item", "attempt", "outcome"):
        assert np.array_equal(real.attempts[column], model.attempts[column])
