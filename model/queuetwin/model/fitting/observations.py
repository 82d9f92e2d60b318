"""What the window of a log shows, as seconds from the window's begin: all that a fit is made of.

Interleaved blocks cut it in two halves of the same day, so that one can predict the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.fitting.rounding import step_of, unrounded, unrounded_lengths
from queuetwin.model.fitting.service_times import most_at_once, services_of
from queuetwin.model.fitting.window import Window
from queuetwin.model.logs.log import NEVER, SECOND, Ended, Instants, Log
from queuetwin.model.logs.text_source import refusal

_FINE = SECOND // 1000
_RESTARTED = 1.5
_SAME_DEPTH = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observations:
    """Arrivals of items and services of attempts in a window of `seconds`; arrays, in seconds.

    `arrivals` has shape (items,); `services`, `served_at` (the arrival of the attempt, or its
    start) and `waits` (NaN where not shown) have shape (attempts,).
    """

    seconds: float
    arrivals: Floats
    served_at: Floats
    services: Floats
    waits: Floats
    workers: int
    workers_why: str
    at_once: int
    capacity: int | None = None
    failed: float = 0.0
    attempts: int = 1
    backoff: float | None = None
    rejected: int = 0
    notes: tuple[str, ...] = ()


def observations_in(
    log: Log, window: Window, workers: int | None, arrivals: Log | None,
    generator: np.random.Generator,
) -> Observations:  # fmt: skip
    """What the log shows in the window; `arrivals`, where given, says when items came.

    Raises ScenarioError where it does not show how many served.
    """
    inside = log.rows(window.holds(log.first_seen()))
    came = inside if arrivals is None else arrivals.rows(window.holds(arrivals.arrival))
    first = came.arrival[(came.attempt == 1) & (came.arrival != NEVER)]
    notes = []
    tick = int(came.facts.get("tick", 0)) or step_of(first)
    instants = _window_seconds(first, window, tick, generator, "tick" in came.facts)
    if tick >= _FINE and not np.array_equal(instants, (np.sort(first) - window.begin) / SECOND):
        notes.append(f"arrivals are stamped to {tick / SECOND:g} s: spread evenly over that time")
    services = services_of(inside)
    known = ~np.isnan(services)
    lengths, width = unrounded_lengths(services[known], generator)
    if width:
        notes.append(f"services are rounded to {width * 1000:g} ms: spread evenly over that time")
    served_at = (inside.first_seen()[known] - window.begin) / SECOND
    number, why, at_once = _workers(inside, workers)
    attempts = inside.ended != Ended.REJECTED
    rejected = int((~attempts).sum())
    capacity, told = _capacity(inside) if rejected else (None, "")
    return Observations(
        seconds=window.seconds, arrivals=instants, served_at=served_at, services=lengths,
        waits=_waits(inside)[known] if arrivals is None else np.full(int(known.sum()), np.nan),
        workers=number, workers_why=why, at_once=at_once, capacity=capacity,
        failed=float((inside.ended[attempts] == Ended.FAILED).mean()),
        attempts=int(inside.attempt.max(initial=1)), backoff=inside.backoff, rejected=rejected,
        notes=(*notes, *([told] if told else [])),
    )  # fmt: skip


def _window_seconds(
    instants: Instants, window: Window, tick: int, generator: np.random.Generator, coarse: bool
) -> Floats:
    """Un-rounded seconds from the window's begin, inside the window, sorted.

    `coarse`: the log's clock has that step, though its instants do not show it.
    """
    if not len(instants):
        return np.empty(0)
    instants = np.sort(instants)
    if coarse:
        late = np.sort((instants - instants[0]) + tick * generator.random(len(instants)))
    else:
        late = unrounded(instants, tick, generator)
    spread = (late + (instants[0] - window.begin)) / SECOND
    return np.asarray(np.clip(spread, 0.0, window.seconds))


def _waits(log: Log) -> Floats:
    known = (log.arrival != NEVER) & (log.start != NEVER)
    return np.where(known, (log.start - np.where(known, log.arrival, 0)) / SECOND, np.nan)


def _workers(log: Log, asked: int | None) -> tuple[int, str, int]:
    """How many workers there are, how that is known, and how many were at work at once."""
    at_once = most_at_once(log)
    if asked is not None:
        if asked < at_once:
            message = f"the log shows {at_once} at work at the same time: write at least so many"
            raise refusal("", message, parameter="workers", value=str(asked))
        return asked, "as asked for", at_once
    if not at_once:
        message = "does not show how many served: write `workers=N`"
        raise refusal(str(log.facts.get("file", "")), message)
    named = len(np.unique(log.worker[log.worker >= 0]))
    if at_once < named <= _RESTARTED * at_once:
        return named, f"{named} names of workers; at most {at_once} at work at once", at_once
    return at_once, f"at most {at_once} were at work at once", at_once


def _capacity(log: Log) -> tuple[int | None, str]:
    """How many waited when an item was refused: the queue's limit, where it always was the same."""
    refused = log.arrival[log.ended == Ended.REJECTED]
    others = log.ended != Ended.REJECTED
    arrival, start = np.sort(log.arrival[others]), np.sort(log.start[others])
    if not len(start) or start[0] == NEVER:
        return None, "items were refused, and the log does not show how many waited then"
    depth = np.searchsorted(arrival, refused) - np.searchsorted(start, refused, side="right")
    middle = int(np.median(depth))
    spread = float(np.quantile(depth, 0.9) - np.quantile(depth, 0.1))
    if spread > max(1.0, _SAME_DEPTH * middle):
        return None, (
            "items were refused at very different lengths of the queue, so it is not its limit "
            "that refuses them: the scenario has no limit"
        )
    return middle, ""


def block_of(instants: Floats, seconds: float, blocks: int) -> NDArray[np.int64]:
    """Which of so many equal blocks each instant lies in; those outside in the nearest."""
    number = np.floor(instants / seconds * blocks)
    return np.clip(number, 0, blocks - 1).astype(np.int64)


def half(observations: Observations, blocks: int, which: int) -> Observations:
    """Every other of `blocks` equal blocks, laid end to end; `which` is 0 or 1."""
    length = observations.seconds / blocks

    def kept(instants: Floats) -> tuple[NDArray[np.bool_], Floats]:
        block = block_of(instants, observations.seconds, blocks)
        mine = block % 2 == which
        return mine, (instants - (block - block // 2) * length)[mine]

    _, arrivals = kept(observations.arrivals)
    mine, served_at = kept(observations.served_at)
    return replace(
        observations, seconds=(blocks + 1 - which) // 2 * length, arrivals=arrivals,
        served_at=served_at, services=observations.services[mine], waits=observations.waits[mine],
    )  # fmt: skip
