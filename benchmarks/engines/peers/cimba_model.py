# mypy: disable-error-code="misc, untyped-decorator"
"""The pool in cimba: Python processes, compiled onto a C engine.

It keeps sums only: no quantiles, no intervals.  Annotations are not postponed, since cimba reads
them.
"""

from functools import cache
from typing import Any

import cimba as cb
from cimba import inputs

from textbook_systems import Answer, System

__all__ = ["run"]

_NO_LIMIT = 10**9


@cache
def _model(system: System) -> Any:
    """A class of its own for each system, since the number of workers is compiled in."""

    class Pool(cb.Model):
        gap: cb.Input[float] = inputs.dist.exponential(mean=1 / (system.load * system.workers))
        service: cb.Input[float] = inputs.dist.exponential(mean=1.0)
        line: cb.Store[float]
        places: cb.Param[int]
        customers: cb.Param[int]
        waiting: cb.Output[int]
        served: cb.Output[int]
        stayed: cb.Output[float]
        ended: cb.Output[float]

        @cb.on_start
        def begin(self) -> None:
            self.waiting = 0
            self.served = 0
            self.stayed = 0.0
            self.ended = 0.0

        @cb.process
        def arrivals(self) -> None:
            for _ in range(self.customers):
                cb.hold(self.gap.next())
                if self.waiting < self.places:
                    self.waiting += 1
                    self.line.put(cb.now())

        @cb.process(copies=system.workers)
        def worker(self) -> None:
            while True:
                came = self.line.get()
                self.waiting -= 1
                cb.hold(self.service.next())
                self.served += 1
                self.ended = cb.now()
                self.stayed += self.ended - came

    model = Pool()
    model.places = _NO_LIMIT if system.places is None else system.places
    return model


def run(system: System, customers: int, seed: int) -> Answer:
    """One trial, on one thread, until nothing is left to do."""
    model = _model(system)
    model.customers = customers
    trial = cb.Experiment(model, window=cb.Window.until_idle(), seed=seed)
    outputs = trial.run(workers=1)[model]
    served = float(outputs.served[0, 0])
    return Answer(
        response_time=float(outputs.stayed[0, 0]) / served,
        throughput=served / float(outputs.ended[0, 0]),
    )
