"""What a run check says: VALID, DEGRADED or INVALID, and its figure in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_MILLISECOND = 1e-3


class Trust(StrEnum):
    """How far a run may be believed."""

    VALID = "VALID"
    DEGRADED = "DEGRADED"
    INVALID = "INVALID"

    @property
    def badness(self) -> int:
        """0 for VALID, rising."""
        return list(Trust).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: its figure in words, and what it means for the run."""

    name: str
    trust: Trust
    figure: str


def trust_by(value: float, limits: tuple[float, float]) -> Trust:
    """What a figure means, by the limits above which it is DEGRADED and INVALID.

    >>> trust_by(0.2, (0.1, 1.0)).value
    'DEGRADED'
    """
    degraded, invalid = limits
    if value > invalid:
        return Trust.INVALID
    return Trust.DEGRADED if value > degraded else Trust.VALID


def short(seconds: float) -> str:
    """Seconds as people read them.

    >>> short(0.00002), short(0.0123)
    ('20 us', '12.3 ms')
    """
    return f"{seconds * 1e6:.0f} us" if seconds < _MILLISECOND else f"{seconds * 1e3:.1f} ms"
