"""The fold, compiled: values go to their base batches and bins in one pass.

`add_values_compiled` is `tallies.add_values` over again; `InOrderFold` takes what the recursion
gives and needs no rows in between.  Both add in the order of the items, so every sum is the same
to the bit as that of the fold on arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.draws import Draws
from queuetwin.model.fast_engine.compiling import kernel, step
from queuetwin.model.fast_engine.in_order import Served
from queuetwin.model.run import Outcome
from queuetwin.model.summary import Fold
from queuetwin.model.tallies import COARSE_SHIFT, FINE_SHIFT, LOWEST

__all__ = ["InOrderFold", "add_values_compiled"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Tables = tuple[Floats, Floats, Integers, NDArray[np.int32]]

_MEASURES = (
    "response_time",
    "waiting_time",
    "queue_time",
    "service_time",
    "producer_delay",
    "failed_response_time",
)
_RESPONSE, _WAITING, _QUEUE, _SERVICE, _DELAY, _FAILED = range(6)
_REJECTED, _COMPLETED, _NOT_OFFERED = (
    int(one) for one in (Outcome.REJECTED, Outcome.COMPLETED, Outcome.NOT_OFFERED)
)


class InOrderFold(Fold):
    """A fold that is fed by the recursion: `add_served` in place of `add`."""

    def add_served(self, draws: Draws, found: Served) -> None:
        """The next consecutive items."""
        outcome = found.outcome(draws.fails[0])
        tallies = self.batches.tallies
        tables = tuple(tallies[name].tables for name in _MEASURES)
        ratios = tuple(tallies[name].tables[:2] for name in ("loss_ratio", "failure_ratio"))
        reach = np.full((len(_MEASURES), 2), (np.inf, -np.inf))
        instants = (found.planned, found.accepted, found.started, found.finished)
        for begin, end, batch in self.batches.pieces(found.planned):
            some = slice(begin, end)
            part = tuple(one[some] for one in instants)
            _add_served(batch, part, outcome[some], tables, ratios, reach)
            # Before the next piece, whose merging asks how far the values reach.
            for name, (least, greatest) in zip(_MEASURES, reach, strict=True):
                tallies[name].reach(float(least), float(greatest))
        self.count(found.planned, outcome, int((found.worker >= 0).sum()))


def add_values_compiled(
    batch: Integers,
    values: Floats,
    sums: tuple[Floats, Floats],
    fine: Integers,
    coarse: NDArray[np.int32],
) -> None:
    """Add values, each to its base batch and bin; `batch` is ascending, both of shape (n,)."""
    _add_values(batch, values, (*sums, fine, coarse))


@step
def _add(batch: int, value: float, tables: Tables) -> None:
    over, under, fine, coarse = tables
    over[batch] += value
    under[batch] += 1
    if len(fine):
        bits: Any = np.float64(value).view(np.int64)
        place: Any = min(max(((bits - 1) >> FINE_SHIFT) - LOWEST + 1, 0), len(fine) - 1)
        fine[place] += 1
        coarse[batch, ((place - 1) >> COARSE_SHIFT) + 1] += 1


@kernel
def _add_values(batch: Integers, values: Floats, tables: Tables) -> None:
    for i in range(len(values)):
        _add(batch[i], values[i], tables)


@step
def _put(batch: int, value: float, tables: Tables, reach: Floats) -> None:
    _add(batch, value, tables)
    reach[0] = min(reach[0], value)
    reach[1] = max(reach[1], value)


@kernel
def _add_served(
    batch: Integers,
    instants: tuple[Floats, ...],
    outcome: NDArray[np.int8],
    tables: tuple[Tables, ...],
    ratios: tuple[tuple[Floats, Floats], ...],
    reach: Floats,
) -> None:
    """Every measure of items that were served once or refused."""
    planned, accepted, started, finished = instants
    (lost, offered), (failed, offered_too) = ratios
    for i in range(len(batch)):
        b, came, end = batch[i], planned[i], finished[i]
        if outcome[i] == _NOT_OFFERED:
            continue
        offered[b] += 1
        offered_too[b] += 1
        if outcome[i] == _REJECTED:
            lost[b] += 1
            _put(b, end - came, tables[_DELAY], reach[_DELAY])
            continue
        _put(b, accepted[i] - came, tables[_DELAY], reach[_DELAY])
        _put(b, started[i] - accepted[i], tables[_QUEUE], reach[_QUEUE])
        _put(b, end - started[i], tables[_SERVICE], reach[_SERVICE])
        if outcome[i] == _COMPLETED:
            _put(b, end - came, tables[_RESPONSE], reach[_RESPONSE])
            _put(b, started[i] - came, tables[_WAITING], reach[_WAITING])
        else:
            failed[b] += 1
            _put(b, end - came, tables[_FAILED], reach[_FAILED])
