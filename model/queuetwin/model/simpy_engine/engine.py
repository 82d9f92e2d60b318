"""One call: from a scenario and its draws to the tables of a Run."""

from __future__ import annotations

from collections.abc import Callable

from queuetwin.model.draws import Draws
from queuetwin.model.outages import Outages
from queuetwin.model.processor import Sharing
from queuetwin.model.run import Records, presence_table
from queuetwin.model.scenario import Scenario
from queuetwin.model.simpy_engine.calendar import Calendar, StallingCalendar
from queuetwin.model.simpy_engine.crew import NobodyLeft
from queuetwin.model.simpy_engine.pool import AllEnded, Pool
from queuetwin.model.simpy_engine.sharing import SharingPool
from queuetwin.model.stalls import Stalls

__all__ = ["Stopped", "simulate_with_simpy"]


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked for it
    """The run was asked to end early."""


def simulate_with_simpy(
    scenario: Scenario,
    draws: Draws,
    outages: list[Outages],
    progress: Callable[[int], None] | None = None,
    sharing: Sharing | None = None,
    stalls: Stalls | None = None,
) -> Records:
    """What happens to each item of the draws.

    `progress` is told every so often which item arrives, and may raise `Stopped`; with `sharing`
    the workers share the processors, and within `stalls` nothing happens.
    """
    calendar = Calendar() if stalls is None else StallingCalendar(stalls)
    pool = (
        Pool(scenario, draws, outages, calendar, progress)
        if sharing is None
        else SharingPool(scenario, draws, outages, calendar, progress, sharing)
    )
    try:
        pool.run()
        raise AssertionError("the calendar ran out before the items did")
    except AllEnded:
        ended = "complete"
    except Stopped:
        ended = "stopped"
    except NobodyLeft:
        ended = "no worker left"
    attempts = pool.log.attempt_table(draws)
    items = pool.log.item_table(attempts, draws)
    window = float(pool.calendar.now)
    workers = presence_table(pool.crew.presences(window), window)
    return Records(items=items, attempts=attempts, workers=workers, window=window, ended=ended)
