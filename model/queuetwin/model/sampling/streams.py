"""What chance decides for the next items: each stream advanced item by item.

Item *i* takes the *i*-th draw of every stream, whatever its class, however many are asked for at
once, and whether the scenario has a use for it or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.language.scenario import ItemClass, Scenario
from queuetwin.model.sampling.draws import Draws


class Streams:
    """The streams of one workload; `generator_of(stage, stream, attempt)` makes each."""

    def __init__(
        self, scenario: Scenario, generator_of: Callable[[str, str, int], np.random.Generator]
    ) -> None:
        stage = scenario.stage
        self._scenario = scenario
        self._classes: Sequence[ItemClass | None] = scenario.classes or (None,)
        self._attempts = range(1, stage.failures.attempts + 1)
        of = partial(generator_of, stage.name)
        self._gaps = scenario.arrivals.interarrivals(lambda stream: generator_of("", stream, 0))
        self._class = generator_of("", "class", 0)
        # Every class reads the same stream, so an item's variates do not depend on its class.
        self._services = [
            [
                (service.mean_time, service.sampler(of("service", n), of("phase", n)))
                for n in self._attempts
            ]
            for service in (
                (item_class and item_class.service) or stage.service for item_class in self._classes
            )
        ]
        self._failure = [of("failure", n) for n in self._attempts]
        self._cost = [of("cost", n) for n in self._attempts]
        self._jitter = [of("jitter", n) for n in self._attempts]
        self._route = [of("route", n) for n in self._attempts]
        patience = stage.queue.patience
        self._patience = None if patience is None else [
            (patience.mean_time, patience.sampler(of("patience", n), of("patience phase", n)))
            for n in self._attempts
        ]  # fmt: skip

    def take(self, first: int, count: int) -> Draws:
        """The draws of the next items, `first` being the number of the first of them."""
        gap = self._gaps(count)
        count = len(gap)
        kind = self._kinds(count)
        shape = (len(self._attempts), count)
        demand, payload = self._demands(first, kind)
        priorities = [item_class.priority if item_class else 0 for item_class in self._classes]
        nothing = np.broadcast_to(0.0, shape)
        workers = self._scenario.stage.workers
        return Draws(
            first=first,
            gap=gap,
            payload=payload,
            item_class=kind,
            priority=self._by_class(priorities, kind),
            demand=demand,
            fails=self._fails(kind),
            cost=self._costs(shape),
            backoff=self._backoffs(shape),
            patience=None if self._patience is None else np.stack(
                [draw(count)[0] * mean for mean, draw in self._patience]
            ),
            route=np.stack([generator.random(count) for generator in self._route])
            if workers.routes_at_random else None,
            lateness=nothing[0],
            hand_off=nothing,
            turn_round=nothing,
            overshoot=nothing,
        )  # fmt: skip

    def _kinds(self, count: int) -> NDArray[np.int16]:
        if len(self._classes) == 1:
            return np.zeros(count, dtype=np.int16)
        shares = [item_class.share for item_class in self._classes if item_class is not None]
        edges = np.cumsum(shares)[:-1]
        return np.searchsorted(edges, self._class.random(count), side="right").astype(np.int16)

    def _by_class(self, values: Sequence[int], kind: NDArray[np.int16]) -> NDArray[np.int16]:
        if len(values) == 1:
            return np.full(len(kind), values[0], dtype=np.int16)
        return np.array(values, dtype=np.int16)[kind]

    def _demands(self, first: int, kind: NDArray[np.int16]) -> tuple[Floats, NDArray[np.int64]]:
        """Seconds of each attempt, and the payload that the item's class draws."""
        count = len(kind)
        demand = np.empty((len(self._attempts), count))
        payload = np.arange(first, first + count)
        for number, services in enumerate(self._services):
            mine = True if len(self._services) == 1 else kind == number
            for row, (mean, draw) in enumerate(services):
                variates, rows = draw(count)
                np.multiply(variates, mean, out=demand[row], where=mine)
                if row == 0 and rows is not None:
                    np.copyto(payload, rows, where=mine)
        return demand, payload

    def _fails(self, kind: NDArray[np.int16]) -> NDArray[np.bool_]:
        common = self._scenario.stage.failures.probability
        each = [
            item_class.failure_probability
            if item_class and item_class.failure_probability is not None
            else common
            for item_class in self._classes
        ]
        if not any(each):
            return np.broadcast_to(np.False_, (len(self._failure), len(kind)))
        probability = np.array(each)[kind]
        return np.stack([generator.random(len(kind)) < probability for generator in self._failure])

    def _costs(self, shape: tuple[int, int]) -> Floats:
        cost = self._scenario.stage.failures.cost
        if cost == "uniform":
            return np.stack([generator.random(shape[1]) for generator in self._cost])
        return np.broadcast_to(1.0 if cost == "full" else 0.0, shape)

    def _backoffs(self, shape: tuple[int, int]) -> Floats:
        failures = self._scenario.stage.failures
        doubled = np.arange(shape[0]) if failures.growth == "exponential" else np.zeros(shape[0])
        pauses = np.broadcast_to((failures.backoff * 2.0**doubled)[:, None], shape)
        if not failures.jitter:
            return pauses
        return pauses * (
            0.5 + 0.5 * np.stack([generator.random(shape[1]) for generator in self._jitter])
        )
