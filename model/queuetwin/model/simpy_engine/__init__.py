"""The reference model of the pool, on SimPy's clock and event list.

Read it to learn the system: `pool` (an item's way from plan to last word), `lane` (a queue with
its door), `crew` (who serves, who is away), on a `calendar` of absolute instants, into a `log`.
"""

from queuetwin.model.simpy_engine.engine import Stopped, simulate_with_simpy

__all__ = ["Stopped", "simulate_with_simpy"]
