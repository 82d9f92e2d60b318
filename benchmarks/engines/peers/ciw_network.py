"""The pool as a network of one node in Ciw, which keeps a record of every visit."""

from __future__ import annotations

import math

import ciw

from textbook_systems import Answer, System

__all__ = ["run"]


def run(system: System, customers: int, seed: int) -> Answer:
    """The run ends with its last arrival."""
    places = math.inf if system.places is None else system.places
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(system.load * system.workers)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[system.workers],
        queue_capacities=[places],
    )
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers, method="Arrive")
    served = [visit for visit in simulation.get_all_records() if visit.record_type == "service"]
    return Answer(
        response_time=sum(visit.exit_date - visit.arrival_date for visit in served) / len(served),
        throughput=len(served) / max(visit.exit_date for visit in served),
    )
