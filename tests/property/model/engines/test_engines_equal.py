"""Both engines give the same Run, bit for bit, over the whole language of one pool."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from both_engines import assert_equal
from builders import draws_of, poisson
from queuetwin.model import Scenario, Workload, simulate
from queuetwin.model.engines.compiled.accumulate import add_values_compiled
from queuetwin.model.engines.compiled.event_driven import EventDrivenStation
from queuetwin.model.engines.simulation import simulate_draws
from queuetwin.model.estimation.summary import SummaryAccumulator
from queuetwin.model.machine.stalls import Stalls
from queuetwin.model.records.measures import MeasureRows
from thoroughness import examples

pytestmark = pytest.mark.slow

milliseconds = st.sampled_from(["1ms", "5ms", "20ms", "50ms"])
times = st.one_of(
    st.builds(
        lambda name, mean: {"distribution": name, "mean": mean},
        st.sampled_from(["deterministic", "exponential"]),
        milliseconds,
    ),
    st.just({"distribution": "gamma", "mean": "10ms", "cv": 2.0}),
)
paced = st.fixed_dictionaries(
    {
        "process": st.sampled_from(["poisson", "periodic"]),
        "rate": st.sampled_from(["20/s", "100/s", "400/s"]),
        "pacing": st.sampled_from(["schedule", "gap"]),
        "producers": st.integers(1, 5),
    }
)
batches = st.builds(
    lambda value: {
        "process": "batch",
        "rate": "200/s",
        "size": {"distribution": "constant", "value": value},
    },
    st.integers(1, 7),
)
backlogs = st.fixed_dictionaries({"process": st.just("backlog"), "producers": st.integers(1, 5)})
closed = st.fixed_dictionaries(
    {"process": st.just("closed"), "users": st.integers(1, 6), "think": times}
)
queues = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {"capacity": st.integers(0, 6), "when_full": st.sampled_from(["block", "reject"])}
    ),
)
any_queues = st.fixed_dictionaries(
    {
        "when_full": st.sampled_from(["block", "reject", "drop-oldest"]),
        "order": st.sampled_from(["fifo", "lifo", "priority"]),
    },
    optional={"capacity": st.integers(0, 6), "patience": times},
)
simple_failures = st.fixed_dictionaries(
    {
        "probability": st.sampled_from([0.0, 0.3, 1.0]),
        "cost": st.sampled_from(["none", "full", "uniform"]),
    }
)
any_failures = st.fixed_dictionaries(
    {
        "probability": st.sampled_from([0.0, 0.3, 1.0]),
        "attempts": st.integers(1, 4),
        "backoff": st.sampled_from(["0s", "5ms", "30ms"]),
        "growth": st.sampled_from(["constant", "exponential"]),
        "jitter": st.booleans(),
        "cost": st.sampled_from(["none", "full", "uniform"]),
    },
    optional={"time_limit": milliseconds},
)
counts = st.sampled_from([1, 2, 3, 7, 1000]).map(lambda count: {"count": count})
unequal = st.lists(st.sampled_from([0.5, 1, 3]), min_size=1, max_size=4).map(
    lambda speeds: {"count": len(speeds), "speeds": speeds}
)
machines = st.builds(
    lambda machines, each, routing: {
        "machines": machines,
        "per_machine": each,
        "own_queue": True,
        "routing": routing,
    },
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from(["random", "round-robin", "shortest"]),
)
SCHEDULES: list[list[list[Any]]] = [
    [],
    [["10ms", 1]],
    [["30ms", 5], ["200ms", 2]],
    [["20ms", 0], ["50ms", 2]],
    [["15ms", 2], ["40ms", 0]],
]
breakdowns = st.fixed_dictionaries(
    {
        "every": st.sampled_from(["10ms", "100ms"]).map(
            lambda mean: {"distribution": "exponential", "mean": mean}
        ),
        "repair": times,
        "item": st.sampled_from(["resumed", "failed"]),
    }
) | st.fixed_dictionaries(
    {
        "every": st.just({"distribution": "exponential", "mean": "100ms"}),
        "repair": times,
        "item": st.just("restarted"),
    }
)
CLASSES = [
    {"name": "a", "share": 0.5, "priority": 3},
    {"name": "b", "share": 0.3, "failure_probability": 0.5},
    {
        "name": "c",
        "share": 0.2,
        "priority": 3,
        "service": {"distribution": "deterministic", "mean": "5ms"},
    },
]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Pools in which nothing overtakes and nothing comes back."""
    return Scenario.from_dict(
        {
            "seed": draw(st.integers(0, 2**32)),
            "items": draw(st.integers(1, 80)),
            "arrivals": draw(st.one_of(paced, batches, backlogs)),
            "queue": draw(queues),
            "workers": draw(counts),
            "service": draw(times),
            "failures": draw(simple_failures),
        }
    )


@st.composite
def crews(draw: st.DrawFn) -> dict[str, Any]:
    """Workers of every kind, some of whom come and go."""
    workers = dict(draw(st.one_of(counts, unequal, machines)))
    if "speeds" not in workers and "machines" not in workers:
        workers["schedule"] = draw(st.sampled_from(SCHEDULES))
    if draw(st.booleans()):
        workers["idle_timeout"] = draw(st.sampled_from(["1ms", "20ms", "200ms"]))
    if draw(st.booleans()):
        workers["breakdown"] = draw(breakdowns)
    return workers


@st.composite
def any_scenarios(draw: st.DrawFn) -> Scenario:
    """Pools of the whole language."""
    slowdown = draw(st.sampled_from([[], [[2, 0.5]], [[1, 0.1], [3, 2]]]))
    return Scenario.from_dict(
        {
            "seed": draw(st.integers(0, 2**32)),
            "items": draw(st.integers(1, 60)),
            "arrivals": draw(st.one_of(paced, batches, backlogs, closed)),
            "queue": draw(any_queues),
            "workers": draw(crews()),
            "service": {**draw(times), "slowdown": slowdown},
            "failures": draw(any_failures),
            "class": draw(st.sampled_from([[], CLASSES])),
        }
    )


def overheads(scenario: Scenario, added: str, *names: str) -> dict[str, Any]:
    """What a machine adds: nothing, the same each time, or something of its own.

    "coarse" makes ties of everything: gaps and services are a few steps of 5 ms, or none.
    """
    generator = np.random.default_rng(scenario.seed)
    shape = (scenario.stage.failures.attempts, scenario.items)
    shapes = {"lateness": shape[1:], "gap": shape[1:]}
    if added == "coarse":
        return {
            name: 0.005 * generator.integers(0, 4, shapes.get(name, shape))
            for name in (*names, "gap", "demand")
        }
    drawn = {name: generator.exponential(0.01, shapes.get(name, shape)) for name in names}
    return {name: {"none": 0.0, "equal": 0.005}.get(added, drawn[name]) for name in names}


ITEM_COLUMNS = ("planned", "offered", "accepted", "outcome", "finished")
ATTEMPT_COLUMNS = ("item", "attempt", "enqueued", "started", "finished", "worker", "outcome")
added = st.sampled_from(["none", "equal", "coarse", "random"])


@settings(derandomize=True, deadline=None, max_examples=examples(60))
@given(scenarios(), added)
def test_the_recursion_agrees_bit_for_bit(scenario: Scenario, added: str) -> None:
    """Where nothing overtakes: ties included, also with late sends and turn-rounds."""
    assert_equal(scenario, **overheads(scenario, added, "lateness", "turn_round"))


@settings(derandomize=True, deadline=None, max_examples=examples(200))
@given(any_scenarios(), added)
def test_the_calendar_agrees_bit_for_bit(scenario: Scenario, added: str) -> None:
    """Over the whole language, ties included, also with hand-offs."""
    assert_equal(scenario, **overheads(scenario, added, "lateness", "hand_off", "turn_round"))


@settings(derandomize=True, deadline=None, max_examples=examples(60))
@given(any_scenarios(), added, st.integers(1, 40))
def test_the_parts_of_a_run_do_not_matter(scenario: Scenario, added: str, size: int) -> None:
    """MeasureRows, and the figures folded from them, over the whole language, ties included."""
    names = ("lateness", "hand_off", "turn_round")
    draws = draws_of(scenario, **overheads(scenario, added, *names))
    workload = Workload.draw(scenario)
    # The reference model, which knows of no parts.
    run = simulate_draws(scenario, workload, draws, engine="simpy")
    whole, whole_fold = MeasureRows.of(run), SummaryAccumulator(add=add_values_compiled)
    whole_fold.add(whole)
    cuts = [*range(0, len(draws), size), len(draws)]
    running, fold = (
        EventDrivenStation(scenario, workload.outages()),
        SummaryAccumulator(add=add_values_compiled),
    )
    parts = list(running.parts(draws.part(*span) for span in pairwise(cuts)))
    for rows in parts:
        fold.add(rows)
    for name in ITEM_COLUMNS:
        column = np.concatenate([rows.items[name] for rows in parts])
        expected = whole.items[name]
        assert np.array_equal(column, expected, equal_nan=expected.dtype.kind == "f"), name
    for name in ATTEMPT_COLUMNS:
        column = np.concatenate([rows.attempts[name] for rows in parts])
        expected = whole.attempts[name]
        assert np.array_equal(column, expected, equal_nan=expected.dtype.kind == "f"), name
    assert (running.window, running.ended) == (run.header.window, run.header.ended)
    assert parts[-1].presence == whole.presence
    expected = whole_fold.summary(run.header, whole.presence)
    assert repr(fold.summary(run.header, parts[-1].presence)) == repr(expected)


def test_the_engines_agree_until_a_duration_ends() -> None:
    """By gap, and with users, the end of the arrivals depends on the queue."""
    slow = poisson("100/s", "50ms", 2, {"duration": "3s", "queue.capacity": 2})
    think = {"distribution": "exponential", "mean": "50ms"}
    for changes in (
        {},
        {"arrivals.pacing": "gap", "arrivals.producers": 3},
        {"arrivals": {"process": "closed", "users": 9, "think": think}},
    ):
        assert_equal(slow.changed(changes))
        assert_equal(slow.changed({**changes, "queue.order": "lifo"}))


def stalls_of(scenario: Scenario, added: str) -> Stalls:
    """About every 30 ms one of some 10 ms; "coarse" ones begin and end in steps of 5 ms.

    Their chance is their own, so a scenario has the same draws without them.
    """
    generator = np.random.default_rng((scenario.seed, 1))

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        if added in ("coarse", "equal"):
            gaps, lengths = generator.integers(1, 12, count), generator.integers(0, 5, count)
            return 0.005 * gaps, 0.005 * lengths
        return generator.exponential(0.03, count), generator.exponential(0.01, count)

    return Stalls(draw)


@settings(derandomize=True, deadline=None, max_examples=examples(60))
@given(any_scenarios(), added)
def test_the_engines_agree_bit_for_bit_with_stalls(scenario: Scenario, added: str) -> None:
    """Everything that can be held up is, in the same order, and nothing happens within one."""
    stalls = stalls_of(scenario, added)
    names = ("lateness", "hand_off", "turn_round")
    run = assert_equal(scenario, stalls, **overheads(scenario, added, *names))
    edges = stalls.until(run.header.window)
    happened = [run.items[name] for name in ("offered", "accepted", "finished")]
    happened += [run.attempts[name] for name in ("enqueued", "started", "finished")]
    happened += [run.workers[name] for name in ("from", "until")]
    instants = np.concatenate(happened)
    within = np.searchsorted(edges, instants[~np.isnan(instants)], side="right") % 2 == 1
    assert not within.any()


def test_auto_takes_the_compiled_engine_for_many_items() -> None:
    """What is long is done by the engine that is quick."""
    many = poisson("80/s", "10ms", 2, {"items": 200_000})
    assert simulate(many).header.engine == "fast"
    assert simulate(many.changed({"items": 10})).header.engine == "simpy"
