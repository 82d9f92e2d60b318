"""Summaries: what they hold, what they note, and where they give no interval."""

import json
import math

import numpy as np
import pytest

from builders import NEVER, hand_made, poisson, pool
from queuetwin.model import Run, simulate
from queuetwin.model.estimation.summary import SummaryAccumulator, summarise
from queuetwin.model.records.figures import depth_steps
from queuetwin.model.records.measures import MEASURES, MeasureRows
from queuetwin.model.records.run import Outcome

DONE = Outcome.COMPLETED


def parts_of(run: Run, size: int) -> list[MeasureRows]:
    """The same rows in parts of `size` items."""
    parts = []
    for first in range(0, len(run.items["planned"]), size):
        item = run.attempts["item"]
        inside = (item >= first) & (item < first + size)
        parts.append(
            MeasureRows(
                items={name: column[first : first + size] for name, column in run.items.items()},
                attempts={name: column[inside] for name, column in run.attempts.items()},
                workers=run.workers,
                window=run.header.window,
                first=first,
            )
        )
    return parts


def test_counts_are_a_ledger() -> None:
    """Planned and offered items, every outcome, and the attempts are counted."""
    run = hand_made(
        [
            (0, 0, 0, DONE, 1),
            (0, 0, NEVER, Outcome.REJECTED, 0),
            (0, 0, 0, Outcome.FAILED, 2),
            (0, 0, 0, Outcome.UNFINISHED, NEVER),
            (1, NEVER, NEVER, Outcome.NOT_OFFERED, NEVER),
            (NEVER, NEVER, NEVER, Outcome.NOT_OFFERED, NEVER),
        ],
        [
            (0, 1, 0, 0, 1, 0, DONE),
            (2, 1, 0, 1, 2, 0, Outcome.FAILED),
            (3, 1, 0, NEVER, NEVER, -1, Outcome.UNFINISHED),
        ],
        window=2,
        ended="stopped",
    )
    assert summarise(run).counts == {
        "planned": 5,
        "not_offered": 1,
        "offered": 4,
        "completed": 1,
        "failed": 1,
        "rejected": 1,
        "dropped": 0,
        "abandoned": 0,
        "lost": 0,
        "unfinished": 1,
        "attempts": 3,
    }


@pytest.mark.slow
def test_a_summary_is_a_fold() -> None:
    """MeasureRows added in parts of any size give the same document, to the bit, as all at once."""
    changes = {"items": 1000, "queue.capacity": 2, "failures": {"probability": 0.3, "attempts": 3}}
    run = simulate(poisson("10/s", "50ms", 1, changes))
    rows = MeasureRows.of(run)
    whole = summarise(run)
    for size in (1, 7, 250, 10_000):
        fold = SummaryAccumulator()
        for part in parts_of(run, size):
            fold.add(part)
        assert fold.summary(run.header, rows.presence, rows) == whole


def test_a_stream_knows_quantiles_within_a_thousandth() -> None:
    """Without the rows every figure but the greatest numbers is still there."""
    run = simulate(poisson("8/s", "100ms", 1, {"items": 5000}))
    fold, rows = SummaryAccumulator(), MeasureRows.of(run)
    fold.add(rows)
    exact, streamed = summarise(run), fold.summary(run.header, rows.presence)
    for name, statistics in exact.measures.items():
        for key, figure in statistics.items():
            if key == "max":
                assert key not in streamed.measures[name]
            else:
                assert streamed.measures[name][key].estimate == pytest.approx(
                    figure.estimate, rel=2e-3, abs=1e-11
                )


def test_a_stationary_run_has_intervals_around_its_figures() -> None:
    """Every average and quantile lies in its own interval, inside the range of its measure."""
    summary = summarise(simulate(poisson("6/s", "100ms", 1, {"items": 100_000})))
    assert summary.notes == ()
    for name, statistics in summary.measures.items():
        for key, figure in statistics.items():
            if key == "max":
                assert math.isnan(figure.low)
                continue
            least, most = MEASURES[name].domain
            assert least <= figure.low <= figure.estimate <= figure.high <= most, (name, key)


def test_a_higher_level_gives_wider_intervals() -> None:
    """`level` reaches every figure."""
    run = simulate(poisson("8/s", "100ms", 1, {"items": 5000}))
    low, high = (summarise(run, level=level) for level in (0.5, 0.99))
    for name in ("response_time", "queue_depth", "throughput", "utilisation"):
        narrow, wide = (one.measures[name]["mean"] for one in (low, high))
        assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


@pytest.mark.parametrize("rate", ["20/s", None])
def test_an_overload_or_a_backlog_has_no_interval(rate: str | None) -> None:
    """One run that is not stationary gives figures of itself alone, and says so."""
    scenario = poisson(rate, "100ms", 1) if rate else pool()
    summary = summarise(simulate(scenario.changed({"items": 500})))
    for statistics in summary.measures.values():
        for figure in statistics.values():
            assert math.isnan(figure.low)
            assert "compare several runs" in figure.warnings[0]
    assert [note.partition(":")[0] for note in summary.notes] == (["overloaded"] if rate else [])


def test_an_early_end_is_noted() -> None:
    """Unfinished items make upper quantiles lower bounds, and the reader is told."""
    items = [(0, 0, 0, Outcome.UNFINISHED, NEVER)]
    attempts = [(0, 1, 0, 0, NEVER, 0, Outcome.UNFINISHED)]
    (note,) = summarise(hand_made(items, attempts, window=1, ended="stopped")).notes
    assert note == "ended early (stopped): upper quantiles are lower bounds"


def test_an_empty_window_gives_no_time_averages() -> None:
    """A run that was stopped before anything happened can be summarised."""
    items = [(0, NEVER, NEVER, Outcome.NOT_OFFERED, NEVER)]
    summary = summarise(hand_made(items, [], window=0, ended="stopped"))
    assert set(summary.measures) == {"producer_delay"}
    assert summary.counts["not_offered"] == 1


def test_the_document_is_plain_json() -> None:
    """No NaN reaches a reader: an unknown bound is null, with the reason beside it."""
    document = summarise(simulate(pool())).to_dict()
    assert document["schema"] == "queuetwin/summary/1"
    text = json.dumps(document, allow_nan=False)
    mean = json.loads(text)["measures"]["response_time"]["mean"]
    assert (mean["estimate"], mean["low"], mean["high"]) == (3.5, None, None)
    assert mean["warnings"]


def test_the_same_seed_gives_the_same_bytes() -> None:
    """The measures of a document are reproducible to the byte."""
    scenario = poisson("8/s", "100ms", 1, {"items": 500})
    first, second = (
        json.dumps(summarise(simulate(scenario)).to_dict()["measures"]) for _ in range(2)
    )
    assert first == second


def test_depth_is_a_step_function() -> None:
    """At one instant ends come before beginnings, and an empty span counts for nothing."""
    begins, ends = np.array([0.0, 1.0, 2.0, 2.0]), np.array([2.0, 2.0, 3.0, 2.0])
    instants, depth = depth_steps((begins, ends))
    assert depth.max() == 2
    assert depth[-1] == 0
    at = [depth[np.searchsorted(instants, t, side="right") - 1] for t in (0, 0.5, 1.5, 2.5, 3)]
    assert at == [1, 1, 2, 1, 0]


def test_some_measures_of_a_known_number_of_items_are_as_all_of_them() -> None:
    """Which are told, and batches made long at once, change no figure and hardly an interval."""
    run = simulate(poisson("8/s", "100ms", 1, {"items": 20_000}))
    rows, asked = MeasureRows.of(run), ("response_time", "queue_depth", "loss_ratio")
    folds = (
        SummaryAccumulator(),
        SummaryAccumulator(measures=asked, items=len(run.items["planned"])),
    )
    for fold in folds:
        fold.add(rows)
    whole, some = (fold.summary(run.header, rows.presence) for fold in folds)
    assert tuple(some.measures) == asked
    assert some.counts == whole.counts
    for name in asked:
        for key, figure in some.measures[name].items():
            other = whole.measures[name][key]
            for end in ("estimate", "low", "high"):
                assert getattr(figure, end) == pytest.approx(
                    getattr(other, end), rel=1e-9, nan_ok=True
                )
