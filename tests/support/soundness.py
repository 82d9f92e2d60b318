"""What must hold of every real run, and what tests ask of one."""

from collections import Counter

import numpy as np

from queuetwin.model import Run
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Columns, Outcome


def outcomes(run: Run) -> dict[Outcome, int]:
    return {Outcome(code): count for code, count in Counter(run.items["outcome"].tolist()).items()}


def assert_sound(run: Run, ended: str = "complete") -> None:
    """It ended as expected, its accounts are right, and nothing lies beyond its window."""
    assert run.header.ended == ended
    assert broken_accounts(run) == ()
    assert run.header.facts["threads_left"] == []
    instants = [run.items[name] for name in ("offered", "accepted", "finished")]
    instants += [run.attempts[name] for name in ("enqueued", "taken", "started", "finished")]
    known = np.concatenate(instants)
    assert (known[~np.isnan(known)] <= run.header.window).all()


def most_waiting(attempts: Columns) -> int:
    """The largest number of accepted attempts that no worker had taken and that had not left."""
    left = np.sort(np.fmin(attempts["taken"], attempts["finished"]))
    enqueued = np.sort(attempts["enqueued"])
    # A place that is freed and taken at one instant was free.
    return int((np.arange(1, len(left) + 1) - np.searchsorted(left, enqueued, "right")).max())
