"""Scenarios of fitted arrivals and services, with recorded times in the place of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queuetwin.model.base.arrays import Floats
from queuetwin.model.fitting.arrival_fits import ArrivalFit
from queuetwin.model.fitting.distribution_choice import ChosenDistribution
from queuetwin.model.fitting.distribution_fits import written_duration
from queuetwin.model.fitting.observations import Observations
from queuetwin.model.language.scenario import Scenario


def length_of(arrival_fit: ArrivalFit, observations: Observations) -> dict[str, Any]:
    """How long a run is: as the window, a trace by itself."""
    if arrival_fit.name == "profile":
        return {"duration": written_duration(observations.seconds)}
    return {} if arrival_fit.name == "trace" else {"items": len(observations.arrivals)}


def scenario_with(
    arrival_fit: ArrivalFit, service: ChosenDistribution, rest: Mapping[str, Any]
) -> Scenario:
    """The scenario of these arrivals and services, with the other keys as given."""
    arrivals, times = arrival_fit.table, service.table
    if arrival_fit.instants is not None:
        listed = [f"{second!r}s" for second in rounded_instants(arrival_fit.instants)]
        arrivals = {"process": "trace", "times": listed}
    if service.samples is not None:
        samples = [f"{one!r}s" for one in service.samples.tolist()]
        times = {**times, "samples": samples}
    return Scenario.from_dict({**rest, "arrivals": arrivals, "service": times})


def rounded_instants(instants: Floats) -> list[float]:
    """Instants to the nanosecond."""
    return [round(one, 9) for one in instants.tolist()]
