"""Any station by events: the next draws go in, the items that have ended come out, in parts.

Law: whatever the parts, their rows together are those of the run in one piece, and only items
that have not ended are held.  Every scenario of one stage on unshared processors can be run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.engines.compiled.event_kernel import run_until_paused
from queuetwin.model.engines.compiled.item_window import add_items, remove_items
from queuetwin.model.engines.compiled.state import DONE, NO_CHECKS, NO_DRAWS, NO_OUTAGES, NO_ROWS
from queuetwin.model.engines.compiled.state_setup import (
    NO_STALLS,
    more_checks,
    more_outages,
    more_rows,
    priorities_of,
    station_state,
)
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.measures import MeasureRows
from queuetwin.model.records.run import Columns, Left, Outcome
from queuetwin.model.records.tables import Presence, presence_table
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws

_NO_WORKERS = presence_table((), 0.0)


class EventDrivenStation:
    """A station in the course of a run; `oldest` is the first item that has not come out yet.

    `stalls` alternate between begins and ends, and reach beyond the end of the run.
    """

    def __init__(
        self,
        scenario: Scenario,
        outages: list[Outages],
        stalls: NDArray[np.float64] = NO_STALLS,
    ) -> None:
        self.oldest = 0
        self._station = station_state(scenario, outages, stalls)
        self._outages = outages
        self._by_schedule = scenario.arrivals.pacing == "schedule"
        self._priorities = priorities_of(scenario)
        self._producers = scenario.arrivals.producers
        self._planned_until = 0.0
        self._over = False

    @property
    def drawn(self) -> int:
        """How many items have gone in."""
        return int(self._station.state["drawn"][0])

    @property
    def items_held(self) -> int:
        """How many items are held: all from the oldest that has not ended to the last drawn."""
        return self.drawn - self.oldest

    @property
    def window(self) -> float:
        """How far the run has come, in seconds."""
        return float(self._station.state["now"][0])

    @property
    def ended(self) -> str:
        """How the run ended."""
        return "no worker left" if self._station.state["no_worker_left"][0] else "complete"

    def parts(self, draws: Iterable[Draws]) -> Iterator[MeasureRows]:
        """Run through all draws; each part has the next items that have ended, in order.

        The last part has the workers too.

        Raises ScenarioError for an attempt that no up time is long enough for.
        """
        for chunk in draws:
            self.add_items(chunk)
            self.run()
            yield self.remove_ended()
        self.finish()
        yield self.remove_ended()

    def add_items(self, draws: Draws) -> None:
        """Add the next items, which producers may now plan."""
        if not len(draws):
            return
        planned = np.full(len(draws), np.nan)
        if self._by_schedule:
            planned = np.cumsum(np.append(self._planned_until, draws.gap))[1:]
            self._planned_until = float(planned[-1])
        level = np.searchsorted(self._priorities, draws.priority) if self._priorities else None
        self._station = add_items(self._station, self.oldest, draws, planned, level)

    def run(self) -> None:
        """Run until a producer needs an item that was not drawn yet, or all items have ended."""
        state = self._station.state[0]
        # Each producer plans an item as the run begins.
        if self._over or self.drawn < min(self._producers, int(state["items"])):
            return
        while (pause := run_until_paused(self._station)) not in (DONE, NO_DRAWS):
            if pause == NO_ROWS:
                self._station = more_rows(self._station)
            elif pause == NO_CHECKS:
                self._station = more_checks(self._station)
            elif pause == NO_OUTAGES:
                self._station = more_outages(self._station, self._outages)
            else:
                raise AssertionError("the calendar ran out before the items did")
            state["pause"] = 0
        self._over = pause == DONE

    def finish(self) -> None:
        """Run to the end: no more items are drawn."""
        self._station.state["items"] = self._station.state["drawn"]
        self.run()

    def remove_ended(self) -> MeasureRows:
        """Take out the next items, as far as all have ended; once the run is over, all the rest."""
        first, end = self.oldest, self.oldest + self._ended()
        items, attempts = remove_items(self._station, first, end)
        self.oldest = end
        if self._over:
            # Items after the last planned one will never be planned.
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
        """How many items, from the oldest on, have all ended."""
        if self._over:
            return self.items_held
        mask = len(self._station.items) - 1
        numbers = np.arange(self.oldest, self.drawn)
        ended = ~np.isnan(self._station.items["ended"][numbers & mask])
        return len(numbers) if ended.all() else int(ended.argmin())

    def _workers(self) -> Columns:
        """The table of workers, with presences that last until the end of the window."""
        ended = self._station.presences[: int(self._station.state["presences"][0])]
        since, window = self._station.workers["present_since"], self.window
        presences: list[Presence] = [
            (int(row["worker"]), float(row["present_since"]), float(row["until"]), Left(row["why"]))
            for row in ended
        ]
        presences += [
            (int(worker), float(since[worker]), window, Left.STAYED)
            for worker in np.flatnonzero(since >= 0)
        ]
        return presence_table(presences, window)
