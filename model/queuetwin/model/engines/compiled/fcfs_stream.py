"""One producer, first come first served, of which nothing is held but its figures.

Law: the recursion of `recursion` over again, for one producer and without the numbers of
workers, so that the instants at which they are free are enough.  What each item's stays were
goes straight to its base batch, a block of items at a time, and is forgotten.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.engines.compiled.accumulate import count_some
from queuetwin.model.engines.compiled.fcfs_kernel import sift_down
from queuetwin.model.engines.compiled.jit import at, kernel, read_only, step
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.records.run import Outcome
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.statistics.accumulators import Batches, Counts, Tables

__all__ = ["FcfsStream"]

# Gaps, lateness, lengths, turn-rounds and failures of the items.
Luck = tuple[Floats, Floats, Floats, Floats, NDArray[np.bool_]]
# By gap, end of the arrivals, places (-1 without end), whether a full queue rejects.
Rules = tuple[bool, float, int, bool]
# Where the producer is and the window ends; when workers are free, and their numbers; the last
# starts as a ring, and where it begins.
State = tuple[Floats, Floats, Integers, Floats, Integers]
# Of every measure, of shares (sums and numbers only), and when batches ended.
Tallies = tuple[tuple[Tables, ...], tuple[tuple[Floats, Floats], ...], Floats]

# The streamed measures of the table, in its order; the kernel below adds up just these.
_MEASURES = tuple(
    name for name, measure in MEASURES.items() if measure.streamed and measure.unit == "seconds"
)
_RESPONSE, _WAITING, _QUEUE, _SERVICE, _DELAY, _FAILED_RESPONSE = range(6)
_RATIOS = tuple(
    name for name, measure in MEASURES.items() if measure.streamed and measure.unit == "share"
)
_LOSS, _FAILURE = range(2)
_REJECTED, _FAILED, _COMPLETED, _NOT_OFFERED = (
    int(one) for one in (Outcome.REJECTED, Outcome.FAILED, Outcome.COMPLETED, Outcome.NOT_OFFERED)
)
_REACHED, _RETURNED, _WINDOW = range(3)
_BLOCK = 2048
# So few workers are sooner kept in order than in a heap.
_FEW = 64


class FcfsStream:
    """Such a pool, at its beginning, and the base batches that its items are added to."""

    def __init__(self, scenario: Scenario, batches: Batches) -> None:
        arrivals, queue = scenario.arrivals, scenario.stage.queue
        workers, places = scenario.stage.workers.number, queue.capacity
        self._batches = batches
        self._rules = (
            arrivals.pacing == "gap",
            scenario.duration or np.inf,
            -1 if places is None else places,
            queue.when_full == "reject",
        )
        self._instants = np.zeros(3)
        self._state = (
            self._instants,
            np.zeros(workers),
            np.arange(workers),
            np.zeros(max(places or 0, 1)),
            np.zeros(1, dtype=np.int64),
        )
        measures = len(_MEASURES)
        self._scratch = (
            np.empty((measures, _BLOCK)),
            np.empty(measures),
            np.empty(_BLOCK, dtype=np.int32),
        )

    @property
    def window(self) -> float:
        """The last instant at which an item has ended, in seconds; 0 before there is any."""
        return float(self._instants[_WINDOW])

    def serve(self, draws: Draws) -> Integers:
        """Serve the next consecutive items, and add up what becomes of them.

        Returns how many items went where, by `Outcome`.  In such a pool an item that was planned
        is offered, and an accepted one is served: the items that were not offered are all that
        were never planned, the completed and failed ones all attempts.
        """
        batches, outcomes = self._batches, np.zeros(len(Outcome), dtype=np.int64)
        luck = (
            read_only(draws.gap),
            _once(draws.lateness),
            read_only(draws.lengths()[0]),
            _once(draws.turn_round[0]),
            _once(draws.fails[0]),
        )
        tallies = (
            tuple(batches.tallies[name].tables for name in _MEASURES),
            tuple(batches.tallies[name].tables[:2] for name in _RATIOS),
            batches.ends,
        )
        for begin, end in batches.pieces(len(draws)):
            _serve_and_add(
                luck,
                (begin, end),
                self._rules,
                self._state,
                (batches.items - begin, batches.size, batches.shift),
                tallies,
                self._scratch,
                outcomes,
            )
        batches.reached = float(self._instants[_REACHED])
        return outcomes


def _once(array: NDArray[Any]) -> NDArray[Any]:
    """A single number where it is the same for all items."""
    return read_only(array[:1] if array.strides == (0,) else array)


@step
def _of(values: NDArray[Any], i: int) -> Any:
    """What chance decided for an item; a single number holds for all."""
    return values[at(i if len(values) > 1 else 0)]


@kernel
def _serve_and_add(
    luck: Luck,
    span: tuple[int, int],
    rules: Rules,
    state: State,
    counted: tuple[int, int, int],
    tallies: Tallies,
    scratch: tuple[Floats, Floats, Counts],
    outcomes: Integers,
) -> None:
    """Serve and fold a span of items, block by block, each in one base batch.

    `counted` is (items before the first draw, items of a batch, shift of its bins).
    """
    tables, ratios, ends = tallies
    stays, sums, places = scratch
    before, size, shift = counted
    begin, last = span
    while begin < last:
        batch = (before + begin) // size
        end = min(last, (batch + 1) * size - before, begin + _BLOCK)
        for measure in range(len(tables)):
            sums[measure] = tables[measure][0][batch]
        completed, failed, offered = _serve(luck, (begin, end), rules, state, stays, sums)
        served, ends[batch] = completed + failed, state[0][_REACHED]
        numbers = (completed, completed, served, served, offered, failed)
        for measure in range(len(numbers)):
            tables[measure][0][batch] = sums[measure]
            tables[measure][1][batch] += numbers[measure]
            values = stays[measure, : numbers[measure]]
            count_some(values, batch >> shift, tables[measure], places)
        rejected = offered - served
        for ratio, number in ((_LOSS, rejected), (_FAILURE, failed)):
            ratios[ratio][0][batch] += number
            ratios[ratio][1][batch] += offered
        outcomes[_COMPLETED] += completed
        outcomes[_FAILED] += failed
        outcomes[_REJECTED] += rejected
        outcomes[_NOT_OFFERED] += end - begin - offered
        begin = end


@step
def _serve(
    luck: Luck,
    span: tuple[int, int],
    rules: Rules,
    state: State,
    stays: Floats,
    sums: Floats,
) -> tuple[int, int, int]:
    """Serve a span of items; how many were completed, failed and offered.

    Their stays are written side by side, a row of `stays` for each measure, and added to `sums`:
    a sum has to wait for each of its values, which costs nothing while the recursion waits too.
    """
    begin, end = span
    by_gap, last_instant, places, rejects = rules
    gap, lateness, length, turn_round, fails = luck
    instants, free, number, starts, slots = state
    reached, returned, window = instants[_REACHED], instants[_RETURNED], instants[_WINDOW]
    first, slot = free[0], slots[0]
    few = len(free) <= _FEW
    completed = failed = offered = 0
    for i in range(begin, end):
        came = gap[at(i)] + (returned if by_gap else reached)
        if by_gap and came >= last_instant:
            returned = np.inf  # and so will all that follow
            break
        reached = came
        now = max(came, returned) + _of(lateness, i)
        room_from = first if places == 0 else starts[at(slot)]
        if room_from > now and rejects:
            returned = now
            window = max(window, now)
            _note(stays, sums, _DELAY, offered, now - came)
            offered += 1
            continue
        accepted = max(now, room_from)
        started = max(accepted, first)
        finished = started + length[at(i)]
        returned = accepted
        if places > 0:
            starts[at(slot)] = started
            slot = slot + 1 if slot + 1 < places else 0
        if few:
            first = _put_in_order(free, finished + _of(turn_round, i))
        else:
            free[0] = finished + _of(turn_round, i)
            sift_down(free, number)
            first = free[0]
        window = max(window, finished)
        served = completed + failed
        _note(stays, sums, _DELAY, offered, accepted - came)
        _note(stays, sums, _QUEUE, served, started - accepted)
        _note(stays, sums, _SERVICE, served, finished - started)
        offered += 1
        if _of(fails, i):
            _note(stays, sums, _FAILED_RESPONSE, failed, finished - came)
            failed += 1
        else:
            _note(stays, sums, _RESPONSE, completed, finished - came)
            _note(stays, sums, _WAITING, completed, started - came)
            completed += 1
    instants[_REACHED], instants[_RETURNED], instants[_WINDOW] = reached, returned, window
    slots[0] = slot
    return completed, failed, offered


@step
def _note(stays: Floats, sums: Floats, measure: int, place: int, stay: float) -> None:
    """Write down a stay, and add it up."""
    stays[measure, at(place)] = stay
    sums[measure] += stay


@step
def _put_in_order(free: Floats, instant: float) -> float:
    """Put an instant in the place of the first of ascending ones; the first of them then.

    Without a jump that depends on them: where it belongs cannot be foreseen.
    """
    others = len(free) - 1
    if others == 0:
        free[0] = instant
        return instant
    first: float = min(instant, free[1])
    for place in range(others):
        later = free[at(place + 1)]
        free[at(place)] = min(instant, later)
        instant = max(instant, later)
    free[at(others)] = instant
    return first
