"""Which statistic of a measure is meant: its mean, its greatest value, or a quantile.

Law: a statistic is its name ("mean", "max", "p99.9"), so documents and dictionaries hold plain
text; what the name says is worked out here and nowhere else.
"""

from __future__ import annotations

import re

_QUANTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)")


class Statistic(str):
    """The name of a statistic; raises ValueError for a text that names none.

    >>> Statistic("p99.9").quantile, Statistic("mean").quantile
    (0.9990000000000001, None)
    """

    __slots__ = ()

    def __new__(cls, name: str) -> Statistic:
        """From its name."""
        if name not in ("mean", "max") and not _QUANTILE.fullmatch(name):
            raise ValueError(f'"{name}" names no statistic')
        return super().__new__(cls, name)

    @property
    def quantile(self) -> float | None:
        """The share of values that lie below it; None for a mean or a maximum."""
        return float(self[1:]) / 100 if self[0] == "p" else None

    @property
    def share_beyond(self) -> float | None:
        """The share of values that lie above it; None for a mean or a maximum.

        >>> Statistic("p75").share_beyond
        0.25
        """
        return None if self.quantile is None else 1 - self.quantile


MEAN, MAXIMUM = Statistic("mean"), Statistic("max")
