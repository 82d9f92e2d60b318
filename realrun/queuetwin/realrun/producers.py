"""Whoever puts: the producers, each paced to its plan, and the return line.

A plan is an absolute instant, so lateness never adds up.  By schedule a producer walks the
plans of its items whatever the queue does; by gap it plans its next item from the return of
its last put.  Each writes to a log of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from queuetwin.realrun.pacer import clock, sharpen_timer, wait_until

__all__ = ["Offers", "Plan", "Put", "PutLog", "produce", "run_return_line"]

# item, planned (of the return line: attempt), offered, answered (ns; 0: never), accepted
Put = tuple[int, int, int, int, bool]


class Offers(Protocol):
    """What a producer needs of a line."""

    def offer(self, item: int, attempt: int) -> tuple[int, bool] | None:
        """When the item was accepted or refused; None when the line is closed."""

    def producer_done(self) -> None:
        """Say that one producer will offer no more."""

    def next_due(self) -> tuple[int, int] | None:
        """The item and attempt to bring back next; None when the line is closed."""


@dataclass(slots=True)
class PutLog:
    """What one producer, or the return line, put."""

    puts: list[Put] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Plan:
    """What all producers walk: `schedule` (ns from the origin) or, by gap, `gap` (ns).

    `origin` (ns of the clock) is set when the run starts; `end` is ns from it.
    """

    producers: int
    items: int
    schedule: Sequence[int] | None
    gap: Sequence[int]
    end: int
    origin: int = 0


def produce(number: int, plan: Plan, line: Offers, log: PutLog, stopping: threading.Event) -> None:
    """Offer the items number, number + P, … of P producers, each at its planned instant."""
    sharpen_timer()
    write, offer, schedule = log.puts.append, line.offer, plan.schedule
    returned, end = plan.origin, plan.origin + plan.end
    for item in range(number, plan.items, plan.producers):
        planned = returned + plan.gap[item] if schedule is None else plan.origin + schedule[item]
        if planned >= end:
            break
        if clock() < planned:
            wait_until(planned, stopping)
        if stopping.is_set():
            break
        offered = clock()
        answer = offer(item, 1)
        if answer is None:
            write((item, planned, offered, 0, False))
            break
        returned, accepted = answer
        write((item, planned, offered, returned, accepted))
    line.producer_done()


def run_return_line(line: Offers, log: PutLog) -> None:
    """Bring failed items to the door when they are due, one at a time."""
    sharpen_timer()
    while (due := line.next_due()) is not None:
        item, attempt = due
        offered = clock()
        answer = line.offer(item, attempt)
        if answer is None:
            return
        log.puts.append((item, attempt, offered, *answer))
