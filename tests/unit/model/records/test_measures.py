"""The measure table on small runs with known answers, and its names."""

import math

import numpy as np
import pytest

from builders import NEVER, hand_made
from queuetwin.model import Run
from queuetwin.model.records.figures import share_above, statistic_of
from queuetwin.model.records.measures import MEASURES, POPULATIONS, MeasureRows, parse_statistic
from queuetwin.model.records.run import Outcome

DONE, FAILED, REJECTED = Outcome.COMPLETED, Outcome.FAILED, Outcome.REJECTED


def story() -> Run:
    """One worker, 10 s.  Every kind of stay occurs once, with a length of its own.

    Item 0 is served at once.  Item 1 waits at the door and in the queue, fails, comes back.
    Item 2 is rejected after a wait.  Item 3 fails for good.
    """
    return hand_made(
        [
            (0, 0, 0, DONE, 2),
            (0, 0, 0.5, DONE, 9),
            (3, 3, NEVER, REJECTED, 3.25),
            (4, 4, 4, FAILED, 10),
        ],
        [
            (0, 1, 0, 0, 2, 0, DONE),
            (1, 1, 0.5, 2, 4, 0, FAILED),
            (1, 2, 4.5, 5, 9, 0, DONE),
            (3, 1, 4, 9, 10, 0, FAILED),
        ],
        window=10,
    )


@pytest.mark.parametrize(
    ("measure", "values"),
    [
        ("response_time", [2, 9]),
        ("waiting_time", [0, 2]),
        ("queue_time", [0, 1.5, 0.5, 5]),
        ("service_time", [2, 2, 4, 1]),
        ("producer_delay", [0, 0.5, 0.25, 0]),
        ("backoff_time", [0.5]),
        ("failed_response_time", [6]),
        ("loss_ratio", [0, 0, 1, 0]),
        ("failure_ratio", [0, 0, 0, 1]),
        ("throughput", [2, 9]),
    ],
)
def test_each_item_has_its_value(measure: str, values: list[float]) -> None:
    """Every interval of the story is found with its length."""
    assert MEASURES[measure].source(MeasureRows.of(story())).tolist() == values


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("response_time", 5.5),
        ("response_time.p50", 2),
        ("response_time.p99", 9),
        ("queue_depth", 0.7),
        ("queue_depth.max", 2),
        ("busy_workers", 0.9),
        ("busy_workers.max", 1),
        ("held_back", 0.075),
        ("backing_off", 0.05),
        ("in_system", (2 + 9 + 0.25 + 6) / 10),
        ("in_system.max", 2),
        ("utilisation", 0.9),
        ("loss_ratio", 0.25),
        ("failure_ratio", 0.25),
        ("throughput", 0.2),
    ],
)
def test_each_statistic_has_its_figure(statistic: str, value: float) -> None:
    """Averages over items, over time and over the workers' presence are those of the story."""
    assert statistic_of(story(), *parse_statistic(statistic)) == pytest.approx(value, rel=1e-12)


def test_the_last_completion_counts() -> None:
    """The window ends with an outcome, and that outcome is in the throughput."""
    run = hand_made([(0, 0, 0, DONE, 2)], [(0, 1, 0, 0, 2, 0, DONE)], window=2)
    assert statistic_of(run, MEASURES["throughput"], "mean") == 0.5


def test_unfinished_items_stay_to_the_end_of_the_window() -> None:
    """A run that was stopped counts who is waiting, served and held back until then."""
    run = hand_made(
        [
            (0, 0, 0, Outcome.UNFINISHED, NEVER),
            (1, 1, 1, Outcome.UNFINISHED, NEVER),
            (2, 2, NEVER, Outcome.UNFINISHED, NEVER),
            (3, NEVER, NEVER, Outcome.NOT_OFFERED, NEVER),
            (7, NEVER, NEVER, Outcome.NOT_OFFERED, NEVER),
        ],
        [
            (0, 1, 0, 0, NEVER, 0, Outcome.UNFINISHED),
            (1, 1, 1, NEVER, NEVER, -1, Outcome.UNFINISHED),
        ],
        window=5,
        ended="stopped",
    )
    rows = MeasureRows.of(run)
    assert MEASURES["service_time"].source(rows).tolist() == [5]
    assert MEASURES["queue_time"].source(rows).tolist() == [0, 4]
    assert MEASURES["producer_delay"].source(rows).tolist() == [0, 0, 3, 2, 0]
    assert MEASURES["loss_ratio"].source(rows).tolist() == [0, 0, 0]
    assert math.isnan(statistic_of(run, MEASURES["response_time"], "mean"))


def test_an_item_refused_on_its_return_backs_off_until_then() -> None:
    """Back-off runs from the failure to the refusal, and the item is lost."""
    run = hand_made([(0, 0, 0, REJECTED, 4)], [(0, 1, 0, 0, 1, 0, FAILED)], window=4)
    rows = MeasureRows.of(run)
    assert MEASURES["backoff_time"].source(rows).tolist() == [3]
    assert MEASURES["producer_delay"].source(rows).tolist() == [0]
    assert MEASURES["loss_ratio"].source(rows).tolist() == [1]


def test_the_share_above_a_limit_is_strict() -> None:
    """A value at the limit keeps it."""
    measure = MEASURES["response_time"]
    assert [share_above(story(), measure, limit) for limit in (1.9, 2, 8.9, 9)] == [1, 0.5, 0.5, 0]
    empty = hand_made([(0, 0, NEVER, REJECTED, 0)], [], window=1)
    assert math.isnan(share_above(empty, measure, 1))


def test_populations_and_stays_pair_up() -> None:
    """Every population has its interval, and both are in the table."""
    for population, stay in POPULATIONS.items():
        assert MEASURES[population].kind == "population"
        assert MEASURES[stay].unit == "seconds"


@pytest.mark.parametrize(
    ("text", "name", "statistic"),
    [
        ("response_time", "response_time", "mean"),
        ("response_time.p95", "response_time", "p95"),
        ("response_time.p99.9", "response_time", "p99.9"),
        ("queue_depth.max", "queue_depth", "max"),
        ("loss_ratio.mean", "loss_ratio", "mean"),
    ],
)
def test_a_name_is_a_measure_and_a_statistic(text: str, name: str, statistic: str) -> None:
    """The mean is meant where no statistic is said; any quantile of a time may be asked for."""
    measure, found = parse_statistic(text)
    assert (measure.name, found) == (name, statistic)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("respons_time", 'did you mean "response_time"'),
        ("zzz", "one of response_time, waiting_time"),
        ("queue_depth.p99", "it has mean, max"),
        ("loss_ratio.max", "it has mean"),
        ("response_time.p100", "it has mean, p50"),
    ],
)
def test_an_unknown_name_is_refused(text: str, advice: str) -> None:
    """What does not exist is told with what does."""
    with pytest.raises(ValueError, match=advice):
        parse_statistic(text)


def test_ranges_follow_units() -> None:
    """A share ends at 1, nothing is negative."""
    assert MEASURES["utilisation"].domain == (0.0, 1.0)
    assert MEASURES["response_time"].domain == (0.0, math.inf)


def test_an_attempt_at_the_next_stage_is_no_retry() -> None:
    """Attempts are grouped by item and stage: only another one at the same stage is a retry."""
    attempts = {"item": np.array([0, 0, 0, 1]), "stage": np.array([0, 0, 1, 1])}
    rows = MeasureRows(items={}, attempts=attempts, workers={}, window=0.0)
    assert rows.retried(np.arange(4)).tolist() == [True, False, False, False]
