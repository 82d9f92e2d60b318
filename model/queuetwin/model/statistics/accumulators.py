"""What is kept of any number of items: sums and histograms over base batches, never the items.

Base batches hold equally many consecutive items; when there are 2,048 of them, neighbours are
merged in pairs.  Everything is summed item by item in one order, so it does not matter in which
parts the items came.  Memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats, Integers

Counts = NDArray[np.int32]
# Sums, numbers, fine and coarse histogram, and how far the values reach.
Tables = tuple[Floats, Floats, Integers, Counts, Floats]
AddValues = Callable[[Integers, Floats, Tables, int], None]

MOST_BATCHES = 2048
# Coarse bins have the shape (batches / ABREAST, bins, ABREAST): what is counted while a batch
# lasts lies close together, and as many numbers as fill a line of the processor's cache abreast.
ABREAST = 16

# A bin is the exponent of a float and the first bits of its fraction.
_FINE_BITS, _COARSE_BITS = 10, 4
FINE_SHIFT = 52 - _FINE_BITS
COARSE_SHIFT = _FINE_BITS - _COARSE_BITS
_OCTAVES_BELOW_ONE, _OCTAVES_ABOVE = 40, 30
LOWEST = (1023 - _OCTAVES_BELOW_ONE) << _FINE_BITS
_FINE_BINS = ((_OCTAVES_BELOW_ONE + _OCTAVES_ABOVE) << _FINE_BITS) + 1
_COARSE_BINS = ((_OCTAVES_BELOW_ONE + _OCTAVES_ABOVE) << _COARSE_BITS) + 1


def add_values(batch: Integers, values: Floats, tables: Tables, shift: int) -> None:
    """Add values, each to its base batch and bin; `batch` is ascending, both of shape (n,).

    `1 << shift` batches have their bins in common.  A bin is half open, a value on its edge
    belongs to the bin below; the first bin holds zeros and whatever is below a picosecond.
    Histograms without bins are left alone.
    """
    numerator, denominator, fine, coarse, reach = tables
    first, last = int(batch[0]), int(batch[-1]) + 1
    here = batch - first
    # What was summed before goes first, as if the values had come in one piece.
    numerator[first:last] = np.bincount(
        np.append(0, here), weights=np.append(numerator[first], values), minlength=last - first
    )
    denominator[first:last] += np.bincount(here, minlength=last - first)
    if not len(fine):
        return
    reach[:] = min(reach[0], values.min()), max(reach[1], values.max())
    place = _place(values, len(fine))
    lowest = int(place.min())
    counted = np.bincount(place - lowest)
    fine[lowest : lowest + len(counted)] += counted
    place = ((place - 1) >> COARSE_SHIFT) + 1
    low, width = int(place.min()), int(place.max() - place.min()) + 1
    first, last = first >> shift, ((last - 1) >> shift) + 1
    here = (batch >> shift) - first
    cells = np.bincount((place - low) * (last - first) + here, minlength=(last - first) * width)
    column = np.arange(first, last)
    coarse[column // ABREAST, low : low + width, column % ABREAST] += cells.reshape(width, -1).T


class Accumulator:
    """One measure: the sum and number of its values in each base batch, and histograms of them.

    `numerator` and `denominator` have shape (batches,).
    """

    def __init__(self, *, binned: bool, add: AddValues = add_values) -> None:
        self.numerator = np.zeros(MOST_BATCHES)
        self.denominator = np.zeros(MOST_BATCHES)
        self._reach = np.array([np.inf, -np.inf])
        self._fine = np.zeros(_FINE_BINS if binned else 0, dtype=np.int64)
        bins = _COARSE_BINS if binned else 0
        self._coarse = np.zeros((MOST_BATCHES // ABREAST, bins, ABREAST), dtype=np.int32)
        self._add = add

    def add(self, batch: Integers, values: Floats, shift: int = 0) -> None:
        """More values, with the base batch of each, ascending; bins by `1 << shift` batches."""
        if len(values):
            self._add(batch, values, self.tables, shift)

    @property
    def tables(self) -> Tables:
        """The raw arrays, for compiled code that adds to them."""
        return self.numerator, self.denominator, self._fine, self._coarse, self._reach

    @property
    def least(self) -> float:
        """The least value, where there are bins; infinity where there is none."""
        return float(self._reach[0])

    @property
    def greatest(self) -> float:
        """The greatest value, where there are bins; minus infinity where there is none."""
        return float(self._reach[1])

    def merge(self) -> None:
        """Make one base batch of every two, but for the bins."""
        half = MOST_BATCHES // 2
        for table in (self.numerator, self.denominator):
            table[:half] = table[0::2] + table[1::2]
            table[half:] = 0

    def merge_bins(self) -> None:
        """The same for the bins."""
        coarse, half = self._coarse[:, self._used], ABREAST // 2
        pairs = coarse[..., 0::2] + coarse[..., 1::2]
        coarse[: len(pairs) // 2, :, :half] = pairs[0::2]
        coarse[: len(pairs) // 2, :, half:] = pairs[1::2]
        coarse[len(pairs) // 2 :] = 0

    @property
    def number(self) -> int:
        """How many values there were."""
        return int(self.denominator.sum())

    @property
    def variance(self) -> float:
        """Of one value, as far as the bins tell it."""
        used = self._used_fine
        inside = np.flatnonzero(self._fine[used]) + used.start
        counts, edges = self._fine[inside].astype(np.float64), _edges(_FINE_BITS)
        values = (edges[inside] + edges[inside + 1]) / 2
        # No dot products: of so many numbers their last bit depends on the number of processors.
        mean = float((counts * values).sum()) / self.number
        return float((counts * (values - mean) ** 2).sum()) / self.number

    def quantile(self, share: float) -> float:
        """The value that this share does not exceed, within .1 %."""
        rank = share * self.number
        used = self._used_fine
        reached = np.cumsum(self._fine[used])
        place = int(np.searchsorted(reached, rank))
        before = int(reached[place - 1]) if place else 0
        place += used.start
        low, high = _edges(_FINE_BITS)[place : place + 2]
        value = low + (high - low) * (rank - before) / int(self._fine[place])
        return float(min(max(value, self.least), self.greatest))

    def share_above(self, limit: float) -> float:
        """The share of values above a limit, within what lies in its bin."""
        edges = _edges(_FINE_BITS)
        if limit >= self.greatest:
            return 0.0
        place = max(int(np.searchsorted(edges, limit, side="left")) - 1, 0)
        low, high = edges[place : place + 2]
        part = int(self._fine[place]) * (high - limit) / (high - low) if high > low else 0.0
        return float(self._fine[place + 1 : self._used_fine.stop].sum() + part) / self.number

    def histogram(self, batches: int) -> tuple[Counts, Floats, Integers]:
        """How many values each base batch has in each bin, the bins' edges and their totals.

        Shapes (batches, bins), (bins + 1,) and (bins,); only as wide as there are values.
        """
        used, edges = self._used, _edges(_COARSE_BITS)
        # The fine bins of each coarse one, but for the bin of zeros, which is both.
        begins = np.maximum(np.arange(used.start - 1, used.stop - 1) << COARSE_SHIFT, -1) + 1
        end = min(((used.stop - 1) << COARSE_SHIFT) + 1, len(self._fine))
        totals = np.add.reduceat(self._fine[:end], begins) if len(begins) else begins
        # Batches that lie abreast are moved together, as one element of so many bytes.
        abreast = self._coarse.view(f"V{ABREAST * self._coarse.itemsize}")[..., 0]
        moved = np.ascontiguousarray(abreast[: -(-batches // ABREAST), used].T)
        columns = moved.view(self._coarse.dtype)[:, :batches]
        return columns.T, edges[used.start : used.stop + 1], totals

    @property
    def _used(self) -> slice:
        """The coarse bins that may hold something."""
        fine = self._used_fine
        if fine.start == fine.stop:
            return fine
        low, high = fine.start, fine.stop - 1
        return slice(((low - 1) >> COARSE_SHIFT) + 1, ((high - 1) >> COARSE_SHIFT) + 2)

    @property
    def _used_fine(self) -> slice:
        """The fine bins that may hold something."""
        if not len(self._fine) or self.least > self.greatest:
            return slice(0, 0)
        low, high = _place(self._reach, len(self._fine))
        return slice(int(low), int(high) + 1)


class Batches:
    """The base batches of all measures: the tallies by name, and when each batch ended.

    Where so many `items` are known to come, the batches are long enough for them at once.
    `size` is that of a batch in items, and `1 << shift` batches have their bins in common; `ends`
    are the instants `reached` when each was over.
    """

    def __init__(
        self, binned: dict[str, bool], add: AddValues = add_values, *, items: int = 1
    ) -> None:
        self.tallies = {name: Accumulator(binned=one, add=add) for name, one in binned.items()}
        self.items = 0
        self.size = 1 << (-(-items // MOST_BATCHES) - 1).bit_length()
        self.shift = 0
        self.ends = np.zeros(MOST_BATCHES)
        self.reached = 0.0

    @property
    def number(self) -> int:
        """How many base batches there are; the last may not be full."""
        return -(-self.items // self.size)

    def seconds(self, window: float) -> Floats:
        """How long each base batch lasted, shape (number,); the last one to the window's end."""
        ends = self.ends[: self.number].copy()
        ends[-1:] = window
        return np.diff(ends, prepend=0.0)

    def expect(self, items: int) -> None:
        """So many more items are sure to come before anybody asks for a figure.

        Bins are then counted by the batches that there will be: whole numbers are the same in
        whatever order they are added, sums are not.
        """
        while self.items + items > MOST_BATCHES * self.size << self.shift:
            self._merge_bins()

    def add(self, planned: Floats, values: dict[str, tuple[Integers, Floats]]) -> None:
        """The next items: their instants, and by measure (item, counted from here) and value."""
        for begin, end in self.pieces(len(planned)):
            batch = np.arange(self.items, self.items + end - begin) // self.size
            self._note_ends(batch, planned[begin:end])
            for name, (item, value) in values.items():
                low, high = np.searchsorted(item, (begin, end))
                self.tallies[name].add(batch[item[low:high] - begin], value[low:high], self.shift)

    def pieces(self, count: int) -> Iterator[tuple[int, int]]:
        """The next items in pieces that need no merging, from and to.

        While a piece is dealt with, `items` is the number of the first of it.
        """
        begin = 0
        while begin < count:
            if self.items == MOST_BATCHES * self.size:
                self._merge()
            end = min(count, begin + MOST_BATCHES * self.size - self.items)
            yield begin, end
            self.items += end - begin
            begin = end

    def _note_ends(self, batch: Integers, planned: Floats) -> None:
        # Items of several producers are not quite in order, and some were never planned.
        reached = np.fmax.accumulate(np.append(self.reached, planned))[1:]
        self.reached = float(reached[-1])
        self.ends[batch] = reached

    def _merge(self) -> None:
        if not self.shift:
            self._merge_bins()
        self.size *= 2
        self.shift -= 1
        self.ends[: MOST_BATCHES // 2] = self.ends[1::2]
        for tally in self.tallies.values():
            tally.merge()

    def _merge_bins(self) -> None:
        self.shift += 1
        for tally in self.tallies.values():
            tally.merge_bins()


def _place(values: Floats, bins: int) -> Integers:
    """The fine bin of each value."""
    place: Integers = ((values.view(np.int64) - 1) >> FINE_SHIFT) - LOWEST + 1
    return np.clip(place, 0, bins - 1)


@cache
def _edges(bits: int) -> Floats:
    """The edges of all bins, a part of an octave each; the bin of zeros begins and ends at 0."""
    steps = np.arange(((_OCTAVES_BELOW_ONE + _OCTAVES_ABOVE) << bits) + 1, dtype=np.int64)
    first = (1023 - _OCTAVES_BELOW_ONE) << bits
    edges: Floats = ((first + steps) << (52 - bits)).view(np.float64)
    edges[0] = 0.0
    edges = np.append(0.0, edges)
    edges.flags.writeable = False
    return edges
