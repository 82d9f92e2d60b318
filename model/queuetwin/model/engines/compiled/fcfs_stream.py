"""First come first served with one producer, where only figures are wanted, not items.

Law: the recursion of `fcfs_kernel` for one producer and without the numbers of workers, so that
the instants at which workers are free suffice.  The durations of each item are added to its base
batch, a block of items at a time, and forgotten.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.engines.compiled.accumulate import count_values
from queuetwin.model.engines.compiled.fcfs_kernel import sift_down
from queuetwin.model.engines.compiled.jit import at, kernel, read_only, step
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.records.run import Outcome
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.statistics.accumulators import Batches, Counts, Tables


class _Variates(NamedTuple):
    """Of each item; a single number holds for all."""

    gap: Floats
    lateness: Floats
    length: Floats
    turn_round: Floats
    fails: NDArray[np.bool_]


class _Rules(NamedTuple):
    """Of the scenario; `end` is that of the arrivals, a `capacity` of -1 is unbounded."""

    by_gap: bool
    end: float
    capacity: int
    rejects: bool


class _State(NamedTuple):
    """`instants` are those named below; `free` and `number` are by worker.

    `starts` is a ring of the last starts, which begins at `slot[0]`.
    """

    instants: Floats
    free: Floats
    number: Integers
    starts: Floats
    slot: Integers


class _Batches(NamedTuple):
    """What is added to: tables by measure, (sums, counts) of ratios, and ends of batches."""

    measures: tuple[Tables, ...]
    ratios: tuple[tuple[Floats, Floats], ...]
    ends: Floats


class _Scratch(NamedTuple):
    """Room for a block: durations by measure, their sums, and bins."""

    durations: Floats
    sums: Floats
    bins: Counts


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
    int(outcome)
    for outcome in (Outcome.REJECTED, Outcome.FAILED, Outcome.COMPLETED, Outcome.NOT_OFFERED)
)
# When the last item was planned, when its producer is free, and when the window ends.
_PLANNED, _RETURNED, _WINDOW = range(3)
_BLOCK = 2048
# So few workers are faster kept in order than in a heap.
_FEW = 64


class FcfsStream:
    """Such a station before its first item, and the base batches that its items are added to."""

    def __init__(self, scenario: Scenario, batches: Batches) -> None:
        arrivals, queue = scenario.arrivals, scenario.stage.queue
        workers, capacity = scenario.stage.workers.number, queue.capacity
        self._batches = batches
        self._rules = _Rules(
            arrivals.pacing == "gap",
            scenario.duration or np.inf,
            -1 if capacity is None else capacity,
            queue.when_full == "reject",
        )
        self._instants = np.zeros(3)
        self._state = _State(
            self._instants,
            np.zeros(workers),
            np.arange(workers),
            np.zeros(max(capacity or 0, 1)),
            np.zeros(1, dtype=np.int64),
        )
        measures = len(_MEASURES)
        self._scratch = _Scratch(
            np.empty((measures, _BLOCK)),
            np.empty(measures),
            np.empty(_BLOCK, dtype=np.int32),
        )

    @property
    def window(self) -> float:
        """The last instant at which an item has ended, in seconds; 0 before there is any."""
        return float(self._instants[_WINDOW])

    def serve(self, draws: Draws) -> Integers:
        """Serve the next consecutive items, and add their durations to the batches.

        Returns the number of items by `Outcome`.  In such a station a planned item is offered, and
        an accepted one is served: items that were not offered were never planned, and every
        attempt is a completed or failed item.
        """
        batches, outcomes = self._batches, np.zeros(len(Outcome), dtype=np.int64)
        variates = _Variates(
            read_only(draws.gap),
            _one_if_constant(draws.lateness),
            read_only(draws.lengths()[0]),
            _one_if_constant(draws.turn_round[0]),
            _one_if_constant(draws.fails[0]),
        )
        added = _Batches(
            tuple(batches.tallies[name].tables for name in _MEASURES),
            tuple(batches.tallies[name].tables[:2] for name in _RATIOS),
            batches.ends,
        )
        for begin, end in batches.pieces(len(draws)):
            _serve_and_add(
                variates,
                (begin, end),
                self._rules,
                self._state,
                (batches.items - begin, batches.size, batches.shift),
                added,
                self._scratch,
                outcomes,
            )
        batches.reached = float(self._instants[_PLANNED])
        return outcomes


def _one_if_constant(array: NDArray[Any]) -> NDArray[Any]:
    """A single number where it is the same for all items."""
    return read_only(array[:1] if array.strides == (0,) else array)


@step
def _of(values: NDArray[Any], i: int) -> Any:
    """The variate of an item; a single number holds for all."""
    return values[at(i if len(values) > 1 else 0)]


@kernel
def _serve_and_add(
    variates: _Variates,
    span: tuple[int, int],
    rules: _Rules,
    state: _State,
    counted: tuple[int, int, int],
    batches: _Batches,
    scratch: _Scratch,
    outcomes: Integers,
) -> None:
    """Serve and fold a span of items, block by block, each in one base batch.

    `counted` is (items before the first draw, items of a batch, shift of its bins).
    """
    tables, ratios, ends = batches
    durations, sums, bins = scratch
    before, size, shift = counted
    begin, last = span
    while begin < last:
        batch = (before + begin) // size
        end = min(last, (batch + 1) * size - before, begin + _BLOCK)
        for measure in range(len(tables)):
            sums[measure] = tables[measure][0][batch]
        completed, failed, offered = _serve(variates, (begin, end), rules, state, durations, sums)
        served, ends[batch] = completed + failed, state.instants[_PLANNED]
        numbers = (completed, completed, served, served, offered, failed)
        for measure in range(len(numbers)):
            tables[measure][0][batch] = sums[measure]
            tables[measure][1][batch] += numbers[measure]
            values = durations[measure, : numbers[measure]]
            count_values(values, batch >> shift, tables[measure], bins)
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
    variates: _Variates,
    span: tuple[int, int],
    rules: _Rules,
    state: _State,
    durations: Floats,
    sums: Floats,
) -> tuple[int, int, int]:
    """Serve a span of items; how many were completed, failed and offered.

    Durations are written to a row for each measure, and added to `sums` at once: an addition waits
    for the one before it, which costs nothing while the recursion waits too.
    """
    begin, end = span
    by_gap, end_of_arrivals, capacity, rejects = rules
    gap, lateness, length, turn_round, fails = variates
    instants, free, number, starts, slots = state
    planned, returned, window = instants[_PLANNED], instants[_RETURNED], instants[_WINDOW]
    first, slot = free[0], slots[0]
    few = len(free) <= _FEW
    completed = failed = offered = 0
    for i in range(begin, end):
        instant = gap[at(i)] + (returned if by_gap else planned)
        if by_gap and instant >= end_of_arrivals:
            returned = np.inf  # and so will all that follow
            break
        planned = instant
        now = max(planned, returned) + _of(lateness, i)
        room_from = first if capacity == 0 else starts[at(slot)]
        if room_from > now and rejects:
            returned = now
            window = max(window, now)
            _note(durations, sums, _DELAY, offered, now - planned)
            offered += 1
            continue
        accepted = max(now, room_from)
        started = max(accepted, first)
        finished = started + length[at(i)]
        returned = accepted
        if capacity > 0:
            starts[at(slot)] = started
            slot = slot + 1 if slot + 1 < capacity else 0
        if few:
            first = _put_in_order(free, finished + _of(turn_round, i))
        else:
            free[0] = finished + _of(turn_round, i)
            sift_down(free, number)
            first = free[0]
        window = max(window, finished)
        served = completed + failed
        _note(durations, sums, _DELAY, offered, accepted - planned)
        _note(durations, sums, _QUEUE, served, started - accepted)
        _note(durations, sums, _SERVICE, served, finished - started)
        offered += 1
        if _of(fails, i):
            _note(durations, sums, _FAILED_RESPONSE, failed, finished - planned)
            failed += 1
        else:
            _note(durations, sums, _RESPONSE, completed, finished - planned)
            _note(durations, sums, _WAITING, completed, started - planned)
            completed += 1
    instants[_PLANNED], instants[_RETURNED], instants[_WINDOW] = planned, returned, window
    slots[0] = slot
    return completed, failed, offered


@step
def _note(durations: Floats, sums: Floats, measure: int, row: int, duration: float) -> None:
    """Write down a duration, and add it up."""
    durations[measure, at(row)] = duration
    sums[measure] += duration


@step
def _put_in_order(free: Floats, instant: float) -> float:
    """Replace the first of ascending instants by a later one; the first of them then.

    There is no branch on the values, which a processor could not predict.
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
