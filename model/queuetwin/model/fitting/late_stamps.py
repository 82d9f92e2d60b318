"""Arrivals that were stamped late: when a worker's process took an item, not when it came.

Law: a process that holds all the items that it may prefetch takes the next one the moment it
lets go of one.  So a late stamp finds the process one short of the most that it ever holds, and
follows a release at once.  What would follow one so closely at random is taken off.  A queue
with a limit whose door is closed leaves the same mark, and means the same: the item came before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.logs.log import NEVER, Instants, Log

# Of the mean gap between two stamps: how soon after a release still is "at once".
_AT_ONCE = 0.1
# Clocks of milliseconds let a few counts pass the true ceiling.
_ABOVE_CEILING = 1e-3
_TOO_LIKELY = 0.8
# Of the mean gap: the step of a clock by which nobody can say what "at once" is, unless other
# stamps show what is random.  A job on every whole second is not late.
_TOO_COARSE = 0.5
_FEW = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LateStamps:
    """The share of stamps that are late, which seem so, shape (rows,), and the most held."""

    share: float
    suspects: NDArray[np.bool_]
    held: int


def late_stamps(log: Log, tick: int) -> LateStamps:
    """How many arrivals of a log are stamped late; `tick` is its clock's step in nanoseconds."""
    known = (log.arrival != NEVER) & (log.start != NEVER) & (log.end != NEVER) & (log.attempt == 1)
    best = LateStamps(share=0.0, suspects=np.zeros(len(log), dtype=np.bool_), held=0)
    # A process lets go of an item when it starts (the default of Celery) or when it ends.
    for release in (log.start, log.end):
        found = _by_release(log, known, release, tick)
        if found.share > best.share:
            best = found
    return best


def _by_release(
    log: Log, known: NDArray[np.bool_], release: Instants, tick: int
) -> LateStamps:  # fmt: skip
    suspects = np.zeros(len(log), dtype=np.bool_)
    late, stamps, held = 0.0, 0, 0
    for group in np.unique(log.group[known]).tolist():
        rows = np.flatnonzero(known & (log.group == group))
        rows = rows[np.argsort(log.arrival[rows], kind="stable")]
        stamps += len(rows)
        if len(rows) < _FEW:
            continue
        at_end = release is log.end
        share, marked, most = _of_group(log.arrival[rows], release[rows], tick, at_end)
        late += share * len(rows)
        suspects[rows] = marked
        held = max(held, most)
    return LateStamps(share=late / max(stamps, 1), suspects=suspects, held=held)


def _of_group(
    arrival: Instants, release: Instants, tick: int, at_end: bool
) -> tuple[float, NDArray[np.bool_], int]:
    """Share of late stamps, which seem late, and the most that is held, of one process."""
    none = np.zeros(len(arrival), dtype=np.bool_)
    order = np.sort(release)
    released = np.searchsorted(order, arrival, side="right")
    held = np.arange(len(arrival)) - (released - (release <= arrival))
    ceiling = _ceiling(held)
    if ceiling < (0 if at_end else 1):
        return 0.0, none, 0
    gap = float(arrival[-1] - arrival[0]) / len(arrival)
    soon = max(tick, int(_AT_ONCE * gap))
    last = np.where(released > 0, order[np.maximum(released - 1, 0)], NEVER // 2)
    follows = arrival - last <= soon
    full = held >= ceiling
    others = ~full
    if others.sum() <= _FEW and tick > _TOO_COARSE * gap:
        return 0.0, none, ceiling + 1
    at_random = (
        float(follows[others].mean())
        if others.sum() > _FEW
        else 1 - np.exp(-soon * len(order) / max(int(order[-1] - order[0]), 1))
    )
    if at_random > _TOO_LIKELY:
        return 0.0, none, ceiling + 1
    marked = full & follows
    share = (float(marked.mean()) - at_random * float(full.mean())) / (1 - at_random)
    return max(share, 0.0), marked, ceiling + 1


def _ceiling(held: Instants) -> int:
    """The most that is held, but for a few counts beyond."""
    counts = np.bincount(np.maximum(held, 0))
    above = len(held) - np.cumsum(counts)
    return int(np.argmax(above <= _ABOVE_CEILING * len(held)))
