"""What the machine did besides, from the facts in a run's header; absent facts are not judged.

Other programs and waiting for a processor cost precision, and the lateness of sends says how
much: these degrade and never more.  A quota that stopped the process stopped all workers at
once, which no model of the pool knows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Stage
from queuetwin.model.language.traffic import mean_service
from queuetwin.model.records.run import Run
from queuetwin.model.validity.checks import Check, Trust, short, trust_by
from queuetwin.model.validity.sending_checks import waits_for_the_gil

# Cores kept busy by other programs, and kept from this machine by the one that hosts it.
FOREIGN_CORES = (0.25, math.inf)
STOLEN_CORES = (0.05, math.inf)
# The share of the time in which a CPU quota stopped the process.
THROTTLED = (0.0, 0.01)
# The share of the time in which one of its threads waited for a processor.
PRESSURE = (0.25, math.inf)
# How late a thread woke that had nothing else to do, in mean services.
HICCUP = (5.0, math.inf)


def machine_checks(run: Run, scenario: Scenario) -> Iterator[Check]:
    """One check for each fact that the platform told."""
    facts = run.header.facts
    if (foreign := facts.get("foreign_cores")) is not None:
        figure = f"{foreign:.2f} cores taken by other programs"
        yield Check(name="foreign load", trust=trust_by(foreign, FOREIGN_CORES), figure=figure)
    if (stolen := facts.get("stolen_cores")) is not None:
        figure = f"{stolen:.2f} cores kept back by the host of this machine"
        yield Check(name="steal", trust=trust_by(stolen, STOLEN_CORES), figure=figure)
    yield from _quota(run)
    yield from _pressure(run, scenario.stage)
    yield from _hiccup(run, scenario)
    before, after = (facts.get(f"switch_interval_{end}") for end in ("start", "end"))
    if before != after:
        figure = f"the switch interval changed from {before} to {after} s during the run"
        yield Check(name="switch interval", trust=Trust.DEGRADED, figure=figure)


def _quota(run: Run) -> Iterator[Check]:
    share, times = (run.header.facts.get(name) for name in ("throttled_share", "throttled_times"))
    if share is None or times is None:
        return
    trust = trust_by(share, THROTTLED)
    if times and trust is Trust.VALID:
        trust = Trust.DEGRADED
    figure = f"CPU quota hit {times} times, stopped for {share:.2%} of the run"
    yield Check(name="quota", trust=trust, figure=figure)


def _pressure(run: Run, stage: Stage) -> Iterator[Check]:
    """Threads that work wait for processors by design; those that only sleep should not."""
    share = run.header.facts.get("waiting_share")
    if share is None:
        return
    service = stage.service
    works = bool(service.cpu_share) or service.task is not None
    figure = f"a thread waited for a processor for {share:.1%} of the run"
    trust = Trust.VALID if works else trust_by(share, PRESSURE)
    yield Check(name="pressure", trust=trust, figure=figure)


def _hiccup(run: Run, scenario: Scenario) -> Iterator[Check]:
    longest = run.header.facts.get("hiccup")
    if longest is None:
        return
    services = longest / mean_service(scenario)
    waits = waits_for_the_gil(run, scenario.stage)
    figure = f"a thread that only waited woke up to {short(longest)} late"
    trust = Trust.VALID if waits else trust_by(services, HICCUP)
    yield Check(name="hiccup", trust=trust, figure=figure)
