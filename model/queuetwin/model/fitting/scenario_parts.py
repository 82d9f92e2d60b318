"""Scenarios of fitted arrivals and services, with recorded times in the place of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queuetwin.model.base.arrays import Floats
from queuetwin.model.fitting.arrival_fits import ArrivalFit
from queuetwin.model.fitting.distribution_choice import Fitted
from queuetwin.model.fitting.distribution_fits import written_duration
from queuetwin.model.fitting.observations import Observations
from queuetwin.model.language.scenario import Scenario

__all__ = ["length_of", "rounded_instants", "scenario_with"]


def length_of(comings: ArrivalFit, seen: Observations) -> dict[str, Any]:
    """How long a run is: as the window, a trace by itself."""
    if comings.name == "profile":
        return {"duration": written_duration(seen.seconds)}
    return {} if comings.name == "trace" else {"items": len(seen.arrivals)}


def scenario_with(comings: ArrivalFit, service: Fitted, rest: Mapping[str, Any]) -> Scenario:
    """The scenario of these arrivals and services, with the other keys as given."""
    arrivals, times = comings.table, service.table
    if comings.instants is not None:
        listed = [f"{second!r}s" for second in rounded_instants(comings.instants)]
        arrivals = {"process": "trace", "times": listed}
    if service.samples is not None:
        samples = [f"{one!r}s" for one in service.samples.tolist()]
        times = {**times, "samples": samples}
    return Scenario.from_dict({**rest, "arrivals": arrivals, "service": times})


def rounded_instants(instants: Floats) -> list[float]:
    """Instants to the nanosecond."""
    return [round(one, 9) for one in instants.tolist()]
