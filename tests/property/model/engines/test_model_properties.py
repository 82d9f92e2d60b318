"""The model's laws on random scenarios over the whole present vocabulary, overheads included."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import draws_of
from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.engines.simulation import simulate_draws
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES
from thoroughness import examples

pytestmark = pytest.mark.slow

SETTINGS = settings(derandomize=True, deadline=None, max_examples=examples(100))
ARRAYS = ("gap", "payload", "demand", "fails", "lateness", "hand_off", "turn_round")

milliseconds = st.sampled_from([1, 5, 20, 50, 200]).map("{}ms".format)
rates = st.sampled_from([5, 20, 50, 200]).map("{}/s".format)
services = st.one_of(
    st.builds(
        lambda name, mean: {"distribution": name, "mean": mean},
        st.sampled_from(["deterministic", "exponential"]),
        milliseconds,
    ),
    st.builds(
        lambda mean, cv: {"distribution": "lognormal", "mean": mean, "cv": cv},
        milliseconds,
        st.sampled_from([0.1, 1, 4]),
    ),
    st.just({"distribution": "lognormal", "p50": "10ms", "p99": "90ms"}),
    st.builds(
        lambda samples: {"distribution": "empirical", "samples": ["7ms", *samples]},
        st.lists(milliseconds, max_size=4),
    ),
)
failures = st.fixed_dictionaries(
    {
        "probability": st.sampled_from([0.0, 0.1, 0.5, 1.0]),
        "attempts": st.integers(1, 4),
        "backoff": st.sampled_from(["0s", "5ms", "100ms"]),
        "cost": st.sampled_from(["none", "full"]),
    }
)
queues = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {"capacity": st.integers(1, 6), "when_full": st.sampled_from(["block", "reject"])}
    ),
)
moving = st.fixed_dictionaries(
    {
        "process": st.sampled_from(["poisson", "periodic"]),
        "rate": rates,
        "pacing": st.sampled_from(["schedule", "gap"]),
        "producers": st.integers(1, 4),
    }
)
backlogs = st.fixed_dictionaries(
    {
        "process": st.just("backlog"),
        "pacing": st.sampled_from(["schedule", "gap"]),
        "producers": st.integers(1, 4),
    }
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    arrivals = draw(st.one_of(moving, moving, backlogs))
    count = draw(st.integers(1, 60))
    end: dict[str, Any] = {"items": count}
    if arrivals["process"] == "periodic" and draw(st.booleans()):
        # The first periodic item comes at once, so that no duration is too short for it.
        end = {"duration": f"{count / float(arrivals['rate'].removesuffix('/s'))}s"}
    return Scenario.from_dict(
        {
            "seed": draw(st.integers(0, 2**32)),
            **end,
            "arrivals": arrivals,
            "queue": draw(queues),
            "workers": {"count": draw(st.integers(1, 4))},
            "service": draw(services),
            "failures": draw(failures),
        }
    )


# What a machine adds: nothing, the same each time (many ties), or something of its own.
overheads = st.sampled_from(["none", "equal", "random"])


def added(scenario: Scenario, kind: str, *names: str) -> dict[str, Any]:
    """Overheads of one kind, a value for each item and attempt."""
    generator = np.random.default_rng(scenario.seed)
    draws = Workload.draw(scenario).all()
    values = {
        "none": np.zeros,
        "equal": lambda shape: np.full(shape, 0.005),
        "random": lambda shape: generator.exponential(0.01, shape),
    }
    return {name: values[kind](getattr(draws, name).shape) for name in names}


def run_on(scenario: Scenario, arrays: dict[str, Any]) -> Run:
    draws = draws_of(scenario, **arrays)
    return simulate_draws(scenario, Workload.draw(scenario), draws)


# -- runs --------------------------------------------------------------------------------------


@SETTINGS
@given(scenarios(), overheads)
def test_nothing_is_lost(scenario: Scenario, kind: str) -> None:
    """The ledger, the order of instants and Little's law hold, whatever the machine adds."""
    run = run_on(scenario, added(scenario, kind, "lateness", "hand_off", "turn_round"))
    assert run.header.ended == "complete"
    assert broken_accounts(run) == ()


@SETTINGS
@given(scenarios())
def test_the_same_seed_gives_the_same_run(scenario: Scenario) -> None:
    """A Run is a function of scenario and workload, header and all."""
    assert simulate(scenario) == simulate(Scenario.from_dict(scenario.to_dict()))


@SETTINGS
@given(scenarios(), overheads)
def test_limits_are_kept(scenario: Scenario, kind: str) -> None:
    """Never more items in the queue than places, nor in service than workers."""
    run = run_on(scenario, added(scenario, kind, "lateness", "hand_off", "turn_round"))
    busy = statistic_of(run, MEASURES["busy_workers"], "max")
    depth = statistic_of(run, MEASURES["queue_depth"], "max")
    assert np.isnan(busy) or busy <= scenario.stage.workers.count
    assert np.isnan(depth) or depth <= (scenario.stage.queue.capacity or np.inf)


@SETTINGS
@given(scenarios(), overheads)
def test_a_queue_is_first_in_first_out(scenario: Scenario, kind: str) -> None:
    """Whoever was accepted earlier starts no later, returns among them."""
    run = run_on(scenario, added(scenario, kind, "lateness", "hand_off", "turn_round"))
    order = np.lexsort((run.attempts["started"], run.attempts["enqueued"]))
    assert (np.diff(run.attempts["started"][order]) >= 0).all()


@SETTINGS
@given(scenarios(), overheads)
def test_without_hand_off_a_start_is_the_later_of_item_and_worker(
    scenario: Scenario, kind: str
) -> None:
    """started = max(enqueued, the worker's last finish + its turn-round), bit for bit."""
    run = run_on(scenario, added(scenario, kind, "lateness", "turn_round"))
    attempts = run.attempts
    order = np.lexsort((attempts["released"], attempts["started"], attempts["worker"]))
    worker, enqueued, started, released = (
        attempts[name][order] for name in ("worker", "enqueued", "started", "released")
    )
    free = np.zeros(len(worker))
    same = worker[1:] == worker[:-1]
    free[1:][same] = released[:-1][same]
    assert np.array_equal(started, np.maximum(enqueued, free))


@SETTINGS
@given(scenarios(), overheads, st.integers(1, 8), st.integers(1, 5))
def test_a_limit_that_blocks_only_moves_the_backlog(
    scenario: Scenario, kind: str, capacity: int, producers: int
) -> None:
    """Law 5: start instants, and with them waiting and response times, are the unbounded ones.

    By schedule, first come first served, no hand-off, one attempt; for any number of places and
    of producers, bit for bit.
    """
    free = scenario.changed({"queue": None, "arrivals.pacing": "schedule", "failures.attempts": 1})
    bound = free.changed({"queue.capacity": capacity, "arrivals.producers": producers})
    arrays = added(free, kind, "turn_round")
    one, other = run_on(free, arrays), run_on(bound, arrays)
    for column in ("item", "started", "finished", "worker", "outcome"):
        assert np.array_equal(one.attempts[column], other.attempts[column])
    for column in ("planned", "finished", "outcome"):
        assert np.array_equal(one.items[column], other.items[column])


@SETTINGS
@given(scenarios(), overheads)
def test_a_queue_without_a_limit_takes_everyone(scenario: Scenario, kind: str) -> None:
    """No item is lost or held back: it is accepted at the instant of its plan."""
    run = run_on(scenario.changed({"queue": None}), added(scenario, kind, "hand_off"))
    assert np.array_equal(run.items["accepted"], run.items["planned"], equal_nan=True)
    assert statistic_of(run, MEASURES["loss_ratio"], "mean") == 0


# -- draws -------------------------------------------------------------------------------------


@SETTINGS
@given(
    scenarios(),
    rates,
    st.floats(0.1, 10),
    st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    st.integers(1, 5),
    st.integers(1, 9),
    queues,
)
def test_a_change_shifts_no_draw(
    scenario: Scenario,
    rate: str,
    scale: float,
    probability: float,
    attempts: int,
    workers: int,
    queue: dict[str, Any],
) -> None:
    """Rate, mean, probability, attempts, workers, capacity and policy leave all luck as it was."""
    if scenario.items is None:
        scenario = scenario.changed({"items": 30})
    changes: dict[str, Any] = {
        "failures.probability": probability,
        "failures.attempts": attempts,
        "failures.cost": "none",
        "workers.count": workers,
        "queue": queue or None,
    }
    service = scenario.stage.service
    if service.distribution != "lognormal" or service.mean is not None:
        changes["service.mean"] = f"{service.mean_time * scale!r}s"
    if scenario.arrivals.process != "backlog":
        changes["arrivals.rate"] = rate
    changed = scenario.changed(changes)
    one, other = (Workload.draw(each).all() for each in (scenario, changed))
    tries = min(len(one.demand), len(other.demand))
    assert np.array_equal(one.payload, other.payload)
    np.testing.assert_allclose(
        one.demand[:tries] / scenario.stage.service.mean_time,
        other.demand[:tries] / changed.stage.service.mean_time,
        rtol=1e-13,
    )
    if scenario.arrivals.process != "backlog":
        assert changed.arrivals.rate is not None
        np.testing.assert_allclose(
            one.gap * scenario.arrivals.rate, other.gap * changed.arrivals.rate, rtol=1e-13
        )
    now, then = one.fails[:tries], other.fails[:tries]
    rises = scenario.stage.failures.probability <= probability
    assert not (now & ~then if rises else then & ~now).any()


@SETTINGS
@given(scenarios(), st.integers(1, 70))
def test_draws_do_not_depend_on_the_size_of_chunks(scenario: Scenario, size: int) -> None:
    """Whoever streams gets the same bits as who takes all at once."""
    workload = Workload.draw(scenario)
    whole, parts = workload.all(), list(workload.chunks(size))
    assert [part.first for part in parts] == [size * number for number in range(len(parts))]
    assert all(len(part) == size for part in parts[:-1])
    by_gap_and_duration = scenario.items is None and scenario.arrivals.pacing == "gap"
    count = min(len(whole), sum(map(len, parts)))
    assert by_gap_and_duration or count == len(whole) == sum(map(len, parts))
    for name in ARRAYS:
        joined = np.concatenate([getattr(part, name) for part in parts], axis=-1)
        assert np.array_equal(joined[..., :count], getattr(whole, name)[..., :count]), name


@SETTINGS
@given(scenarios(), st.integers(1, 40))
def test_a_longer_workload_begins_like_the_shorter(scenario: Scenario, more: int) -> None:
    """The first items are the same, bit for bit, however many follow."""
    scenario = scenario.changed({"items": 25})
    short, long = (
        Workload.draw(each).all() for each in (scenario, scenario.changed({"items": 25 + more}))
    )
    for name in ARRAYS:
        assert np.array_equal(getattr(short, name), getattr(long, name)[..., :25]), name


@pytest.mark.parametrize(
    "service",
    [
        {"distribution": "exponential", "mean": "10ms"},
        {"distribution": "lognormal", "mean": "10ms", "cv": 1.5},
        {"distribution": "empirical", "samples": ["1ms", "2ms", "9ms"]},
    ],
)
def test_long_draws_do_not_depend_on_the_size_of_chunks(service: dict[str, Any]) -> None:
    """Across many chunks of odd sizes, where vector code has remainders."""
    scenario = Scenario.from_dict(
        {
            "items": 40_001,
            "arrivals": {"process": "poisson", "rate": "9/s"},
            "workers": {"count": 1},
            "service": service,
            "failures": {"probability": 0.3, "attempts": 2},
        }
    )
    workload = Workload.draw(scenario)
    whole = workload.all()
    for size in (1013, 16_383, 50_000):
        parts = list(workload.chunks(size))
        for name in ARRAYS:
            joined = np.concatenate([getattr(part, name) for part in parts], axis=-1)
            assert np.array_equal(joined, getattr(whole, name)), name
