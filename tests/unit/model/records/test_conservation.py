"""The accounts: silent on honest runs, and loud on every planted breakage."""

from dataclasses import replace

import numpy as np
import pytest

from builders import NEVER, altered, hand_made, poisson
from queuetwin.model import Run, simulate
from queuetwin.model.records.conservation import broken_accounts, little_residuals
from queuetwin.model.records.run import Outcome

DONE, FAILED = Outcome.COMPLETED, Outcome.FAILED
ITEMS = [(0, 0, 0, DONE, 2), (0, 0, 1, DONE, 4), (3, 3, NEVER, Outcome.REJECTED, 3)]
ATTEMPTS = [(0, 1, 0, 0, 2, 0, DONE), (1, 1, 1, 2, 4, 0, DONE)]


def honest() -> Run:
    return hand_made(ITEMS, ATTEMPTS, window=4)


def test_honest_runs_are_in_order() -> None:
    """Nothing is said of a run whose records agree."""
    assert broken_accounts(honest()) == ()
    failing = {"failures": {"probability": 0.5, "attempts": 3}, "queue.capacity": 2, "items": 300}
    assert broken_accounts(simulate(poisson("9/s", "100ms", 2, failing))) == ()


def test_littles_law_holds_for_each_population() -> None:
    """All five populations are checked, each against its own stay."""
    residuals = little_residuals(honest())
    assert set(residuals) == {
        "queue_depth", "busy_workers", "held_back", "backing_off", "in_system",
    }  # fmt: skip
    assert max(residuals.values()) == 0


def test_an_attempt_of_no_length_is_no_overlap() -> None:
    """A worker may end a free failure and begin another attempt at the same instant."""
    run = hand_made(
        [(0, 0, 0, DONE, 5), (0, 0, 0, FAILED, 0)],
        [(0, 1, 0, 0, 5, 0, DONE), (1, 1, 0, 0, 0, 0, FAILED)],
        window=5,
    )
    assert broken_accounts(run) == ()


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "complaint"),
    [
        ("items", "outcome", 0, Outcome.UNFINISHED, "an end without an instant, or an instant"),
        ("items", "finished", 0, NEVER, "an end without an instant"),
        ("items", "outcome", 2, Outcome.NOT_OFFERED, "offered without an instant"),
        ("items", "offered", 2, NEVER, "offered without an instant"),
        ("items", "accepted", 0, NEVER, "accepted without an attempt"),
        ("items", "accepted", 2, 3.0, "accepted without an attempt"),
        ("attempts", "item", 1, 0, "two first attempts"),
        ("attempts", "attempt", 0, 2, "accepted without an attempt"),
        ("items", "outcome", 0, FAILED, "completed attempts are not the completed items"),
        ("attempts", "outcome", 0, FAILED, "completed attempts are not the completed items"),
        ("attempts", "outcome", 0, Outcome.UNFINISHED, "completed attempts are not"),
        ("items", "offered", 0, -1.0, "items: offered comes before planned"),
        ("items", "accepted", 2, 2.0, "items: accepted comes before offered"),
        ("items", "finished", 1, 0.5, "items: finished comes before accepted"),
        ("attempts", "started", 1, 0.5, "attempts: started comes before taken"),
        ("attempts", "taken", 1, 0.5, "attempts: taken comes before enqueued"),
        ("attempts", "finished", 1, 1.5, "attempts: finished comes before started"),
        ("attempts", "released", 1, 3.0, "attempts: released comes before finished"),
        ("attempts", "started", 1, 1.0, "a worker served two attempts at once"),
        ("attempts", "enqueued", 1, 0.5, "Little's law: in_system is off"),
        ("items", "accepted", 1, 0.5, "Little's law: in_system is off"),
        ("items", "finished", 1, 3.0, "Little's law: in_system is off"),
        ("attempts", "finished", 1, 3.5, "Little's law: in_system is off"),
    ],
)
def test_each_planted_breakage_is_caught(
    table: str, column: str, row: int, value: float, complaint: str
) -> None:
    """One wrong value in one record is enough to be told."""
    broken = broken_accounts(altered(honest(), table, column, row, value))
    assert any(complaint in one for one in broken), broken


def test_a_lost_item_is_caught() -> None:
    """A complete run in which an item has no end is no complete run."""
    waiting = (3, 1, 1, NEVER, NEVER, -1, Outcome.UNFINISHED)
    items = [*ITEMS, (1, 1, 1, Outcome.UNFINISHED, NEVER)]
    run = hand_made(items, [*ATTEMPTS, waiting], window=4)
    assert broken_accounts(run) == ("the run is complete, but an item has no final outcome",)
    assert broken_accounts(replace(run, header=replace(run.header, ended="stopped"))) == ()


def test_a_lost_attempt_is_caught() -> None:
    """An item that completed without an attempt breaks the ledger and Little's law."""
    run = honest()
    less = {name: column[:1] for name, column in run.attempts.items()}
    broken = broken_accounts(replace(run, attempts=less))
    assert len(broken) == 3
    assert "Little's law: in_system is off" in broken[-1]


def test_a_wrong_window_is_caught() -> None:
    """Nothing comes to its end after the window, which ends with the last outcome."""
    run = honest()
    broken = broken_accounts(replace(run, header=replace(run.header, window=3.0)))
    assert broken == ("an outcome comes after the end of the window",)


def test_an_instant_that_is_missing_is_not_passed_over() -> None:
    """NaN where a length is needed breaks Little's law instead of vanishing in it."""
    broken = broken_accounts(altered(honest(), "attempts", "enqueued", 1, NEVER))
    assert any("Little's law" in one for one in broken)


def test_small_errors_of_large_sums_are_found() -> None:
    """1e-9 is relative: a microsecond among minutes is seen, rounding is not."""
    run = simulate(poisson("9/s", "100ms", 1, {"items": 2000}))
    assert max(little_residuals(run).values()) < 1e-12
    row = int(np.argmax(run.items["finished"]))
    shifted = altered(run, "items", "finished", row, run.items["finished"][row] + 1e-5)
    assert any("in_system" in one for one in broken_accounts(shifted))
