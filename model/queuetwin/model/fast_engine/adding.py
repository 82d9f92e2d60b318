"""The fold, compiled: values go to their base batches and bins in one pass.

`add_values_compiled` is `tallies.add_values` over again; `InOrderFold` takes what the recursion
gives and needs no rows in between.  Both add in the order of the items, so every sum is the same
to the bit as that of the fold on arrays.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.draws import Draws
from queuetwin.model.fast_engine.compiling import at, kernel, step
from queuetwin.model.fast_engine.in_order import Served
from queuetwin.model.run import Outcome
from queuetwin.model.summary import Fold
from queuetwin.model.tallies import COARSE_SHIFT, FINE_SHIFT, LOWEST, Counts, Tables

__all__ = ["InOrderFold", "add_values_compiled"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_MEASURES = (
    "response_time",
    "waiting_time",
    "queue_time",
    "service_time",
    "producer_delay",
    "failed_response_time",
)
_RESPONSE, _WAITING, _QUEUE, _SERVICE, _DELAY, _FAILED_RESPONSE = range(6)
_RATIOS = ("loss_ratio", "failure_ratio")
_REJECTED, _FAILED, _COMPLETED, _NOT_OFFERED = (
    int(one) for one in (Outcome.REJECTED, Outcome.FAILED, Outcome.COMPLETED, Outcome.NOT_OFFERED)
)


class InOrderFold(Fold):
    """A fold that is fed by the recursion: `add_served` in place of `add`."""

    def add_served(self, draws: Draws, found: Served) -> None:
        """The next consecutive items."""
        batches, outcomes = self.batches, np.zeros(len(Outcome), dtype=np.int64)
        tables = tuple(batches.tallies[name].tables for name in _MEASURES)
        ratios = tuple(batches.tallies[name].tables[:2] for name in _RATIOS)
        # A copy, for compiled code is compiled for one kind of array.
        fails = np.array(draws.fails[0])
        instants = (found.planned, found.accepted, found.started, found.finished)
        for begin, end in batches.pieces(len(fails)):
            some = slice(begin, end)
            batches.reached = _add_served(
                (batches.items, batches.size),
                tuple(one[some] for one in instants),
                fails[some],
                tables,
                ratios,
                batches.ends,
                batches.reached,
                outcomes,
            )
        not_offered = int(outcomes[_NOT_OFFERED])
        # In such a pool whoever is planned is offered, and whoever is accepted is served.
        served = int(outcomes[_COMPLETED] + outcomes[_FAILED])
        self.count(outcomes, unplanned=not_offered, attempts=served)


def add_values_compiled(
    batch: Integers, values: Floats, sums: tuple[Floats, Floats], fine: Integers, coarse: Counts
) -> None:
    """Add values, each to its base batch and bin; `batch` is ascending, both of shape (n,)."""
    _add_values(batch, values, sums, fine, coarse)


@step
def _bin_of(value: float, bins: int) -> int:
    """The fine bin of a value."""
    bits: Any = np.float64(value).view(np.int64)
    place: int = min(max(((bits - 1) >> FINE_SHIFT) - LOWEST + 1, 0), bins - 1)
    return place


@step
def _count(batch: int, value: float, fine: Integers, coarse: Counts) -> None:
    """One more value in its bins, where there are any."""
    if len(fine):
        place = _bin_of(value, len(fine))
        fine[at(place)] += 1
        coarse[at(((place - 1) >> COARSE_SHIFT) + 1), at(batch)] += 1


@kernel
def _add_values(
    batch: Integers, values: Floats, sums: tuple[Floats, Floats], fine: Integers, coarse: Counts
) -> None:
    over, under = sums
    for i in range(len(values)):
        over[batch[i]] += values[i]
        under[batch[i]] += 1
        _count(batch[i], values[i], fine, coarse)


@step
def _put(batch: int, value: float, tables: Tables) -> float:
    """A value goes to its bins; it is given back, for the sum."""
    _, _, fine, coarse, reach = tables
    _count(batch, value, fine, coarse)
    reach[0] = min(reach[0], value)
    reach[1] = max(reach[1], value)
    return value


@kernel
def _add_served(
    counted: tuple[int, int],
    instants: tuple[Floats, ...],
    fails: NDArray[np.bool_],
    tables: tuple[Tables, ...],
    ratios: tuple[tuple[Floats, Floats], ...],
    ends: Floats,
    reached: float,
    outcomes: Integers,
) -> float:
    """Every measure of items that were served once or refused, batch by batch.

    `counted` is (items before these, items of a batch).  Sums stay in registers as long as a
    batch lasts.
    """
    before, size = counted
    begin, count = 0, len(fails)
    while begin < count:
        batch = (before + begin) // size
        end = min(count, (batch + 1) * size - before)
        reached = _add_batch(
            batch, (begin, end), instants, fails, tables, ratios, reached, outcomes
        )
        ends[batch] = reached
        begin = end
    return reached


@step
def _add_batch(
    b: int,
    span: tuple[int, int],
    instants: tuple[Floats, ...],
    fails: NDArray[np.bool_],
    tables: tuple[Tables, ...],
    ratios: tuple[tuple[Floats, Floats], ...],
    reached: float,
    outcomes: Integers,
) -> float:
    """Items of one base batch; the latest instant of them or before."""
    begin, end = span
    planned, accepted, started, finished = instants
    response, waiting, queue = tables[_RESPONSE][0][b], tables[_WAITING][0][b], tables[_QUEUE][0][b]
    service, delay = tables[_SERVICE][0][b], tables[_DELAY][0][b]
    completed = failed = rejected = 0
    for i in range(begin, end):
        came, done, start = planned[i], finished[i], started[i]
        if came > reached:  # noqa: PLR1730 - it may never have come, which is NaN
            reached = came
        if math.isnan(start):
            if not math.isnan(done):
                rejected += 1
                delay += _put(b, done - came, tables[_DELAY])
            continue
        delay += _put(b, accepted[i] - came, tables[_DELAY])
        queue += _put(b, start - accepted[i], tables[_QUEUE])
        service += _put(b, done - start, tables[_SERVICE])
        if fails[i]:
            failed += 1
            tables[_FAILED_RESPONSE][0][b] += _put(b, done - came, tables[_FAILED_RESPONSE])
            continue
        completed += 1
        response += _put(b, done - came, tables[_RESPONSE])
        waiting += _put(b, start - came, tables[_WAITING])
    served = completed + failed
    tables[_RESPONSE][0][b], tables[_WAITING][0][b], tables[_QUEUE][0][b] = response, waiting, queue
    tables[_SERVICE][0][b], tables[_DELAY][0][b] = service, delay
    for measure, number in (
        (_RESPONSE, completed),
        (_WAITING, completed),
        (_QUEUE, served),
        (_SERVICE, served),
        (_DELAY, served + rejected),
        (_FAILED_RESPONSE, failed),
    ):
        tables[measure][1][b] += number
    ratios[0][0][b] += rejected
    ratios[1][0][b] += failed
    for ratio in ratios:
        ratio[1][b] += served + rejected
    outcomes[_COMPLETED] += completed
    outcomes[_FAILED] += failed
    outcomes[_REJECTED] += rejected
    outcomes[_NOT_OFFERED] += end - begin - served - rejected
    return float(reached)
