"""One run of a stationary scenario that grows for as long as somebody wants to know more.

Nothing is kept of its items once they have ended, and it goes on where it was.  At each look what
is told is that of a run which ends there: where items may overtake each other a copy of the pool
serves those under way to their end, and nobody else comes to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from copy import deepcopy
from typing import Protocol, TypedDict

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.environment import versions
from queuetwin.model.engines.simulation import header_of
from queuetwin.model.estimation.summary import Summary, SummaryAccumulator
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.measures import MEASURES, Measure
from queuetwin.model.records.run import Outcome
from queuetwin.model.sampling.streams import Streams
from queuetwin.model.sampling.workload import CHUNK, Workload
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.statistic import Statistic

# As far as a run goes, and how many items may be under way in it.
_MOST_IN_ORDER, _MOST_OVERTAKING, _MOST_UNDER_WAY = 200_000_000, 10_000_000, 2_000_000
_FIRST, _LARGE_CHUNK = 1_000, 131_072


class _Kept(TypedDict):
    """What a fold is asked to keep."""

    level: float
    measures: tuple[str, ...]
    items: int


class SteadyState:
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
        self._stream = _stream_of(scenario, self._kept, self._chunk)
        self.most = self._stream.most

    @property
    def size(self) -> int:
        """What `extend` counts: items."""
        return self.items

    def extend(self, items: int) -> None:
        """Go on until there are at least so many items, as far as the run goes."""
        wanted = min(-(-items // self._chunk) * self._chunk, self.most)
        if wanted <= self.items:
            return
        self.items += self._stream.serve(wanted - self.items)
        if self.items < wanted:
            self.most = self.items

    def ends_at(self, budget: int) -> bool:
        """Whether a run twice as long would be more than a budget in items, or too long."""
        return self.items >= self.most or 2 * self.items > budget

    def summary(self) -> Summary:
        """Every measure of the items so far."""
        scenario = self._scenario.changed({"items": self.items})
        header = header_of(
            scenario,
            Workload.draw(scenario),
            engine="fast",
            real=False,
            window=self._stream.window,
            ended="complete",
            provenance={name: versions()[name] for name in ("numba", "numpy")},
        )
        return self._stream.fold.summary(header, self._stream.presence)

    def figure(self, measure: Measure, statistic: Statistic) -> Estimate:
        """One figure of the items so far; NaN before there are any."""
        figure = self._stream.fold.figure(
            measure, statistic, self._stream.window, self._stream.presence
        )
        return Estimate(estimate=math.nan) if figure is None else figure.within(*measure.domain)

    def ratio(self, measure: Measure) -> tuple[Floats, Floats] | None:
        """The sums over base batches whose ratio is the measure's mean; None without values."""
        return self._stream.fold.ratio(measure, self._stream.window, self._stream.presence)

    def share_above(self, measure: Measure, limit: float) -> Estimate:
        """The share of an item measure's values above a limit."""
        return self._stream.fold.share_above(measure, limit)


class _Stream(Protocol):
    """A run that goes on where it was, and what is kept of it as if it ended here."""

    most: int

    @property
    def window(self) -> float:
        """The end of the window, in seconds."""

    @property
    def fold(self) -> SummaryAccumulator:
        """What is kept."""

    @property
    def presence(self) -> float:
        """The seconds that workers were there."""

    def serve(self, items: int) -> int:
        """So many more, in whole chunks; how many they were."""


def _stream_of(scenario: Scenario, kept: _Kept, chunk: int) -> _Stream:
    """A stream at its beginning."""
    from queuetwin.model.engines.compiled.fcfs import can_stream

    first = next(Workload.draw(scenario.changed({"items": _FIRST})).chunks())
    if can_stream(scenario, first) and all(map(_is_streamed, kept["measures"])):
        return _InOrderStream(scenario.changed({"items": _MOST_IN_ORDER}), kept)
    return _OvertakingStream(scenario.changed({"items": _MOST_OVERTAKING}), kept, chunk)


def _is_streamed(name: str) -> bool:
    """Whether the kernel of first-come streams tells a measure, or the measure has no values."""
    parts = (MEASURES[part] for part in MEASURES[name].parts or (name,))
    return all(part.streamed or part.only_with_retries for part in parts)


class _InOrderStream:
    """Where no item overtakes another: whoever comes later changes nothing."""

    most = _MOST_IN_ORDER

    def __init__(self, scenario: Scenario, kept: _Kept) -> None:
        from queuetwin.model.engines.compiled.fcfs_stream import FcfsStream

        self.fold = SummaryAccumulator(**kept)
        self._pool = FcfsStream(scenario, self.fold.batches)
        self._streams = Streams(scenario, Workload.draw(scenario).generator)
        self._workers, self._served = scenario.stage.workers.number, 0

    @property
    def window(self) -> float:
        return self._pool.window

    @property
    def presence(self) -> float:
        return self.window * self._workers

    def serve(self, items: int) -> int:
        self.fold.batches.expect(items)
        end = self._served + items
        while self._served < end:
            # Between two parts another thread may have taken the interpreter's lock.
            count = min(end - self._served, _LARGE_CHUNK)
            outcomes = self._pool.serve(self._streams.take(self._served, count))
            self.fold.count(
                outcomes,
                unplanned=int(outcomes[Outcome.NOT_OFFERED]),
                attempts=int(outcomes[Outcome.COMPLETED] + outcomes[Outcome.FAILED]),
            )
            self._served += count
        return items


class _OvertakingStream:
    """Where it depends on those to come when an item will end."""

    most = _MOST_OVERTAKING

    def __init__(self, scenario: Scenario, kept: _Kept, chunk: int) -> None:
        from queuetwin.model.engines.compiled.accumulate import add_values_compiled
        from queuetwin.model.engines.compiled.event_driven import EventDrivenStation

        workload = Workload.draw(scenario)
        self.fold = self._ended = SummaryAccumulator(**kept, add=add_values_compiled)
        self.window = self.presence = 0.0
        self._pool = EventDrivenStation(scenario, workload.outages())
        self._draws = (
            draws.part(first, first + CHUNK)
            for draws in workload.chunks(chunk)
            for first in range(0, len(draws), CHUNK)
        )

    def serve(self, items: int) -> int:
        pool, begin = self._pool, self._pool.drawn
        while pool.drawn < begin + items and pool.items_held <= _MOST_UNDER_WAY:
            pool.add_items(next(self._draws))
            pool.run()
            self._ended.add(pool.remove_ended())
        to_the_end, self.fold = deepcopy(pool), deepcopy(self._ended)
        to_the_end.finish()
        rest = to_the_end.remove_ended()
        self.fold.add(rest)
        self.window, self.presence = rest.window, rest.presence
        return pool.drawn - begin
