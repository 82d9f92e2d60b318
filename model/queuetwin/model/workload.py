"""Randomness lives here, outside every engine.

One generator for each (replication, stage, stream, attempt); item *i* takes the *i*-th draw of
each.  Variates are standardised and then scaled, a failure is `u < probability`: so a change
of rate, mean, probability, attempts, workers, capacity or policy shifts no draw, and two
scenarios are compared on the same luck.  Draws come in chunks and do not depend on their size.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.arrivals import Arrivals
from queuetwin.model.scenario import Scenario
from queuetwin.model.service import Service

__all__ = ["DRAW_VERSION", "Draws", "Workload"]

DRAW_VERSION = 1
CHUNK = 16_384

# A stream's number is part of what a seed means: never renumber, only add.
_STREAMS = {name: number for number, name in enumerate(("gap", "service", "failure"))}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What chance decided for consecutive items; arrays, read-only.

    `gap` and `payload` have shape (items,); `demand` (seconds) and `fails` (attempts, items).
    `payload` is what a task is called with: the row of the samples file that the item drew,
    or the item's own number.  `lateness`, `hand_off` and `turn_round` (seconds) are what a
    machine adds: (items,), (attempts, items), (attempts, items); zeros in a nominal model.
    """

    first: int
    gap: Floats
    payload: NDArray[np.int64]
    demand: Floats
    fails: NDArray[np.bool_]
    lateness: Floats
    hand_off: Floats
    turn_round: Floats

    def __post_init__(self) -> None:
        """Seal the arrays."""
        for array in (self.gap, self.payload, self.demand, self.fails):
            array.setflags(write=False)
        for array in (self.lateness, self.hand_off, self.turn_round):
            array.setflags(write=False)

    def __len__(self) -> int:
        """The number of items."""
        return len(self.gap)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A recipe for draws: scenario, seed, replication and the version of the drawing.

    Gaps, demands, flags and payload numbers; never instants.
    """

    scenario: Scenario
    seed: int
    replication: int = 0
    version: int = field(default=DRAW_VERSION)

    @staticmethod
    def draw(scenario: Scenario, *, seed: int | None = None, replication: int = 0) -> Workload:
        """The workload of a scenario; `seed` takes the place of the scenario's own."""
        return Workload(
            scenario=scenario,
            seed=scenario.seed if seed is None else seed,
            replication=replication,
        )

    @property
    def digest(self) -> str:
        """A hash of the recipe and of any measured times in it, hexadecimal."""
        recipe = [self.version, self.seed, self.replication, self.scenario.to_dict()]
        return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]

    def chunks(self, size: int = CHUNK) -> Iterator[Draws]:
        """The draws in order, `size` items at a time; the last chunk may be shorter.

        A scenario that ends by `duration` yields the items that arrive before it by schedule;
        with gap pacing at least as many as a producer can make by then.
        """
        streams = _Streams(self)
        total, first = self.scenario.items, 0
        inside = _Horizon(self.scenario)
        while total is None or first < total:
            count = size if total is None else min(size, total - first)
            draws = streams.take(first, count)
            kept = inside.count(draws)
            if kept < count:
                yield _head(draws, kept)
                return
            yield draws
            first += count

    def all(self) -> Draws:
        """All draws as one record.

        Raises ScenarioError when no item arrives before the duration ends.
        """
        parts = list(self.chunks())
        if self._ends_before_the_first(parts[0]):
            raise self.scenario.source.error("duration", "", "ends before the first item arrives")
        return Draws(
            first=0,
            gap=np.concatenate([part.gap for part in parts]),
            payload=np.concatenate([part.payload for part in parts]),
            demand=np.concatenate([part.demand for part in parts], axis=1),
            fails=np.concatenate([part.fails for part in parts], axis=1),
            lateness=np.concatenate([part.lateness for part in parts]),
            hand_off=np.concatenate([part.hand_off for part in parts], axis=1),
            turn_round=np.concatenate([part.turn_round for part in parts], axis=1),
        )

    def _ends_before_the_first(self, draws: Draws) -> bool:
        duration, arrivals = self.scenario.duration, self.scenario.arrivals
        if duration is None or arrivals.pacing != "gap":
            return not len(draws)
        return bool(draws.gap[: arrivals.producers].min() >= duration)


class _Horizon:
    """How many of the next items may be planned before the duration ends."""

    def __init__(self, scenario: Scenario) -> None:
        self._duration = scenario.duration
        self._by_gap = scenario.arrivals.pacing == "gap"
        producers = scenario.arrivals.producers if self._by_gap else 1
        self._elapsed = np.zeros(producers)

    def count(self, draws: Draws) -> int:
        if self._duration is None:
            return len(draws)
        if self._by_gap:
            # A producer is no faster than its own gaps; when all have used up theirs, it ends.
            if self._elapsed.min() >= self._duration:
                return 0
            owner = np.arange(draws.first, draws.first + len(draws)) % len(self._elapsed)
            np.add.at(self._elapsed, owner, draws.gap)
            return len(draws)
        instants = np.cumsum(np.append(self._elapsed, draws.gap))[1:]
        self._elapsed[0] = instants[-1]
        return int(np.searchsorted(instants, self._duration))


class _Streams:
    """The generators of one workload, each advanced item by item."""

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        scenario = workload.scenario
        self._scenario = scenario
        attempts = range(1, scenario.stage.failures.attempts + 1)
        self._gap = self._generator("", "gap", 0)
        self._service = [self._generator(scenario.stage.name, "service", n) for n in attempts]
        self._failure = [self._generator(scenario.stage.name, "failure", n) for n in attempts]
        self._variate = _standard_service(scenario.stage.service)

    def _generator(self, stage: str, stream: str, attempt: int) -> np.random.Generator:
        key = (
            self._workload.replication,
            zlib.crc32(stage.encode()),
            _STREAMS[stream],
            attempt,
        )
        sequence = np.random.SeedSequence(self._workload.seed, spawn_key=key)
        return np.random.Generator(np.random.SFC64(sequence))

    def take(self, first: int, count: int) -> Draws:
        stage = self._scenario.stage
        mean = stage.service.mean_time
        drawn = [self._variate(generator, count) for generator in self._service]
        rows = drawn[0][1]
        attempts = len(drawn)
        fails = [
            generator.random(count) < stage.failures.probability for generator in self._failure
        ]
        return Draws(
            first=first,
            gap=_gaps(self._scenario.arrivals, self._gap, first, count),
            payload=np.arange(first, first + count) if rows is None else rows,
            demand=np.stack([variates * mean for variates, _ in drawn]),
            fails=np.stack(fails),
            lateness=np.zeros(count),
            hand_off=np.zeros((attempts, count)),
            turn_round=np.zeros((attempts, count)),
        )


def _gaps(arrivals: Arrivals, generator: np.random.Generator, first: int, count: int) -> Floats:
    """Seconds between plans: of all producers by schedule, of one producer by gap."""
    each = arrivals.producers if arrivals.pacing == "gap" else 1
    match arrivals.process:
        case "poisson":
            return generator.standard_exponential(count) * (each / arrivals.rate)
        case "periodic":
            gaps = np.full(count, each / arrivals.rate)
            gaps[: max(0, each - first)] = 0.0
            return gaps
        case "backlog":
            return np.zeros(count)


# variates of mean 1 and, for measured times, the rows that were drawn
_Variate = Callable[[np.random.Generator, int], tuple[Floats, NDArray[np.int64] | None]]


def _standard_service(service: Service) -> _Variate:
    match service.distribution:
        case "deterministic":
            return lambda _, count: (np.ones(count), None)
        case "exponential":
            return lambda generator, count: (generator.standard_exponential(count), None)
        case "lognormal":
            sigma = service.sigma
            return lambda generator, count: (
                np.exp(sigma * generator.standard_normal(count) - sigma**2 / 2),
                None,
            )
        case "empirical":
            samples = np.array(service.samples)
            relative = samples / samples.mean()

            def resample(
                generator: np.random.Generator, count: int
            ) -> tuple[Floats, NDArray[np.int64] | None]:
                rows = (generator.random(count) * len(samples)).astype(np.int64)
                return relative[rows], rows

            return resample


def _head(draws: Draws, count: int) -> Draws:
    arrays: dict[str, Any] = {
        name: np.array(getattr(draws, name)[..., :count])
        for name in ("gap", "payload", "demand", "fails", "lateness", "hand_off", "turn_round")
    }
    return Draws(first=draws.first, **arrays)
