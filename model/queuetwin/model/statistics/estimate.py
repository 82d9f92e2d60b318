"""An Estimate is a figure with how sure it is: its bounds, and why they are missing if they are.

The figure is the estimate itself, never the middle of its bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """An estimate with its interval at the level that was asked for.

    `low` and `high` are NaN where the data cannot give them; `warnings` then says why.
    `effective_size` is the number of independent observations that would know as much,
    `needed_items` how many items would give the bounds that are missing.  `method` says how the
    figure was found where it was not counted in a plain run.
    """

    estimate: float
    low: float = math.nan
    high: float = math.nan
    effective_size: float = math.nan
    needed_items: float = math.nan
    warnings: tuple[str, ...] = ()
    method: str = ""

    def to_dict(self) -> dict[str, float | None]:
        """The figure and its bounds as plain data; NaN becomes None.

        >>> Estimate(estimate=0.5, low=0.25).to_dict()
        {'estimate': 0.5, 'low': 0.25, 'high': None}
        """
        numbers = {"estimate": self.estimate, "low": self.low, "high": self.high}
        return {name: None if math.isnan(value) else value for name, value in numbers.items()}

    def within(self, low: float, high: float) -> Estimate:
        """The same, with its bounds kept inside the range of the quantity."""
        if not (self.low < low or self.high > high):
            return self
        return replace(
            self,
            low=max(self.low, low) if not math.isnan(self.low) else self.low,
            high=min(self.high, high) if not math.isnan(self.high) else self.high,
        )
