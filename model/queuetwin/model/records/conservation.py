"""Nothing is lost: the ledger of items and Little's law, checked on the records themselves.

planned = not offered + offered; offered = completed + failed + rejected + dropped + abandoned
+ lost + unfinished; and every population's time integral equals the sum of the intervals that
items spent in it, to 1e-9.  The two sides come from different code: steps against lengths.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from queuetwin.model.records.figures import depth_steps
from queuetwin.model.records.measures import MEASURES, POPULATIONS, MeasureRows
from queuetwin.model.records.run import Outcome, Run

_TOLERANCE = 1e-9


def broken_accounts(run: Run) -> tuple[str, ...]:
    """Every way in which the records contradict themselves, in words; empty when they do not."""
    return (*_ledger(run), *_order(run), *_little(run))


def little_residuals(run: Run) -> dict[str, float]:
    """For each population the relative gap between its time integral and its intervals."""
    rows = MeasureRows.of(run)
    residuals = {}
    for population, stay in POPULATIONS.items():
        instants, depth = depth_steps(MEASURES[population].source(rows))
        integral = float((np.diff(np.append(instants, rows.window)) * depth).sum())
        lengths = float(MEASURES[stay].source(rows).sum())
        residuals[population] = (
            abs(integral - lengths) / max(lengths, 1e-300) if lengths else integral
        )
    parts = sum(float(MEASURES[stay].source(rows).sum()) for stay in POPULATIONS.values())
    begins, ends = MEASURES["in_system"].source(rows)
    whole = float((ends - begins).sum())
    residuals["in_system"] = abs(whole - parts) / whole if whole else parts
    return residuals


def _little(run: Run) -> Iterator[str]:
    for population, residual in little_residuals(run).items():
        if not residual <= _TOLERANCE:
            yield f"Little's law: {population} is off by {residual:.2g}"


def _ledger(run: Run) -> Iterator[str]:
    items, attempts = run.items, run.attempts
    if not np.array_equal(items["outcome"] == Outcome.NOT_OFFERED, np.isnan(items["offered"])):
        yield "an item was offered without an instant, or has an instant without being offered"
    final = ~np.isin(items["outcome"], (Outcome.NOT_OFFERED, Outcome.UNFINISHED))
    if not np.array_equal(final, ~np.isnan(items["finished"])):
        yield "an item has an end without an instant, or an instant without an end"
    if run.header.ended == "complete" and not (final | np.isnan(items["planned"])).all():
        yield "the run is complete, but an item has no final outcome"
    accepted = np.bincount(attempts["item"][attempts["attempt"] == 1], minlength=len(final))
    if (
        not np.array_equal(accepted == 1, ~np.isnan(items["accepted"]))
        or accepted.max(initial=0) > 1
    ):
        yield "an item was accepted without an attempt, or has two first attempts"
    completed = attempts["item"][attempts["outcome"] == Outcome.COMPLETED]
    if not np.array_equal(
        np.sort(completed), np.flatnonzero(items["outcome"] == Outcome.COMPLETED)
    ):
        yield "the completed attempts are not the completed items"


def _order(run: Run) -> Iterator[str]:
    items, attempts = run.items, run.attempts
    steps = (
        ("items", items, ("planned", "offered", "accepted", "finished")),
        ("attempts", attempts, ("enqueued", "taken", "started", "finished", "released")),
    )
    for name, table, columns in steps:
        for before, after in pairwise(columns):
            if (table[after] < table[before]).any():
                yield f"{name}: {after} comes before {before}"
    outcomes = np.concatenate([items["finished"], attempts["finished"]])
    if (outcomes > run.header.window).any():
        yield "an outcome comes after the end of the window"
    served = ~np.isnan(attempts["started"])
    # By finish too: an attempt of no length may start together with the next one.
    worker, started, finished = (
        attempts[name][served] for name in ("worker", "started", "finished")
    )
    order = np.lexsort((finished, started, worker))
    worker, overlap = worker[order], started[order][1:] < finished[order][:-1]
    if (overlap & (worker[1:] == worker[:-1])).any():
        yield "a worker served two attempts at once"
