"""The pool in LINE's discrete-event engine, a native program that reads a model file.

Its customers are services done, so a refused one costs it nothing of the count; its table of
means is what it gives, with intervals and without quantiles.
"""

from __future__ import annotations

import line_solver as line

from textbook_systems import Answer, System

__all__ = ["run"]


def run(system: System, customers: int, seed: int) -> Answer:
    """The native program is started for each run, and that counts."""
    line.GlobalConstants.set_verbose(line.VerboseLevel.SILENT)
    model = line.Network("pool")
    source = line.Source(model, "source")
    queue = line.Queue(model, "queue", line.SchedStrategy.FCFS)
    sink = line.Sink(model, "sink")
    job = line.OpenClass(model, "job")
    source.set_arrival(job, line.Exp(system.load * system.workers))
    queue.set_service(job, line.Exp(1.0))
    queue.set_number_of_servers(system.workers)
    if system.places is not None:
        queue.set_capacity(system.places + system.workers)
        queue.set_drop_rule(job, line.DropStrategy.DROP)
    model.link(line.Network.serial_routing(source, queue, sink))
    solver = line.LDES(model, seed=seed + 1, samples=customers, verbose="silent")
    return Answer(
        response_time=float(solver.getAvgRespT()[1, 0]),
        throughput=float(solver.getAvgTput()[1, 0]),
    )
