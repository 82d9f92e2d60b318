"""What is kept of any number of items: sums and histograms over base batches, never the items.

Base batches hold equally many consecutive items; when there are 2,048 of them, neighbours are
merged in pairs.  Everything is summed item by item in one order, so it does not matter in which
parts the items came.  Memory does not grow with their number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batches", "Tally"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MOST_BATCHES = 2048

# A bin is the exponent of a float and the first bits of its fraction.
_FINE_BITS, _COARSE_BITS = 10, 4
_FINE_SHIFT = 52 - _FINE_BITS
_COARSE_SHIFT = _FINE_BITS - _COARSE_BITS
_OCTAVES_BELOW_ONE, _OCTAVES_ABOVE = 40, 30
_LOWEST = (1023 - _OCTAVES_BELOW_ONE) << _FINE_BITS
_FINE_BINS = ((_OCTAVES_BELOW_ONE + _OCTAVES_ABOVE) << _FINE_BITS) + 1
_COARSE_BINS = ((_OCTAVES_BELOW_ONE + _OCTAVES_ABOVE) << _COARSE_BITS) + 1


class Tally:
    """One measure: the sum and number of its values in each base batch, and histograms of them.

    `over` and `under` have shape (batches,).  Bins are half open, a value on an edge belongs to
    the bin below; the first holds zeros and whatever is below a picosecond.
    """

    def __init__(self, *, binned: bool) -> None:
        self.over = np.zeros(MOST_BATCHES)
        self.under = np.zeros(MOST_BATCHES)
        self.least, self.greatest = np.inf, -np.inf
        self._fine = np.zeros(_FINE_BINS if binned else 0, dtype=np.int64)
        self._coarse = np.zeros((MOST_BATCHES, _COARSE_BINS if binned else 0), dtype=np.int32)
        self._used = (_COARSE_BINS, 0)

    def add(self, batch: Integers, values: Floats) -> None:
        """More values, with the base batch of each, ascending."""
        if not len(values):
            return
        first, last = int(batch[0]), int(batch[-1]) + 1
        here = batch - first
        # What was summed before goes first, as if the values had come in one piece.
        self.over[first:last] = np.bincount(
            np.append(0, here),
            weights=np.append(self.over[first], values),
            minlength=last - first,
        )
        self.under[first:last] += np.bincount(here, minlength=last - first)
        self.least = min(self.least, float(values.min()))
        self.greatest = max(self.greatest, float(values.max()))
        if len(self._fine):
            self._bin(first, last, here, values)

    def merge(self) -> None:
        """Make one base batch of every two."""
        half = MOST_BATCHES // 2
        for table in (self.over, self.under, self._coarse[:, slice(*self._used)]):
            table[:half] = table[0::2] + table[1::2]
            table[half:] = 0

    @property
    def number(self) -> int:
        """How many values there were."""
        return int(self.under.sum())

    @property
    def variance(self) -> float:
        """Of one value, as far as the bins tell it."""
        middles = (_edges(_FINE_BITS)[:-1] + _edges(_FINE_BITS)[1:]) / 2
        inside = self._fine > 0
        counts, values = self._fine[inside], middles[inside]
        mean = float(counts @ values) / self.number
        return float(counts @ (values - mean) ** 2) / self.number

    def quantile(self, share: float) -> float:
        """The value that this share does not exceed, within .1 %."""
        rank = share * self.number
        reached = np.cumsum(self._fine)
        place = int(np.searchsorted(reached, rank))
        before = int(reached[place - 1]) if place else 0
        low, high = _edges(_FINE_BITS)[place : place + 2]
        value = low + (high - low) * (rank - before) / int(self._fine[place])
        return float(min(max(value, self.least), self.greatest))

    def histogram(self, batches: int) -> tuple[NDArray[np.int32], Floats]:
        """How many values each base batch has in each bin, and the edges of the bins.

        Shapes (batches, bins) and (bins + 1,); only as wide as there are values.
        """
        low, high = self._used
        return self._coarse[:batches, low:high], _edges(_COARSE_BITS)[low : high + 1]

    def _bin(self, first: int, last: int, here: Integers, values: Floats) -> None:
        fine = ((values.view(np.int64) - 1) >> _FINE_SHIFT) - _LOWEST + 1
        np.clip(fine, 0, _FINE_BINS - 1, out=fine)
        lowest = int(fine.min())
        counted = np.bincount(fine - lowest)
        self._fine[lowest : lowest + len(counted)] += counted
        coarse = (fine - 1 >> _COARSE_SHIFT) + 1
        low, high = int(coarse.min()), int(coarse.max()) + 1
        self._used = (min(low, self._used[0]), max(high, self._used[1]))
        width = high - low
        cells = np.bincount(here * width + (coarse - low), minlength=(last - first) * width)
        self._coarse[first:last, low:high] += cells.reshape(last - first, width)


class Batches:
    """The base batches of all measures: the tallies by name, and when each batch ended."""

    def __init__(self, binned: dict[str, bool]) -> None:
        self.tallies = {name: Tally(binned=one) for name, one in binned.items()}
        self.items = 0
        self._size = 1
        self._ends = np.zeros(MOST_BATCHES)
        self._reached = 0.0

    @property
    def number(self) -> int:
        """How many base batches there are; the last may not be full."""
        return -(-self.items // self._size)

    def seconds(self, window: float) -> Floats:
        """How long each base batch lasted, shape (number,); the last one to the window's end."""
        ends = self._ends[: self.number].copy()
        ends[-1:] = window
        return np.diff(ends, prepend=0.0)

    def add(self, planned: Floats, values: dict[str, tuple[Integers, Floats]]) -> None:
        """The next items: their instants, and by measure (item, counted from here) and value."""
        done = 0
        while done < len(planned):
            if self.items == MOST_BATCHES * self._size:
                self._merge()
            upto = min(len(planned), done + MOST_BATCHES * self._size - self.items)
            batch = np.arange(self.items, self.items + upto - done) // self._size
            self._note_ends(batch, planned[done:upto])
            for name, (item, value) in values.items():
                low, high = np.searchsorted(item, (done, upto))
                self.tallies[name].add(batch[item[low:high] - done], value[low:high])
            self.items += upto - done
            done = upto

    def _note_ends(self, batch: Integers, planned: Floats) -> None:
        # Items of several producers are not quite in order, and some were never planned.
        reached = np.fmax.accumulate(np.append(self._reached, planned))[1:]
        self._reached = float(reached[-1])
        self._ends[batch] = reached

    def _merge(self) -> None:
        self._size *= 2
        self._ends[: MOST_BATCHES // 2] = self._ends[1::2]
        for tally in self.tallies.values():
            tally.merge()


def _edges(bits: int) -> Floats:
    """The edges of all bins, a part of an octave each; the first bin ends at its first edge."""
    steps = np.arange(((_OCTAVES_BELOW_ONE + _OCTAVES_ABOVE) << bits) + 1, dtype=np.int64)
    first = (1023 - _OCTAVES_BELOW_ONE) << bits
    edges: Floats = ((first + steps) << (52 - bits)).view(np.float64)
    return np.append(0.0, edges)
