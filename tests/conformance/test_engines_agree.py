"""One body over the model and every backend: what must hold whoever runs the scenario."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from builders import overheads
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.accounts import broken_accounts, little_residuals
from queuetwin.model.draws import Draws
from queuetwin.model.run import Outcome
from queuetwin.realrun import execute
from queuetwin.realrun.backends import BACKENDS

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
TWO_CLASSES = [
    {"name": "quick", "share": 0.7, "priority": 0},
    {
        "name": "slow",
        "share": 0.3,
        "priority": 5,
        "service": {"distribution": "gamma", "mean": "4ms", "cv": 0.5},
        "failure_probability": 0.2,
    },
]
EXPONENTIAL = {"distribution": "exponential", "mean": "10ms"}
CHANGES |= {
    "renewal": {"arrivals": {"process": "renewal", "gap": {**EXPONENTIAL, "mean": "1ms"}}},
    "renewal by gap": {
        "arrivals": {
            "process": "renewal",
            "gap": {"distribution": "erlang", "mean": "1ms", "shape": 3},
            "pacing": "gap",
            "producers": 2,
        }
    },
    "batch": {
        "arrivals": {
            "process": "batch",
            "rate": "1k/s",
            "size": {"distribution": "geometric", "mean": 4},
        }
    },
    "profile": {
        "arrivals": {"process": "profile", "points": [["0s", "500/s"], ["50ms", "3k/s"]]},
    },
    "linear profile": {
        "arrivals": {
            "process": "profile",
            "points": [["0s", "500/s"], ["100ms", "2k/s"], ["200ms", "0/s"]],
            "shape": "linear",
        },
        "duration": "200ms",
    },
    "bursty": {
        "arrivals": {"process": "bursty", "rates": ["3k/s", "100/s"], "stays": ["20ms", "40ms"]},
    },
    "trace": {
        "arrivals": {"process": "trace", "times": ["0s", "1ms", "1ms", "4ms", "20ms", "0.1s"]},
        "items": None,
    },
    "closed": {"arrivals": {"process": "closed", "users": 8, "think": EXPONENTIAL}},
    "closed for a time, through a full queue": {
        "arrivals": {"process": "closed", "users": 12, "think": EXPONENTIAL},
        "duration": "100ms",
        "queue.capacity": 1,
    },
    "closed with rejects, drops and retries": {
        "arrivals": {"process": "closed", "users": 12, "think": {**EXPONENTIAL, "mean": "1ms"}},
        "queue": {"capacity": 1, "when_full": "reject"},
        "failures": {"probability": 0.3, "attempts": 3, "backoff": "1ms"},
    },
    "work": {"service.cpu_share": 1, "items": 60},
    "work and waiting": {"service.cpu_share": "30%", "items": 60},
    "uniform": {"service": {"distribution": "uniform", "low": "1ms", "high": "3ms"}},
    "weibull": {"service": {"distribution": "weibull", "mean": "2ms", "cv": 0.5}},
    "hyperexponential": {"service": {"distribution": "hyperexponential", "mean": "2ms", "cv": 2}},
    "pareto": {"service": {"distribution": "pareto", "mean": "2ms", "shape": 3, "high": "9ms"}},
    "mixture": {
        "service": {
            "distribution": "mixture",
            "shares": [0.9, 0.1],
            "parts": [{**EXPONENTIAL, "mean": "1ms"}, {**EXPONENTIAL, "mean": "9ms"}],
        }
    },
    "slowdown": {"service.slowdown": [[2, "50%"], [3, 2]]},
    "speeds": {"workers.speeds": [1, 0.5, 4]},
    "lifo": {"queue.order": "lifo"},
    "priority": {"queue.order": "priority", "class": TWO_CLASSES},
    "classes, first come first served": {"class": TWO_CLASSES},
    "drop-oldest": {"queue": {"capacity": 2, "when_full": "drop-oldest"}},
    "drop-oldest of the least urgent": {
        "queue": {"capacity": 2, "when_full": "drop-oldest", "order": "priority"},
        "class": TWO_CLASSES,
        "failures": {"probability": 0.3, "attempts": 3, "backoff": "1ms"},
    },
    "patience": {"queue": {"capacity": 5, "patience": {**EXPONENTIAL, "mean": "2ms"}}},
    "patience and retries": {
        "queue.patience": {**EXPONENTIAL, "mean": "3ms"},
        "queue.capacity": 2,
        "failures": {"probability": 0.4, "attempts": 4, "backoff": "1ms"},
    },
    "machines": {"workers": {"machines": 2, "per_machine": 2}},
    "own queues in turn": {"workers": {"machines": 2, "per_machine": 2, "own_queue": True}},
    "own queues at random": {
        "workers": {"machines": 3, "per_machine": 1, "own_queue": True, "routing": "random"},
        "queue.capacity": 2,
        "failures": {"probability": 0.3, "attempts": 3, "backoff": "1ms"},
    },
    "own queues, the shortest": {
        "workers": {"machines": 3, "per_machine": 1, "own_queue": True, "routing": "shortest"},
    },
    "a worker lost and back": {"workers.schedule": [["40ms", 2], ["90ms", 3]]},
    "all away for a while": {"workers.schedule": [["40ms", 0], ["60ms", 4]]},
    "breakdowns, resumed": {
        "workers.breakdown": {"every": {**EXPONENTIAL, "mean": "20ms"}, "repair": EXPONENTIAL},
    },
    "breakdowns, restarted": {
        "workers.breakdown": {
            "every": {**EXPONENTIAL, "mean": "20ms"},
            "repair": EXPONENTIAL,
            "item": "restarted",
        },
    },
    "breakdowns, failed": {
        "workers.breakdown": {
            "every": {**EXPONENTIAL, "mean": "20ms"},
            "repair": EXPONENTIAL,
            "item": "failed",
        },
        "failures": {"attempts": 3, "backoff": "1ms"},
    },
    "idle timeout that nobody reaches": {"workers.idle_timeout": "5s"},
    "growing backoff": {
        "failures": {"probability": 0.5, "attempts": 4, "backoff": "1ms", "growth": "exponential"}
    },
    "jitter": {"failures": {"probability": 0.5, "attempts": 3, "backoff": "4ms", "jitter": True}},
    "failures that cost a part": {
        "failures": {"probability": 0.5, "attempts": 3, "cost": "uniform"}
    },
    "time limit": {"failures": {"time_limit": "2ms", "attempts": 2}},
}  # fmt: skip
NOTHING = dict.fromkeys(("lateness", "put", "hand_off", "turn_round", "overshoot"), (0.0,))
STALLING = overheads(**NOTHING, awake=0.0, stalls_per_second=50.0, stall_lengths=(1e-3, 8e-3))
ENGINES: dict[str, Callable[[Scenario, Workload], Run]] = {
    "model": simulate,
    "model with stalls": partial(simulate, overheads=STALLING),
    **{name: partial(execute, backend=name) for name in BACKENDS},
}
# Line and recording are those of the threads, or hold less: what each backend does by itself.
SOME: dict[str, tuple[str, ...]] = {
    "processes": (
        "plain",
        "work and waiting",
        "drop-oldest of the least urgent",
        "patience and retries",
        "a worker lost and back",
    ),
    "asyncio": (
        "plain",
        "reject",
        "gap pacing",
        "closed with rejects, drops and retries",
        "work and waiting",
        "drop-oldest of the least urgent",
        "patience and retries",
        "own queues, the shortest",
        "all away for a while",
        "breakdowns, restarted",
        "breakdowns, failed",
        "idle timeout that nobody reaches",
        "failures that cost a part",
    ),
    "executor": (
        "plain",
        "no limit",
        "reject",
        "gap pacing",
        "backlog",
        "duration by gap",
        "one place, one worker",
        "failures",
        "work and waiting",
        "speeds",
    ),
    "redis": (
        "no limit",
        "reject",
        "one place, one worker",
        "retries at once through one place",
        "retries that are refused",
    ),
}
CASES = [(engine, name) for engine in ENGINES for name in SOME.get(engine, tuple(CHANGES))]
# A clock of whole nanoseconds against the floats of a plan.
ROUNDING = 5e-9


@pytest.mark.parametrize(("engine", "case"), CASES)
def test_every_engine_keeps_the_laws(
    engine: str, case: str, request: pytest.FixtureRequest
) -> None:
    """Nothing is lost, Little's law holds, and what the workload decides comes out as decided."""
    if engine == "redis":
        request.getfixturevalue("broker")
    scenario = Scenario.from_dict(BASE).changed(CHANGES[case])
    workload = Workload.draw(scenario)
    run = ENGINES[engine](scenario, workload)
    assert run.header.ended == "complete"
    assert broken_accounts(run) == ()
    assert max(little_residuals(run).values()) <= 1e-9
    assert_header_says_what_was_asked(run, scenario, workload)
    assert_arrivals_are_as_planned(run, scenario, workload.all())
    assert_outcomes_are_as_drawn(run, scenario, workload.all())
    assert_the_queue_is_kept(run, scenario)
    held_up = max(STALLING.stall_lengths) if engine == "model with stalls" else 0.0
    assert_services_and_backoffs_take_their_time(run, scenario, workload.all(), held_up)


def assert_header_says_what_was_asked(run: Run, scenario: Scenario, workload: Workload) -> None:
    """The same for every engine but for its name."""
    header, stage = run.header, scenario.stage
    assert (header.seed, header.replication) == (workload.seed, workload.replication)
    assert header.digest == workload.digest
    assert header.scenario == scenario.to_dict()
    said = [(s.name, s.workers, s.capacity, s.when_full) for s in header.stages]
    assert said == [("main", stage.workers.number, stage.queue.capacity, stage.queue.when_full)]
    assert header.real is (header.engine in BACKENDS)
    assert header.window == np.nanmax(run.items["finished"])
    assert dict(header.errors) == {}
    assert_workers_are_present_as_scheduled(run, scenario)


def assert_workers_are_present_as_scheduled(run: Run, scenario: Scenario) -> None:
    """One presence after the other for each worker, and it serves only in them."""
    workers, stage, window = run.workers, scenario.stage, run.header.window
    if not stage.workers.schedule:
        assert workers["worker"].tolist() == list(range(stage.workers.number))
        assert (workers["from"] == 0).all() and (workers["until"] == window).all()
    assert (workers["from"] <= workers["until"]).all() and (workers["until"] <= window).all()
    started = run.attempts["started"]
    for number in range(stage.workers.most):
        mine = workers["worker"] == number
        begins, ends = workers["from"][mine], workers["until"][mine]
        assert (begins[1:] >= ends[:-1]).all()
        for at in started[(run.attempts["worker"] == number) & ~np.isnan(started)]:
            assert ((begins <= at) & (at <= ends)).any()


def assert_arrivals_are_as_planned(run: Run, scenario: Scenario, draws: Draws) -> None:
    """By schedule to the bit; else from the return of the last put, or from the last word."""
    items, arrivals = run.items, scenario.arrivals
    planned = items["planned"]
    if arrivals.pacing == "outcome":
        last = items["finished"]
    else:
        last = np.where(np.isnan(items["accepted"]), items["finished"], items["accepted"])
    returned = np.concatenate([np.zeros(arrivals.producers), last])[: len(planned)]
    known = ~np.isnan(planned)
    if arrivals.pacing == "schedule":
        assert np.array_equal(planned, np.cumsum(draws.gap))
    else:
        expected = (returned + draws.gap[: len(planned)])[known]
        np.testing.assert_allclose(planned[known], expected, rtol=0, atol=ROUNDING)
    assert (items["offered"] >= np.fmax(planned, returned))[known].all()
    if scenario.items is not None:
        assert len(planned) == scenario.items and known.all()
    elif scenario.duration is not None:
        assert len(planned) and (planned[known] < scenario.duration).all()


def assert_outcomes_are_as_drawn(run: Run, scenario: Scenario, draws: Draws) -> None:
    """The flags decide each attempt that was served, and the last attempt each item."""
    items, attempts, failures = run.items, run.attempts, scenario.stage.failures
    where = attempts["attempt"] - 1, attempts["item"]
    served = ~np.isnan(attempts["started"])
    failed = (attempts["outcome"] == Outcome.FAILED)[served]
    drawn = draws.fails[where][served]
    if failures.time_limit is not None:
        drawn = drawn | (draws.lengths()[where] > failures.time_limit)[served]
    if scenario.stage.workers.breakdown is not None:
        assert failed[drawn].all()
    else:
        assert np.array_equal(failed, drawn)
    assert np.isin(attempts["outcome"][served], (Outcome.COMPLETED, Outcome.FAILED)).all()
    assert np.isin(attempts["outcome"][~served], (Outcome.DROPPED, Outcome.ABANDONED)).all()
    last = {int(item): row for row, item in enumerate(attempts["item"])}
    for item, outcome in enumerate(items["outcome"]):
        row = last.get(item)
        if outcome in (Outcome.REJECTED, Outcome.DROPPED) and (row is None or served[row]):
            # Refused at the door, perhaps after attempts that failed.
            assert row is None or attempts["outcome"][row] == Outcome.FAILED
        elif outcome != Outcome.NOT_OFFERED:
            assert attempts["outcome"][row] == outcome
            assert attempts["finished"][row] == items["finished"][item]
            assert outcome != Outcome.FAILED or attempts["attempt"][row] == failures.attempts
    if scenario.stage.queue.when_full == "block" or scenario.stage.queue.capacity is None:
        assert not np.isin(items["outcome"], (Outcome.REJECTED, Outcome.DROPPED)).any()


def assert_the_queue_is_kept(run: Run, scenario: Scenario) -> None:
    """In order from acceptance to service, and never too many waiting."""
    attempts, stage = run.attempts, scenario.stage
    if run.header.engine == "executor":
        assert_the_system_is_bounded(run, scenario)
        return
    enqueued, taken = attempts["enqueued"], attempts["taken"]
    served = ~np.isnan(taken)
    # Two answers of a broker may overtake each other on their way to two workers.
    in_order = stage.queue.order == "fifo" and run.header.engine != "redis"
    if in_order and stage.workers.lanes == 1:
        order = np.lexsort((taken[served], enqueued[served]))
        assert (np.diff(taken[served][order]) >= 0).all()
    assert (attempts["started"] >= taken)[served].all()
    left = np.where(served, taken, attempts["finished"])
    waiting = np.arange(1, len(taken) + 1) - np.searchsorted(
        np.sort(left), np.sort(enqueued), "right"
    )
    if stage.queue.capacity is not None:
        assert waiting.max() <= stage.queue.capacity * stage.workers.lanes
    # Of two that start at one instant of the model, the one that takes no time came first.
    columns = [attempts[name][served] for name in ("finished", "started", "worker")]
    by_worker = np.lexsort(columns)
    finished, started, worker = (column[by_worker] for column in columns)
    assert (started[1:] >= finished[:-1])[worker[1:] == worker[:-1]].all()


def assert_the_system_is_bounded(run: Run, scenario: Scenario) -> None:
    """A semaphore bounds those who wait and are served together, and knows no order of starts."""
    items, stage = run.items, scenario.stage
    entered = ~np.isnan(items["accepted"])
    entries, exits = np.sort(items["accepted"][entered]), np.sort(items["finished"][entered])
    inside = np.arange(1, len(entries) + 1) - np.searchsorted(exits, entries, "right")
    if stage.queue.capacity is not None:
        assert inside.max() <= stage.queue.capacity + stage.workers.number


def assert_services_and_backoffs_take_their_time(
    run: Run, scenario: Scenario, draws: Draws, held_up: float
) -> None:
    """No service is shorter than its demand, no wait than its patience, no return too early.

    Nor is a wait longer, unless its end was held up, and a start went first.
    """
    attempts, stage = run.attempts, scenario.stage
    where = attempts["attempt"] - 1, attempts["item"]
    served = ~np.isnan(attempts["started"])
    least = draws.lengths()[where]
    if stage.workers.speeds:
        least = least / np.array(stage.workers.speeds)[attempts["worker"]]
    if stage.failures.time_limit is not None:
        least = np.minimum(least, stage.failures.time_limit)
    if stage.workers.breakdown is not None and stage.workers.breakdown.item == "failed":
        least = np.where(draws.fails[where] | (attempts["outcome"] == Outcome.FAILED), 0, least)
    assert (attempts["finished"] - attempts["started"] >= least - ROUNDING)[served].all()
    if draws.patience is not None:
        patience, waited = draws.patience[where], attempts["finished"] - attempts["enqueued"]
        abandoned = attempts["outcome"] == Outcome.ABANDONED
        assert (waited >= patience - ROUNDING)[abandoned].all()
        in_queue = attempts["taken"] - attempts["enqueued"]
        assert (in_queue < patience + held_up + ROUNDING)[served].all()
    again = np.flatnonzero(attempts["attempt"] > 1)
    assert np.array_equal(attempts["item"][again], attempts["item"][again - 1])
    away = attempts["enqueued"][again] - attempts["finished"][again - 1]
    before = attempts["attempt"][again - 1] - 1, attempts["item"][again - 1]
    assert (away >= draws.backoff[before] - ROUNDING).all()


def is_determined(changes: dict[str, Any]) -> bool:
    """Whether nothing depends on timing: all offered by schedule, none lost, no outage."""
    scenario = Scenario.from_dict(BASE).changed(changes)
    queue, breakdown = scenario.stage.queue, scenario.stage.workers.breakdown
    return (
        scenario.arrivals.pacing == "schedule"
        and (queue.when_full == "block" or queue.capacity is None)
        and queue.patience is None
        and (breakdown is None or breakdown.item != "failed")
    )


DETERMINED = {name: changes for name, changes in CHANGES.items() if is_determined(changes)}


@pytest.mark.parametrize("changes", DETERMINED.values(), ids=DETERMINED.keys())
def test_the_threads_give_the_models_plan_and_outcomes(changes: dict[str, Any]) -> None:
    """Where nothing depends on timing, the two runs have the same items, to the bit."""
    scenario = Scenario.from_dict(BASE).changed(changes)
    real, model = execute(scenario), simulate(scenario)
    for column in ("planned", "outcome"):
        assert np.array_equal(real.items[column], model.items[column])
    for column in ("item", "attempt", "outcome"):
        assert np.array_equal(real.attempts[column], model.attempts[column])
