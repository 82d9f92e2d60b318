"""The table of arrival processes: what a file may name.  A new process is a row here."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from queuetwin.model.arrivals.batches import Batch
from queuetwin.model.arrivals.bursty import Bursty
from queuetwin.model.arrivals.process import ArrivalProcess
from queuetwin.model.arrivals.profile import Profile
from queuetwin.model.arrivals.renewal import Periodic, Poisson, Renewal
from queuetwin.model.arrivals.trace import Trace
from queuetwin.model.arrivals.without_rate import Backlog, Closed

_Process = Poisson | Periodic | Renewal | Batch | Backlog | Trace | Profile | Bursty | Closed

Arrivals = Annotated[_Process, Field(discriminator="process")]

PROCESSES: tuple[type[ArrivalProcess], ...] = get_args(_Process)
"""Every process, in the order in which pages list them."""

SELF_ENDING: tuple[str, ...] = tuple(
    name
    for process in PROCESSES
    if process.ends_by_itself
    for name in get_args(process.model_fields["process"].annotation)
)
"""The names of those that need neither `items` nor `duration`."""
