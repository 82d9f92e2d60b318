"""Predictions: what they speak of, when they stop, and that a stream is a run."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from builders import poisson, pool
from queuetwin.model import Workload, predict, simulate, theory
from queuetwin.model.engines.compiled.fcfs import FcfsStation, can_stream
from queuetwin.model.engines.compiled.fcfs_stream import FcfsStream
from queuetwin.model.estimation import steady_state as long_runs
from queuetwin.model.estimation.steady_state import SteadyState
from queuetwin.model.estimation.summary import SummaryAccumulator
from queuetwin.model.records.measures import MEASURES, MeasureRows
from queuetwin.model.records.run import Outcome


def test_a_prediction_holds_the_formula() -> None:
    """M/M/2: both judged figures are as precise as asked, and right (one fixed seed)."""
    scenario = poisson("8/s", "200ms", 2, {"items": 10})
    found = predict(scenario, precision=0.05)
    truth = theory.MMc(arrival_rate=8, service_time=0.2, servers=2)
    assert found.reached
    assert any("in the long run" in note for note in found.notes)
    figures = found.measures["response_time"]
    for key, value in (
        ("mean", truth.mean_response_time),
        ("p99", truth.response_time_quantile(0.99)),
    ):
        figure = figures[key]
        assert figure.low < value < figure.high, key
        assert (figure.high - figure.low) / 2 <= 0.05 * figure.estimate


@pytest.mark.slow
def test_what_is_not_reached_is_said() -> None:
    """A run has its limit; the note says what it would take."""
    scenario = poisson("9.99/s", "100ms", 1, {"failures": {"probability": 0.0005, "attempts": 3}})
    found = predict(scenario, precision=0.001)
    assert found.reached is False
    assert "is not reached" in found.notes[-1]


def test_a_run_ends_where_too_many_are_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of an overloaded stack is never served: all behind it would have to be held."""
    monkeypatch.setattr(long_runs, "_MOST_UNDER_WAY", 40_000)
    queue = {"capacity": 50, "when_full": "reject", "order": "lifo"}
    stack = poisson("30/s", "100ms", 1, {"queue": queue})
    run = SteadyState(stack, level=0.9)
    run.extend(100_000)
    assert run.items == run.most == 49_152
    whole = SteadyState(stack, level=0.9)
    whole.extend(49_152)
    assert whole.summary() == run.summary()


def test_a_backlog_is_told_over_whole_runs() -> None:
    """Nothing stationary: the expectation over replications, the same wherever they ran."""
    scenario = pool().changed({"items": 200, "service.distribution": "exponential"})
    alone = predict(scenario)
    with ThreadPoolExecutor(2) as executor:
        assert predict(scenario, executor=executor) == alone
    assert "over whole runs as written" in alone.notes[-1]
    figure = alone.measures["response_time"]["mean"]
    assert figure.low < figure.estimate < figure.high


@pytest.mark.parametrize(("precision", "level"), [(0, 0.9), (1, 0.9), (0.1, 0), (0.1, 1)])
def test_rubbish_is_refused(precision: float, level: float) -> None:
    """Precision and level are shares."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        predict(poisson("1/s", "1ms", 1), precision=precision, level=level)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"queue": {"capacity": 2, "when_full": "reject"}},
        {"queue.capacity": 2},
        {"queue.capacity": 2, "arrivals.pacing": "gap"},
        {"queue": {"capacity": 0, "when_full": "reject"}},
        {"failures": {"probability": 0.3, "attempts": 1}},
        {"workers.count": 1, "arrivals": {"process": "periodic", "rate": "5/s"}},
        {"workers.count": 64, "arrivals.rate": "310/s"},
        {"workers.count": 65, "arrivals.rate": "320/s", "queue.capacity": 9},
    ],
)
def test_a_stream_is_the_run(changes: dict[str, object]) -> None:
    """Chunk by chunk the same instants, and the same sums of them, as in one piece, to the bit."""
    scenario = poisson("8/s", "200ms", 2, {"items": 40_000, **changes})
    workload = Workload.draw(scenario)
    assert can_stream(scenario, next(workload.chunks()))
    run, pool, fold = simulate(scenario, engine="fast"), FcfsStation(scenario), SummaryAccumulator()
    stream, parts = FcfsStream(scenario, fold.batches), []
    fold.batches.expect(40_000)
    for draws in workload.chunks():
        parts.append(pool.serve(draws))
        outcomes = stream.serve(draws)
        attempts = int(outcomes[Outcome.COMPLETED] + outcomes[Outcome.FAILED])
        fold.count(outcomes, unplanned=int(outcomes[Outcome.NOT_OFFERED]), attempts=attempts)
    assert len(parts) == 3
    for name in ("planned", "offered", "accepted", "finished"):
        column = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(column, run.items[name], equal_nan=True), name
    assert stream.window == run.header.window
    rows, whole = MeasureRows.of(run), SummaryAccumulator()
    whole.add(rows)
    assert fold.summary(run.header, rows.presence) == whole.summary(run.header, rows.presence)


@pytest.mark.slow
def test_a_long_run_goes_on_where_it_was() -> None:
    """In three steps or in one, whatever overtakes: the same figures to the bit."""
    plain = poisson("8/s", "200ms", 2)
    often = {"distribution": "exponential", "mean": "60s"}
    repair = {"distribution": "exponential", "mean": "2s"}
    for scenario in (
        plain,
        plain.changed({"queue.order": "lifo"}),
        plain.changed({"workers.breakdown": {"every": often, "repair": repair}}),
        plain.changed({"arrivals": {"process": "closed", "users": 5, "think": repair}}),
    ):
        steps, once = SteadyState(scenario, level=0.9), SteadyState(scenario, level=0.9)
        for items in (10_000, 20_000, 60_000):
            steps.extend(items)
        once.extend(60_000)
        assert steps.items == once.items == 65_536
        assert steps.summary() == once.summary()
        shares = [one.share_above(MEASURES["response_time"], 1.0) for one in (steps, once)]
        assert shares[0] == shares[1]
        assert math.isfinite(shares[0].low)
        run, whole = (
            simulate(scenario.changed({"items": 65_536}), engine="fast"),
            SummaryAccumulator(level=0.9),
        )
        rows = MeasureRows.of(run)
        whole.add(rows)
        assert whole.summary(run.header, rows.presence) == once.summary()
