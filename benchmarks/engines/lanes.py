"""Several replications in one pass of the recursion, against one at a time: why there are none.

M/M/4/20, load 1.1, as a plain loop either way; both must give the same starts and ends, bit for
bit.  Lanes read the draws of all replications side by side, so these have to be turned over first.
Processor nanoseconds an item, the best of a few.

    python benchmarks/engines/lanes.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.engines.compiled.jit import at, kernel

WORKERS, PLACES, LOAD = 4, 16, 1.1
ITEMS, TRIES = 65_536, 7


@kernel
def one_at_a_time(
    gaps: Floats, lengths: Floats, free: Floats, ring: Floats, starts: Floats, ends: Floats
) -> None:
    """A single replication; a refused item starts never and ends as it comes."""
    clock, slot = 0.0, 0
    for i in range(len(gaps)):
        clock += gaps[at(i)]
        if ring[at(slot)] > clock:
            starts[at(i)], ends[at(i)] = np.inf, clock
            continue
        start = max(clock, free[0])
        end = start + lengths[at(i)]
        starts[at(i)], ends[at(i)] = start, end
        ring[at(slot)] = start
        slot = slot + 1 if slot + 1 < len(ring) else 0
        for worker in range(len(free) - 1):
            later = free[at(worker + 1)]
            free[at(worker)] = min(end, later)
            end = max(end, later)
        free[at(len(free) - 1)] = end


@kernel
def in_lanes(
    gaps: Floats,
    lengths: Floats,
    free: Floats,
    ring: Floats,
    places: tuple[Floats, Integers],
    starts: Floats,
    ends: Floats,
) -> None:
    """As many replications as there are columns; `places` are where each one's clock and ring are.

    Without jumps that depend on an item, so that lanes could go on side by side, and with numbers
    of workers and places that the compiler knows, which no engine could.
    """
    clocks, slots = places
    for i in range(len(gaps)):
        for lane in range(gaps.shape[1]):
            clock = clocks[at(lane)] + gaps[at(i), at(lane)]
            clocks[at(lane)] = clock
            slot, first = slots[at(lane)], free[0, at(lane)]
            taken = ring[at(slot), at(lane)]
            enters = taken <= clock
            start = max(clock, first)
            end = start + lengths[at(i), at(lane)]
            ring[at(slot), at(lane)] = start if enters else taken
            after = slot + 1 if slot + 1 < PLACES else 0
            slots[at(lane)] = after if enters else slot
            starts[at(i), at(lane)] = start if enters else np.inf
            ends[at(i), at(lane)] = end if enters else clock
            instant = end if enters else first
            for worker in range(WORKERS - 1):
                later = free[at(worker + 1), at(lane)]
                free[at(worker), at(lane)] = min(instant, later)
                instant = max(instant, later)
            free[at(WORKERS - 1), at(lane)] = instant


def best(action: Callable[[], Any]) -> float:
    """Processor nanoseconds of an item."""
    taken = []
    for _ in range(TRIES):
        start = time.process_time_ns()
        action()
        taken.append(time.process_time_ns() - start)
    return min(taken) / ITEMS


def measure(lanes: int) -> None:
    """Print one line."""
    shape = (lanes, ITEMS // lanes)
    generators = [np.random.default_rng(seed) for seed in range(lanes)]
    gaps, lengths = (
        np.stack([generator.standard_exponential(shape[1]) * mean for generator in generators])
        for mean in (1 / (LOAD * WORKERS), 1.0)
    )
    starts, ends = np.empty(shape), np.empty(shape)
    turned = [np.empty(shape[::-1]) for _ in range(4)]

    def turn_over() -> None:
        turned[0][:], turned[1][:] = gaps.T, lengths.T

    def apart() -> None:
        for lane in range(lanes):
            free, ring = np.zeros(WORKERS), np.zeros(PLACES)
            one_at_a_time(gaps[lane], lengths[lane], free, ring, starts[lane], ends[lane])

    def together() -> None:
        free, ring = np.zeros((WORKERS, lanes)), np.zeros((PLACES, lanes))
        places = np.zeros(lanes), np.zeros(lanes, dtype=np.int64)
        in_lanes(turned[0], turned[1], free, ring, places, turned[2], turned[3])

    for action in (turn_over, apart, together):
        action()
    assert np.array_equal(turned[2].T, starts)
    assert np.array_equal(turned[3].T, ends)
    print(f"{lanes:2} lanes: one at a time {best(apart):.1f} ns an item, in lanes "
          f"{best(together):.1f}, turning the draws over {best(turn_over):.1f}")  # fmt: skip


if __name__ == "__main__":
    for number in (8, 16, 32):
        measure(number)
