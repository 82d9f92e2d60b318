"""How long an attempt keeps a worker, beyond what was drawn for it.

A worker has its speed, the pool may slow down when many are busy, an attempt that reaches its
time limit fails there, and an outage lengthens, restarts or fails what it hits.  The number of
busy workers counts at the start of the attempt, itself included.  Pure, one for every engine.
"""

from __future__ import annotations

from queuetwin.model.language.stage import Stage
from queuetwin.model.rules.breakdowns import Outages


class AttemptDuration:
    """The rules of one stage; `is_plain` when an attempt simply takes what was drawn."""

    __slots__ = ("_limit", "_outages", "_slowdown", "_speeds", "is_plain")

    def __init__(self, stage: Stage, outages: list[Outages]) -> None:
        self._outages = outages
        self._speeds = stage.workers.speeds
        self._limit = stage.failures.time_limit or float("inf")
        self._slowdown = [0.0] * (stage.workers.most + 1)
        for busy, slower in stage.service.slowdown:
            self._slowdown[busy:] = [slower] * len(self._slowdown[busy:])
        self.is_plain = not (
            outages or self._speeds or stage.service.slowdown or stage.failures.time_limit
        )

    def end(
        self, worker: int, busy: int, start: float, length: float, failed: bool
    ) -> tuple[float, bool]:
        """When an attempt of this drawn length (seconds) ends, and whether it fails."""
        if self._speeds:
            length /= self._speeds[worker]
        length *= 1 + self._slowdown[busy]
        if length > self._limit:
            length, failed = self._limit, True
        if not self._outages:
            return start + length, failed
        end, hit = self._outages[worker].end(start, length)
        return end, failed or hit
