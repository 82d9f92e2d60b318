"""Exact figures of pools by number of workers, against which plans are judged.

A law maps (measure, number of workers) to the figure in the long run, infinite where the pool
does not keep up.  M/M/c, M/M/c/K and Erlang's loss formula come from the project's own closed
forms.  M/D/c: the chain at intervals of one service, and Franx's law of the wait (Operations
Research Letters 29, 2001).  M/H2/c: levels of phases, by matrices (Neuts 1981).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from scipy.linalg import solve_banded  # type: ignore[import-untyped]

from queuetwin.model import theory
from queuetwin.model.base.arrays import Floats
from queuetwin.model.statistics.statistic import Statistic

__all__ = ["Law", "MDc", "MGcc", "MH2c", "MMc", "MMcK"]

_STEPS, _NEARLY = 40, 1e-12


class Law(Protocol):
    """One kind of pool, but for its number of workers."""

    def figure(self, measure: str, workers: int) -> float:
        """The long run's figure, in seconds or as a share."""


@dataclass(frozen=True, kw_only=True)
class MMc:
    """Exponential services, no limit to the queue."""

    rate: float
    service: float

    def figure(self, measure: str, workers: int) -> float:
        """Infinite where the pool does not keep up."""
        if self.rate * self.service >= workers:
            return math.inf
        pool = theory.MMc(arrival_rate=self.rate, service_time=self.service, servers=workers)
        return _of_pool(pool, measure)


@dataclass(frozen=True, kw_only=True)
class MMcK:
    """Exponential services; whoever finds no place is lost."""

    rate: float
    service: float
    places: int

    def figure(self, measure: str, workers: int) -> float:
        """Finite at any load."""
        pool = theory.MMcK(
            arrival_rate=self.rate,
            service_time=self.service,
            servers=workers,
            system_capacity=workers + self.places,
        )
        return pool.loss_probability if measure == "loss_ratio" else _of_pool(pool, measure)


@dataclass(frozen=True, kw_only=True)
class MGcc:
    """Any services, no place to wait: Erlang's loss formula."""

    rate: float
    service: float

    def figure(self, measure: str, workers: int) -> float:
        """The loss, which is all that there is."""
        return theory.erlang_b(workers, self.rate * self.service)


@dataclass(frozen=True, kw_only=True)
class MDc:
    """Services that are all alike."""

    rate: float
    service: float

    def figure(self, measure: str, workers: int) -> float:
        """Infinite where the pool does not keep up."""
        if self.rate * self.service >= workers:
            return math.inf
        name, _, statistic = measure.partition(".")
        alone = self.service if name == "response_time" else 0.0
        numbers = _numbers(workers, self.rate * self.service)
        if statistic == "mean":
            waiting = np.maximum(np.arange(len(numbers)) - workers, 0)
            return alone + float(waiting @ numbers) / self.rate
        below = np.minimum(np.cumsum(numbers), 1.0)
        return alone + _quantile(lambda t: self._waits_beyond(t, below, workers), statistic)

    def _waits_beyond(self, t: float, below: Floats, workers: int) -> float:
        whole = math.floor(t / self.service) + 1
        counts = np.arange(float(whole * workers))
        weights = np.exp(theory.erlang.log_poisson(counts, self.rate * (whole * self.service - t)))
        places = np.minimum(workers + whole * workers - 1 - counts, len(below) - 1).astype(int)
        return 1 - float(weights @ below[places])


@dataclass(frozen=True, kw_only=True)
class MH2c:
    """Services of two exponential phases with balanced means; means only."""

    rate: float
    service: float
    cv: float

    def figure(self, measure: str, workers: int) -> float:
        """Infinite where the pool does not keep up."""
        if self.rate * self.service >= workers:
            return math.inf
        alone = self.service if measure.startswith("response_time") else 0.0
        share = (1 + math.sqrt((self.cv**2 - 1) / (self.cv**2 + 1))) / 2
        speeds = (2 * share / self.service, 2 * (1 - share) / self.service)
        return alone + _mean_queue(self.rate, share, speeds, workers) / self.rate


def _of_pool(pool: theory.MMc | theory.MMcK, measure: str) -> float:
    name, _, statistic = measure.partition(".")
    if statistic == "mean":
        return float(getattr(pool, f"mean_{name}"))
    return _quantile(getattr(pool, f"{name}_above"), statistic)


def _quantile(above: Callable[[float], float], statistic: str) -> float:
    """Where a falling share above passes what the statistic leaves, by halving."""
    share = Statistic(statistic).share_beyond
    assert share is not None
    if above(0.0) <= share:
        return 0.0
    low, high = 0.0, 1e-3
    while above(high) > share:
        low, high = high, 2 * high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) > share else (low, middle)
    return high


@cache
def _numbers(workers: int, load: float) -> Floats:
    """How likely each number of items in M/D/c is: who is in service is gone a service later."""
    most = workers + math.ceil(40 / (1 - load / workers))
    reach = min(math.ceil(load + 12 * math.sqrt(load)) + 12, most)
    come = np.exp(theory.erlang.log_poisson(np.arange(reach + 1.0), load))
    # bands[workers + to - number, number] is the move from `number` to `to`, less who stays.
    bands = np.zeros((workers + reach + 1, most + 1))
    for number in range(most + 1):
        first = workers - min(number, workers)
        bands[first : first + reach + 1, number] = come
    bands[workers] -= 1.0
    # One balance follows from the others: in its place the share of `workers` items is 1.
    known = np.zeros(most + 1)
    known[workers] = 1.0
    for number in range(max(0, workers - reach), min(2 * workers, most) + 1):
        bands[2 * workers - number, number] = float(number == workers)
    shares = solve_banded((reach, workers), bands, known)
    return np.asarray(shares / shares.sum())


def _mean_queue(rate: float, share: float, speeds: tuple[float, float], workers: int) -> float:
    """Mean number that wait in M/H2/c; a level's states are how many are in the first phase."""

    def up(level: int) -> Floats:
        if level >= workers:
            return rate * np.eye(workers + 1)
        same, more = np.eye(level + 1, level + 2), np.eye(level + 1, level + 2, 1)
        return rate * ((1 - share) * same + share * more)

    def down(level: int) -> Floats:
        busy = min(level, workers)
        first, second = (
            np.diag(speed * np.abs(np.arange(busy + 1.0) - gone))
            for speed, gone in zip(speeds, (0, busy), strict=True)
        )
        if level <= workers:
            return first @ np.eye(busy + 1, busy, -1) + second @ np.eye(busy + 1, busy)
        same, less, more = (np.eye(busy + 1, k=shift) for shift in (0, -1, 1))
        return first @ (share * same + (1 - share) * less) + second @ (
            share * more + (1 - share) * same
        )

    def stay(level: int) -> Floats:
        leaves = up(level).sum(axis=1) + (down(level).sum(axis=1) if level else 0)
        return -np.diag(leaves)

    beyond = _ratio(up(workers), stay(workers + 1), down(workers + 1))
    ratios, local = [], stay(workers) + beyond @ down(workers + 1)
    for level in range(workers - 1, -1, -1):
        ratios.append(up(level) @ np.linalg.inv(-local))
        local = stay(level) + ratios[-1] @ down(level + 1)
    states, total = np.ones(1), 0.0
    for ratio in reversed(ratios):
        total += states.sum()
        states = states @ ratio
    tail = np.linalg.inv(np.eye(workers + 1) - beyond)
    total += (states @ tail).sum()
    return float((states @ beyond @ tail @ tail).sum() / total)


def _ratio(up: Floats, stay: Floats, down: Floats) -> Floats:
    """What a level with a queue is of the one before it, by logarithmic reduction.

    Latouche and Ramaswami, Journal of Applied Probability 30 (1993).
    """
    one = np.eye(len(stay))
    higher, lower = np.linalg.solve(-stay, up), np.linalg.solve(-stay, down)
    falls, rises = lower.copy(), higher.copy()
    while np.abs(1 - falls.sum(axis=1)).max() > _NEARLY:
        back = one - higher @ lower - lower @ higher
        higher, lower = np.linalg.solve(back, higher @ higher), np.linalg.solve(back, lower @ lower)
        falls += rises @ lower
        rises = rises @ higher
    return np.asarray(up @ np.linalg.inv(-(stay + up @ falls)))
