"""One run of a stationary scenario that grows for as long as somebody wants to know more.

Where its rows can be streamed nothing of them is kept and it simply goes on; otherwise it is
simulated anew, longer: the same draws begin it, so what was seen before is seen again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.estimates import Interval
from queuetwin.model.measures import MEASURES, Measure, Rows
from queuetwin.model.provenance import versions
from queuetwin.model.run import Header
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import header_of, simulate
from queuetwin.model.streams import Streams
from queuetwin.model.summary import Fold, Summary
from queuetwin.model.tallies import AddValues
from queuetwin.model.workload import CHUNK, Workload

if TYPE_CHECKING:
    from queuetwin.model.fast_engine.streaming import InOrderStream

__all__ = ["LongRun"]

Floats = NDArray[np.float64]

_MOST_STREAMED, _MOST_HELD = 200_000_000, 2_000_000
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
        self._stream = _Stream.of(scenario, self._kept)
        self.most = _MOST_HELD if self._stream is None else _MOST_STREAMED
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
        if self._stream is None:
            run = simulate(scenario, engine="fast")
            rows = Rows.of(run)
            self._fold = Fold(**self._kept, add=_add_values())
            self._fold.add(rows)
            self._header, self._presence = run.header, rows.presence
        else:
            window = self._stream.serve(wanted - self.items)
            self._header = header_of(
                scenario,
                Workload.draw(scenario),
                engine="fast",
                real=False,
                window=window,
                ended="complete",
                provenance={name: versions()[name] for name in ("numba", "numpy")},
            )
            self._presence = window * scenario.stage.workers.number
        self.items = wanted

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
    streams: Streams
    fold: Fold
    served: int = 0

    @classmethod
    def of(cls, scenario: Scenario, kept: _Kept) -> _Stream | None:
        """A stream at its beginning; None where rows overtake each other."""
        from queuetwin.model.fast_engine.in_order import can_stream
        from queuetwin.model.fast_engine.streaming import InOrderStream

        whole = scenario.changed({"items": _MOST_STREAMED})
        workload = Workload.draw(whole)
        if not can_stream(whole, next(workload.chunks(_FIRST))):
            return None
        fold = Fold(**kept)
        streams = Streams(whole, workload.generator)
        return cls(pool=InOrderStream(whole, fold), streams=streams, fold=fold)

    def serve(self, items: int) -> float:
        """So many more; the end of the window.

        In large parts: whenever compiled code begins or ends, another thread may hold the
        interpreter's lock.
        """
        self.fold.batches.expect(items)
        end = self.served + items
        while self.served < end:
            count = min(end - self.served, _LARGE_CHUNK)
            self.pool.serve(self.streams.take(self.served, count))
            self.served += count
        return self.pool.window


def _add_values() -> AddValues:
    from queuetwin.model.fast_engine.adding import add_values_compiled

    return add_values_compiled
