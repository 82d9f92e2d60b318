"""The pool as SimPy's own examples write it: a process a customer, and a Resource."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import simpy

from textbook_systems import Answer, System

__all__ = ["run"]


def run(system: System, customers: int, seed: int) -> Answer:
    """Waiting times are kept in a list, and nothing else."""
    env, chance = simpy.Environment(), random.Random(seed)
    servers, stays = simpy.Resource(env, system.workers), list[float]()

    def customer() -> Generator[Any, Any, None]:
        came = env.now
        with servers.request() as turn:
            yield turn
            yield env.timeout(chance.expovariate(1.0))
        stays.append(env.now - came)

    def source() -> Generator[Any, Any, None]:
        for _ in range(customers):
            yield env.timeout(chance.expovariate(system.load * system.workers))
            if system.places is None or len(servers.queue) < system.places:
                env.process(customer())

    env.process(source())
    env.run()
    return Answer(response_time=sum(stays) / len(stays), throughput=len(stays) / env.now)
