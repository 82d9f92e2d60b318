"""What chance decided for consecutive items, as arrays: all that an engine knows of chance.

Gaps, demands, flags and payload numbers; never instants.  `all_of` lays chunks together, so
that an engine may take them one by one or all at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Draws of consecutive items; arrays, read-only.

    Shape (items,): `gap` (seconds), `payload` (what a task is called with: the row of the
    samples that the item drew, or the item's own number), `item_class`, `priority` (0 goes
    before 1) and `lateness` (seconds).  Shape (attempts, items), a row for each attempt:
    `demand` (seconds), `fails`, `cost` (the share of its demand that a failing attempt takes),
    `backoff` (seconds, after that attempt), `hand_off`, `turn_round` and `overshoot` (seconds);
    `patience` (seconds) and `route` (uniform) are None where the scenario has no use for them.
    `lateness`, `hand_off`, `turn_round` and `overshoot` (what a service takes beyond its length,
    unless that is nothing) are what a machine adds: zeros in a nominal model.
    """

    first: int
    gap: Floats
    payload: NDArray[np.int64]
    item_class: NDArray[np.int16]
    priority: NDArray[np.int16]
    demand: Floats
    fails: NDArray[np.bool_]
    cost: Floats
    backoff: Floats
    patience: Floats | None
    route: Floats | None
    lateness: Floats
    hand_off: Floats
    turn_round: Floats
    overshoot: Floats

    def __post_init__(self) -> None:
        """Seal the arrays."""
        for _, array in self._arrays():
            array.setflags(write=False)

    def __len__(self) -> int:
        """The number of items."""
        return len(self.gap)

    def lengths(self) -> Floats:
        """What each attempt takes of a worker of speed 1, in seconds, shape (attempts, items)."""
        drawn = self.demand
        if _any(self.fails):
            drawn = np.where(self.fails, self.demand * self.cost, self.demand)
        # Zeros in a nominal model, where there is nothing to add.
        if not _any(self.overshoot):
            return drawn
        return np.where(drawn > 0, drawn + self.overshoot, drawn)

    def released(
        self, item: NDArray[Any], attempt: NDArray[Any], started: Floats, finished: Floats
    ) -> Floats:
        """When attempts that ended at `finished` let their workers go, all of shape (attempts,).

        NaN where an attempt was never started.
        """
        served = np.where(np.isnan(started), np.nan, finished)
        released: Floats = served + self.turn_round[attempt - 1, item]
        return released

    def head(self, count: int) -> Draws:
        """The first items only."""
        kept: dict[str, Any] = {name: array[..., :count].copy() for name, array in self._arrays()}
        return replace(self, **kept)

    def part(self, begin: int, end: int) -> Draws:
        """Some of the items, from and to, without a copy."""
        kept: dict[str, Any] = {name: array[..., begin:end] for name, array in self._arrays()}
        return replace(self, first=self.first + begin, **kept)

    def _arrays(self) -> list[tuple[str, NDArray[Any]]]:
        named = [(one.name, getattr(self, one.name)) for one in fields(self)]
        return [(name, array) for name, array in named if isinstance(array, np.ndarray)]


def _any(array: NDArray[Any]) -> bool:
    """Whether there is anything but zeros; of what is the same for all items one is looked at."""
    return bool((array[..., :1] if array.strides[-1] == 0 else array).any())


def all_of(parts: Sequence[Draws]) -> Draws:
    """Consecutive draws as one record."""
    if len(parts) == 1:
        return parts[0]
    names = [name for name, _ in parts[0]._arrays()]  # noqa: SLF001 - the same class's business
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names
    }
    return replace(parts[0], **joined)
