"""How threads share what only so many can hold at once: the GIL, or the processors themselves.

Round robin as CPython does it (Python/ceval_gil.c): whoever waits asks the holder to let go
after a whole quantum in which the lock has not changed hands, and goes behind the others who
wait; the holder goes behind them too.  Whoever has done its work keeps the place until it says
otherwise, so a worker takes its next item without waiting again.  Pure: instants come in.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Shares = Literal["interpreter", "processors", "loop"]
"""What the workers of a backend share: one interpreter, the processors, or one event loop."""

Member = TypeVar("Member")

_NEVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """How many may work at once, for how long at a time (seconds), and how well.

    `share` is the part of an attempt that needs a processor, and comes first; it takes
    1 / `efficiency` of its time, since changing places costs some.  A producer needs one for
    `awake` seconds an item.
    """

    servers: int
    quantum: float
    efficiency: float
    share: float
    awake: float

    @staticmethod
    def of(
        shares: Shares,
        *,
        gil: bool,
        cores: int,
        switch_interval: float,
        share: float,
        awake: float,
        efficiency: float = 1.0,
    ) -> Sharing:
        """Of workers on a machine with so many cores, with or without a GIL.

        An event loop serves one coroutine at a time, and nothing interrupts it.
        """
        place = bottleneck(shares, gil=gil)
        return Sharing(
            servers=cores if place == "processors" else 1,
            quantum=float("inf") if place == "loop" else switch_interval,
            efficiency=efficiency,
            share=share,
            awake=awake,
        )


def bottleneck(shares: Shares, *, gil: bool) -> Shares:
    """What workers compete for: without a GIL one interpreter runs on all processors.

    >>> bottleneck("interpreter", gil=True), bottleneck("interpreter", gil=False)
    ('interpreter', 'processors')
    """
    return "processors" if shares == "interpreter" and not gil else shares


class Processor(Generic[Member]):
    """Who works and who waits for it; call `finished` at `due`, again until it gives None."""

    def __init__(self, sharing: Sharing) -> None:
        self._servers, self._quantum = sharing.servers, sharing.quantum
        self._changes = 0
        # until when each works, in the order in which they came to it
        self._working: dict[Member, float] = {}
        # member, work left (seconds), when it asks for a place, changes seen
        self._waiting: deque[tuple[Member, float, float, int]] = deque()

    def holds(self, member: Member) -> bool:
        """Whether a member works, or keeps its place."""
        return member in self._working

    def enter(self, member: Member, work: float, now: float) -> None:
        """A member comes with work to do, and may have to wait for a place."""
        self._waiting.append((member, work, now + self._quantum, self._changes))
        self._admit(now)

    def go_on(self, member: Member, work: float, now: float) -> None:
        """Work that a member does on the place that it kept."""
        self._working[member] = now + work

    def leave(self, member: Member, now: float) -> None:
        """A member gives up its place."""
        del self._working[member]
        self._admit(now)

    def due(self) -> float:
        """The next instant at which something happens."""
        ends = min(self._working.values(), default=_NEVER)
        return min(ends, self._waiting[0][2]) if self._waiting else ends

    def finished(self, now: float) -> Member | None:
        """A member whose work is done by now; it keeps its place."""
        while self.due() <= now:
            for member, until in self._working.items():
                if until <= now:
                    self._working[member] = _NEVER
                    return member
            self._ask(now)
        return None

    def _ask(self, now: float) -> None:
        """Who has waited for a quantum goes behind the others, and asks for a change."""
        member, work, _, seen = self._waiting.popleft()
        self._waiting.append((member, work, now + self._quantum, self._changes))
        if seen == self._changes:
            holder = next(iter(self._working))
            left = self._working.pop(holder) - now
            self._admit(now)
            if left < _NEVER:
                self._waiting.append((holder, left, now + self._quantum, self._changes))

    def _admit(self, now: float) -> None:
        while self._waiting and len(self._working) < self._servers:
            member, work, _, _ = self._waiting.popleft()
            self._working[member] = now + work
            self._changes += 1
