"""One call: from a scenario and its draws to the tables of a Run."""

from __future__ import annotations

from collections.abc import Callable

from queuetwin.model.engines.reference.event_calendar import Calendar, StallingCalendar
from queuetwin.model.engines.reference.event_log import EventLog
from queuetwin.model.engines.reference.producers import Producers
from queuetwin.model.engines.reference.shared_processor_station import (
    ProcessorQueue,
    SharedProcessorProducers,
    SharedProcessorStation,
)
from queuetwin.model.engines.reference.station import Station
from queuetwin.model.engines.reference.workers import NoWorkerLeft
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.shared_processor import Sharing
from queuetwin.model.machine.stalls import Stalls
from queuetwin.model.records.run import Records
from queuetwin.model.records.tables import presence_table
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws


class Stopped(Exception):  # noqa: N818 - not an error: the caller asked for it
    """The run was asked to end early."""


class _AllItemsOut(Exception):  # noqa: N818 - the run ends here, as it should
    """Every planned item has its final outcome, and no more will be planned."""


def simulate_reference(
    scenario: Scenario,
    draws: Draws,
    outages: list[Outages],
    progress: Callable[[int], None] | None = None,
    sharing: Sharing | None = None,
    stalls: Stalls | None = None,
) -> Records:
    """What happens to each item of the draws.

    `progress` is called now and then with the number of the item that arrives, and may raise
    `Stopped`; with `sharing` the workers share the processors; nothing happens within `stalls`.
    """
    run = _ReferenceRun(scenario, draws, outages, progress, sharing, stalls)
    ended = run.until_over()
    attempts = run.log.attempt_table(draws)
    window = float(run.calendar.now)
    return Records(
        items=run.log.item_table(attempts, draws),
        attempts=attempts,
        workers=presence_table(run.station.workers.presences(window), window),
        window=window,
        ended=ended,
    )


class _ReferenceRun:
    """Producers, a station, and the count of the items that have left it."""

    def __init__(
        self,
        scenario: Scenario,
        draws: Draws,
        outages: list[Outages],
        progress: Callable[[int], None] | None,
        sharing: Sharing | None,
        stalls: Stalls | None,
    ) -> None:
        self.calendar = Calendar() if stalls is None else StallingCalendar(stalls)
        self.log = EventLog(draws, by_schedule=scenario.arrivals.pacing == "schedule")
        self.items_out = 0
        self.producers: Producers
        self.station: Station
        source = scenario, draws, self.calendar, self.log, progress
        stage = scenario, draws, outages, self.calendar, self.log
        if sharing is None:
            self.producers = Producers(*source)
            self.station = Station(*stage, admitted=self.producers.on_admission, out=self.out)
        else:
            processor = ProcessorQueue(sharing, self.calendar)
            self.producers = SharedProcessorProducers(*source, processor)
            self.station = SharedProcessorStation(
                *stage, processor, admitted=self.producers.on_admission, out=self.out
            )

    def until_over(self) -> str:
        """Run to the end, and say how the run ended."""
        try:
            self.station.workers.begin()
            self.producers.begin(self.station.offer)
            self.calendar.run()
        except _AllItemsOut:
            return "complete"
        except Stopped:
            return "stopped"
        except NoWorkerLeft:
            return "no worker left"
        raise AssertionError("the calendar ran out before the items did")

    def out(self, item: int, outcome: int) -> None:
        """An item leaves the last station with its final outcome."""
        now = self.calendar.now
        self.log.outcome[item] = outcome
        self.log.ended[item] = now
        self.producers.on_outcome(item, now)
        self.items_out += 1
        if self.items_out == self.producers.planned:
            raise _AllItemsOut
