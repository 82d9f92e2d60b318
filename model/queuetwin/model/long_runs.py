"""One run of a stationary scenario that grows for as long as somebody wants to know more.

Nothing is kept of its items once they have ended.  Where no item overtakes another it simply goes
on; otherwise it is simulated anew, longer: the same draws begin it, so what was seen before is
seen again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.draws import Draws
from queuetwin.model.estimates import Interval
from queuetwin.model.measures import MEASURES, Measure
from queuetwin.model.provenance import versions
from queuetwin.model.run import Header
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import header_of
from queuetwin.model.summary import Fold, Summary
from queuetwin.model.workload import CHUNK, Workload

if TYPE_CHECKING:
    from queuetwin.model.fast_engine.streaming import InOrderStream

__all__ = ["LongRun"]

Floats = NDArray[np.float64]

# As far as a run goes, and how many items may be under way in it.
_MOST, _MOST_UNDER_WAY = 200_000_000, 2_000_000
_FIRST, _LARGE_CHUNK = 1_000, 131_072


class _Kept(TypedDict):
    """What a fold is asked to keep."""

    level: float
    measures: tuple[str, ...]
    items: int


class LongRun:
    """A run of `items` so far, a whole number of chunks; `most` is as far as it goes.

    It tells of the `measures` that are asked for.  Where it is known before how many items it
    `expects`, it is sooner done, in large chunks.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        level: float,
        measures: Iterable[str] = tuple(MEASURES),
        expects: int = 0,
    ) -> None:
        self.items = 0
        self._scenario = scenario
        self._chunk = min(expects, _LARGE_CHUNK) or CHUNK
        self._kept = _Kept(level=level, measures=tuple(measures), items=max(expects, 1))
        self._stream = _Stream.of(scenario, self._kept, self._chunk)
        self.most = _MOST
        self._fold: Fold = Fold(**self._kept) if self._stream is None else self._stream.fold
        self._header: Header | None = None
        self._presence = 0.0

    @property
    def size(self) -> int:
        """What `extend` counts: items."""
        return self.items

    def extend(self, items: int) -> None:
        """Go on until there are at least so many items, as far as the run goes."""
        wanted = min(-(-items // self._chunk) * self._chunk, self.most)
        if wanted <= self.items:
            return
        scenario = self._scenario.changed({"items": wanted})
        workload = Workload.draw(scenario)
        if self._stream is None:
            self._simulate(scenario, workload, wanted)
        else:
            window = self._stream.serve(wanted - self.items)
            self._presence = window * scenario.stage.workers.number
            self._header = _header(scenario, workload, window)
            self.items = wanted

    def _simulate(self, scenario: Scenario, workload: Workload, items: int) -> None:
        """All of it from the beginning; it ends early where too many items are under way."""
        from queuetwin.model.fast_engine.adding import add_values_compiled
        from queuetwin.model.fast_engine.course import Course

        course = Course(scenario, workload.outages())
        self._fold = Fold(**self._kept, add=add_values_compiled)
        few = takewhile(lambda _: course.under_way <= _MOST_UNDER_WAY, workload.chunks())
        for rows in course.parts(few):
            self._fold.add(rows)
        self._header, self._presence = _header(scenario, workload, course.window), rows.presence
        self.items = course.drawn
        if self.items < items:
            self.most = self.items

    def ends_at(self, budget: int) -> bool:
        """Whether a run twice as long would be more than a budget in items, or too long."""
        return self.items >= self.most or 2 * self.items > budget

    def summary(self) -> Summary:
        """Every measure of what was seen so far."""
        assert self._header is not None, "a long run begins with `extend`"
        return self._fold.summary(self._header, self._presence)

    def figure(self, measure: Measure, statistic: str) -> Interval:
        """One figure of what was seen so far."""
        assert self._header is not None, "a long run begins with `extend`"
        found = self._fold.figure(measure, statistic, self._header.window, self._presence)
        return Interval(estimate=math.nan) if found is None else found.within(*measure.domain)

    def ratio(self, measure: Measure) -> tuple[Floats, Floats] | None:
        """The sums over base batches whose ratio is the measure's mean; None without values."""
        assert self._header is not None, "a long run begins with `extend`"
        return self._fold.ratio(measure, self._header.window, self._presence)

    def share_above(self, measure: Measure, limit: float) -> Interval:
        """The share of an item measure's values above a limit."""
        return self._fold.share_above(measure, limit)


@dataclass(slots=True)
class _Stream:
    """A run that goes on where it was: what serves, what is drawn, what is kept of it."""

    pool: InOrderStream
    draws: Iterator[Draws]
    fold: Fold
    chunk: int

    @classmethod
    def of(cls, scenario: Scenario, kept: _Kept, chunk: int) -> _Stream | None:
        """A stream at its beginning; None where rows overtake each other."""
        from queuetwin.model.fast_engine.in_order import can_stream
        from queuetwin.model.fast_engine.streaming import InOrderStream

        whole = scenario.changed({"items": _MOST})
        draws = Workload.draw(whole).chunks(chunk)
        if not can_stream(whole, next(Workload.draw(whole).chunks(_FIRST))):
            return None
        fold = Fold(**kept)
        return cls(pool=InOrderStream(whole, fold), draws=draws, fold=fold, chunk=chunk)

    def serve(self, items: int) -> float:
        """So many more, in whole chunks; the end of the window."""
        self.fold.batches.expect(items)
        for _ in range(0, items, self.chunk):
            self.pool.serve(next(self.draws))
        return self.pool.window


def _header(scenario: Scenario, workload: Workload, window: float) -> Header:
    return header_of(
        scenario,
        workload,
        engine="fast",
        real=False,
        window=window,
        ended="complete",
        provenance={name: versions()[name] for name in ("numba", "numpy")},
    )
