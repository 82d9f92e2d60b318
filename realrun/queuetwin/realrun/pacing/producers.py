"""Producers, each paced to absolute instants, so delays never add up.

By schedule a producer follows the planned instants of its items whatever the queue does; by gap
its next item is planned from the return of its last put, and a user's from the final outcome of
its last item.  Each producer writes to a log of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from queuetwin.realrun.pacing.pacer import clock, sharpen_timer, wait_until

# Until an instant (ns of the clock), or until the run is stopping.
Wait = Callable[[int, threading.Event], None]

# item, planned, offered, answered (ns; 0: never), accepted
Put = tuple[int, int, int, int, bool]


class ArrivalSink(Protocol):
    """What a producer needs of a line."""

    def offer(self, item: int) -> tuple[int, bool] | None:
        """When the item was accepted or rejected; None when the line is closed."""

    def await_outcome(self, user: int) -> int:
        """When the item that a user waits for ended; 0 when the line is closed."""

    def producer_done(self) -> None:
        """Say that one producer will offer no more."""


@dataclass(slots=True)
class PutLog:
    """What one producer put."""

    puts: list[Put] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class SendPlan:
    """The instants of all producers: `schedule` (ns from the origin) or gaps (ns).

    Gaps count from the return of a producer's last put or, `until_outcome`, from the final outcome
    of its last item.  `origin` (ns of the clock) is set when the run starts; `end` is ns from it.
    `wait` is the pacer.
    """

    producers: int
    items: int
    schedule: Sequence[int] | None
    gap: Sequence[int]
    until_outcome: bool
    end: int
    wait: Wait = wait_until
    origin: int = 0


def produce(
    number: int, plan: SendPlan, line: ArrivalSink, log: PutLog, stopping: threading.Event
) -> None:
    """Offer the items number, number + P, … of P producers, each at its planned instant."""
    sharpen_timer()
    write, offer, wait, schedule = log.puts.append, line.offer, plan.wait, plan.schedule
    last, end = plan.origin, plan.origin + plan.end
    for item in range(number, plan.items, plan.producers):
        planned = last + plan.gap[item] if schedule is None else plan.origin + schedule[item]
        if planned >= end:
            break
        wait(planned, stopping)
        if stopping.is_set():
            break
        offered = clock()
        answer = offer(item)
        if answer is None:
            write((item, planned, offered, 0, False))
            break
        last, accepted = answer
        write((item, planned, offered, last, accepted))
        if plan.until_outcome and not (last := line.await_outcome(number)):
            break
    line.producer_done()
