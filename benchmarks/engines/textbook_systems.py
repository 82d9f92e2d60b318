"""The textbook systems of the comparison, and what a contender answers.

Services last one second on average.  Nothing heavy is imported here: every contender's process
loads this file.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SYSTEMS", "Answer", "System"]


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Poisson arrivals, exponential services; `places` are those for waiting, None without end."""

    name: str
    workers: int
    load: float
    places: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Mean seconds from arrival to departure of those served, and how many are served a second."""

    response_time: float
    throughput: float


SYSTEMS = (
    System(name="M/M/1", workers=1, load=0.8, places=None),
    System(name="M/M/4", workers=4, load=0.9, places=None),
    System(name="M/M/4/20", workers=4, load=1.1, places=16),
)
