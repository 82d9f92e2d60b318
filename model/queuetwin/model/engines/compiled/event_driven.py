"""Pools in which items may overtake, part by part: the next draws in, the items that ended out.

Law: whatever the parts, the rows taken out together are those of the run in one piece, and what
is held is what is under way.  The calendar knows the whole language of one pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.engines.compiled.event_kernel import run_until_short
from queuetwin.model.engines.compiled.item_window import lay_in, take_out
from queuetwin.model.engines.compiled.state import DONE, NO_CALLS, NO_DRAWS, NO_OUTAGES, NO_ROWS
from queuetwin.model.engines.compiled.state_setup import (
    NO_STALLS,
    more_calls,
    more_outages,
    more_rows,
    pool_of,
    priorities_of,
)
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.measures import MeasureRows
from queuetwin.model.records.run import Columns, Left, Outcome, Presence, presence_table
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws

__all__ = ["Overtaking"]

_NO_WORKERS = presence_table((), 0.0)


class Overtaking:
    """A pool on its way; `oldest` is the first item whose rows were not taken out yet.

    `stalls` are begins and ends by turns, and reach beyond the end of the run.
    """

    def __init__(
        self,
        scenario: Scenario,
        outages: list[Outages],
        stalls: NDArray[np.float64] = NO_STALLS,
    ) -> None:
        self.oldest = 0
        self._pool = pool_of(scenario, outages, stalls)
        self._outages = outages
        self._by_schedule = scenario.arrivals.pacing == "schedule"
        self._priorities = priorities_of(scenario)
        self._producers = scenario.arrivals.producers
        self._planned_until = 0.0
        self._over = False

    @property
    def drawn(self) -> int:
        """How many items were laid in."""
        return int(self._pool.state["drawn"][0])

    @property
    def under_way(self) -> int:
        """How many items are held: all that were drawn since the oldest that has not ended."""
        return self.drawn - self.oldest

    @property
    def window(self) -> float:
        """How far the run has come, in seconds."""
        return float(self._pool.state["now"][0])

    @property
    def ended(self) -> str:
        """How the run ended."""
        return "no worker left" if self._pool.state["nobody_left"][0] else "complete"

    def parts(self, draws: Iterable[Draws]) -> Iterator[MeasureRows]:
        """All items in order, as they end; the last part has the workers and the whole window.

        Raises ScenarioError for an attempt that no up time is long enough for.
        """
        for some in draws:
            self.lay_in(some)
            self.go_on()
            yield self.take_out()
        self.finish()
        yield self.take_out()

    def lay_in(self, draws: Draws) -> None:
        """The next items may come."""
        if not len(draws):
            return
        planned = np.full(len(draws), np.nan)
        if self._by_schedule:
            planned = np.cumsum(np.append(self._planned_until, draws.gap))[1:]
            self._planned_until = float(planned[-1])
        level = np.searchsorted(self._priorities, draws.priority) if self._priorities else None
        self._pool = lay_in(self._pool, self.oldest, draws, planned, level)

    def go_on(self) -> None:
        """Run until a producer wants an item that was not drawn yet, or all has ended."""
        state = self._pool.state[0]
        # Each producer turns to an item as the run begins.
        if self._over or self.drawn < min(self._producers, int(state["items"])):
            return
        while (short := run_until_short(self._pool)) not in (DONE, NO_DRAWS):
            if short == NO_ROWS:
                self._pool = more_rows(self._pool)
            elif short == NO_CALLS:
                self._pool = more_calls(self._pool)
            elif short == NO_OUTAGES:
                self._pool = more_outages(self._pool, self._outages)
            else:
                raise AssertionError("the calendar ran out before the items did")
            state["short"] = 0
        self._over = short == DONE

    def finish(self) -> None:
        """Run until all has ended: no more items come."""
        self._pool.state["items"] = self._pool.state["drawn"]
        self.go_on()

    def take_out(self) -> MeasureRows:
        """The next items, as far as they have ended; all that are left once the run is over."""
        first, end = self.oldest, self.oldest + self._ended()
        items, attempts = take_out(self._pool, first, end)
        self.oldest = end
        if self._over:
            # Whoever is behind the last that was planned never will be.
            planned = np.flatnonzero(~np.isnan(items["planned"]))
            count = int(planned[-1]) + 1 if len(planned) else 0
            items = {name: column[:count] for name, column in items.items()}
        outcome = items["outcome"]
        unfinished = (outcome == Outcome.NOT_OFFERED) & ~np.isnan(items["offered"])
        outcome[unfinished] = Outcome.UNFINISHED
        return MeasureRows(
            items=items,
            attempts=attempts,
            workers=self._workers() if self._over else _NO_WORKERS,
            window=self.window,
            first=first,
        )

    def _ended(self) -> int:
        """How many of the next items have ended, one after another."""
        if self._over:
            return self.under_way
        mask = len(self._pool.items) - 1
        numbers = np.arange(self.oldest, self.drawn)
        ended = ~np.isnan(self._pool.items["ended"][numbers & mask])
        return len(numbers) if ended.all() else int(ended.argmin())

    def _workers(self) -> Columns:
        """Every presence, those that last until the end of the window too."""
        over = self._pool.presences[: int(self._pool.state["presences"][0])]
        came, window = self._pool.workers["came"], self.window
        each: list[Presence] = [
            (int(one["worker"]), float(one["came"]), float(one["until"]), Left(one["why"]))
            for one in over
        ] + [(int(one), float(came[one]), window, Left.STAYED) for one in np.flatnonzero(came >= 0)]
        return presence_table(each, window)
