"""Randomness lives here, outside every engine.

One generator for each (replication, stage, stream, attempt); item *i* takes the *i*-th draw of
each.  Variates are standardised and then scaled, a failure is `u < probability`: so a change
of rate, mean, probability, attempts, workers, capacity or policy shifts no draw, and two
scenarios are compared on the same variates.  Draws come in chunks and do not depend on their size.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from queuetwin.model.base.environment import DRAW_VERSION
from queuetwin.model.base.randomness import stream_generator
from queuetwin.model.distributions.distribution import Distribution
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.rules.breakdowns import Outages
from queuetwin.model.sampling.draws import Draws, all_of
from queuetwin.model.sampling.streams import Streams

CHUNK = 16_384
_OUTAGES_AT_ONCE = 64

# A stream's number is part of what a seed means: never renumber, only add.
_STREAMS = {
    name: number
    for number, name in enumerate(
        (
            "gap",
            "service",
            "failure",
            "batch",
            "phase",
            "cost",
            "jitter",
            "class",
            "patience",
            "patience phase",
            "think",
            "route",
            "up",
            "up phase",
            "repair",
            "repair phase",
            "lateness",
            "hand-off",
            "turn-round",
            "overshoot",
            "stall",
            "stall length",
        )
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A recipe for draws: scenario, seed, replication and the version of the drawing."""

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
        numbers = f"{self.version}, {self.seed}, {self.replication}"
        recipe = f"[{numbers}, {self.scenario.canonical_text}]"
        return hashlib.sha256(recipe.encode()).hexdigest()[:16]

    def chunks(self, size: int = CHUNK) -> Iterator[Draws]:
        """The draws in order, `size` items at a time; the last chunk may be shorter.

        A scenario that ends by `duration` yields the items that arrive before it by schedule;
        with gap pacing or users at least as many as can be made by then.
        """
        streams = Streams(self.scenario, self.generator)
        total, first = self.scenario.items, 0
        inside = _Horizon(self.scenario)
        while total is None or first < total:
            count = size if total is None else min(size, total - first)
            draws = streams.take(first, count)
            kept = inside.count(draws)
            if kept < count:
                yield draws.head(kept)
                return
            yield draws
            first += count

    def all(self) -> Draws:
        """All draws as one record.

        Raises ScenarioError when no item arrives before the duration ends.
        """
        draws = all_of(list(self.chunks()))
        if self._ends_before_the_first(draws):
            message = "ends before the first item arrives: write a longer one"
            raise self.scenario.source.error("duration", "", message)
        return draws

    def outages(self) -> list[Outages]:
        """When each worker is down, by worker; none of it where workers do not fail."""
        workers = self.scenario.stage.workers
        if (breakdown := workers.breakdown) is None:
            return []

        def draw(worker: int) -> Callable[[], tuple[float, float]]:
            of = partial(self.generator, self.scenario.stage.name, attempt=worker)
            ups = _times(breakdown.every, of("up"), of("up phase"))
            repairs = _times(breakdown.repair, of("repair"), of("repair phase"))
            return lambda: (next(ups), next(repairs))

        rule, source = breakdown.item, self.scenario.source
        return [Outages(draw(worker), rule, source) for worker in range(workers.most)]

    def generator(self, stage: str, stream: str, attempt: int) -> np.random.Generator:
        """The generator of a stream; for outages the worker stands in the attempt's place."""
        key = (self.replication, zlib.crc32(stage.encode()), _STREAMS[stream], attempt)
        return stream_generator(self.seed, key)

    def _ends_before_the_first(self, draws: Draws) -> bool:
        duration, arrivals = self.scenario.duration, self.scenario.arrivals
        if duration is None or arrivals.pacing == "schedule":
            return not len(draws)
        return bool(draws.gap[: arrivals.producers].min() >= duration)


def _times(
    distribution: Distribution, generator: np.random.Generator, phase: np.random.Generator
) -> Iterator[float]:
    """Variates in seconds, one by one, for as long as they are asked for."""
    draw = distribution.sampler(generator, phase)
    while True:
        yield from (draw(_OUTAGES_AT_ONCE)[0] * distribution.mean_time).tolist()


class _Horizon:
    """How many of the next items may be planned before the duration ends."""

    def __init__(self, scenario: Scenario) -> None:
        self._duration = scenario.duration
        self._by_schedule = scenario.arrivals.pacing == "schedule"
        self._elapsed = np.zeros(1 if self._by_schedule else scenario.arrivals.producers)

    def count(self, draws: Draws) -> int:
        if self._duration is None:
            return len(draws)
        if not self._by_schedule:
            # A producer is no faster than its own gaps; when all have used up theirs, it ends.
            if self._elapsed.min() >= self._duration:
                return 0
            owner = np.arange(draws.first, draws.first + len(draws)) % len(self._elapsed)
            np.add.at(self._elapsed, owner, draws.gap)
            return len(draws)
        if not len(draws):
            return 0
        instants = np.cumsum(np.append(self._elapsed, draws.gap))[1:]
        self._elapsed[0] = instants[-1]
        return int(np.searchsorted(instants, self._duration))
