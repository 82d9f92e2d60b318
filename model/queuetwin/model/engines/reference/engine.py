"""One call: from a scenario and its draws to the tables of a Run."""

from __future__ import annotations

from collections.abc import Callable

from queuetwin.model.engines.reference.event_calendar import Calendar, StallingCalendar
from queuetwin.model.engines.reference.pool import AllEnded, Station
from queuetwin.model.engines.reference.shared_processor_pool import SharedProcessorStation
from queuetwin.model.engines.reference.workers import NobodyLeft
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.shared_processor import Sharing
from queuetwin.model.machine.stalls import Stalls
from queuetwin.model.records.run import Records, presence_table
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws

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
        Station(scenario, draws, outages, calendar, progress)
        if sharing is None
        else SharedProcessorStation(scenario, draws, outages, calendar, progress, sharing)
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
