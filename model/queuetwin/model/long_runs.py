"""One run of a stationary scenario that grows for as long as somebody wants to know more.

Where its rows can be streamed nothing of them is kept and it simply goes on; otherwise it is
simulated anew, longer: the same draws begin it, so what was seen before is seen again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from importlib.metadata import version

import numpy as np

from queuetwin.model.estimates import Interval
from queuetwin.model.measures import MEASURES, Measure, Rows
from queuetwin.model.run import Header
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import header_of, simulate
from queuetwin.model.summary import Fold, Summary
from queuetwin.model.workload import CHUNK, Workload

__all__ = ["LongRun"]

_MOST_STREAMED, _MOST_HELD = 50_000_000, 2_000_000
_FIRST, _LARGE_CHUNK = 1_000, 131_072


class LongRun:
    """A run of `items` so far, a whole number of chunks; `most` is as far as it goes.

    It tells of the `measures` that are asked for.  With the number of `items` known before, it is
    sooner done, in a few large chunks.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        level: float,
        measures: Iterable[str] = tuple(MEASURES),
        items: int = 0,
    ) -> None:
        self.items = 0
        self._scenario, self._level, self._measures = scenario, level, tuple(measures)
        self._expected = items
        self._chunk = min(items, _LARGE_CHUNK) or CHUNK
        self._rows = self._streamed()
        self.most = _MOST_HELD if self._rows is None else _MOST_STREAMED
        self._fold = self._new_fold()
        self._header: Header | None = None
        self._presence = self._window = 0.0

    def extend(self, items: int) -> None:
        """Go on until there are at least so many items, as far as the run goes."""
        wanted = min(-(-items // self._chunk) * self._chunk, self.most)
        if wanted <= self.items:
            return
        if self._rows is None:
            self._again(wanted)
        else:
            self._further(wanted)
        self.items = wanted

    def summary(self) -> Summary:
        """Every measure of what was seen so far."""
        assert self._header is not None, "a long run begins with `extend`"
        return self._fold.summary(self._header, self._presence)

    @property
    def size(self) -> int:
        """What `extend` counts: items."""
        return self.items

    def ends_at(self, budget: int) -> bool:
        """Whether a run twice as long would be more than a budget in items, or too long."""
        return self.items >= self.most or 2 * self.items > budget

    def figure(self, measure: Measure, statistic: str) -> Interval:
        """One figure of what was seen so far."""
        assert self._header is not None, "a long run begins with `extend`"
        found = self._fold.figure(measure, statistic, self._header.window, self._presence)
        return Interval(estimate=math.nan) if found is None else found.within(*measure.domain)

    def share_above(self, measure: Measure, limit: float) -> Interval:
        """The share of an item measure's values above a limit."""
        return self._fold.share_above(measure, limit)

    def _of(self, items: int) -> Scenario:
        return self._scenario.changed({"items": items})

    def _streamed(self) -> Iterator[Rows] | None:
        from queuetwin.model.fast_engine.streaming import can_stream, stream

        some = self._of(_FIRST)
        if not can_stream(some, next(Workload.draw(some).chunks())):
            return None
        whole = self._of(_MOST_STREAMED)
        return stream(whole, Workload.draw(whole), self._chunk)

    def _new_fold(self) -> Fold:
        from queuetwin.model.fast_engine.adding import add_values_compiled

        return Fold(
            level=self._level,
            add=add_values_compiled,
            measures=self._measures,
            items=max(self._expected, 1),
        )

    def _further(self, items: int) -> None:
        assert self._rows is not None
        for done in range(self.items, items, self._chunk):
            rows = next(self._rows)
            self._fold.add(rows)
            self._window = max(self._window, float(np.nanmax(rows.items["finished"])))
            assert rows.first == done
        scenario = self._of(items)
        self._header = header_of(
            scenario,
            Workload.draw(scenario),
            engine="fast",
            real=False,
            window=self._window,
            ended="complete",
            provenance={"numba": version("numba"), "numpy": np.__version__},
        )
        self._presence = self._window * scenario.stage.workers.number

    def _again(self, items: int) -> None:
        run = simulate(self._of(items), engine="fast")
        rows = Rows.of(run)
        self._fold = self._new_fold()
        self._fold.add(rows)
        self._header, self._presence = run.header, rows.presence
