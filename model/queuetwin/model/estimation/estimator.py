"""What a decision needs of a simulation that can be extended.

Two implement it: `steady_state.SteadyState`, one run of a stationary pool, and
`replications.Replications`, whole runs where nothing is stationary.  Each goes on where it was,
and figures speak of what was simulated so far.
"""

from __future__ import annotations

from typing import Protocol

from queuetwin.model.estimation.summary import Summary
from queuetwin.model.records.measures import Measure
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.statistic import Statistic


class Estimator(Protocol):
    """A simulation and its figures; `items` is how many were simulated so far."""

    items: int

    @property
    def size(self) -> int:
        """What `extend` counts: items, or runs."""

    def extend(self, size: int, /) -> None:
        """Simulate until there are at least so many."""

    def ends_at(self, budget: int) -> bool:
        """Whether twice as much would be more than a budget in items, or too much."""

    def figure(self, measure: Measure, statistic: Statistic) -> Estimate:
        """One figure; NaN where there are no values."""

    def share_above(self, measure: Measure, limit: float) -> Estimate:
        """The share of an item measure's values above a limit."""

    def summary(self) -> Summary:
        """Every measure that was asked for."""
