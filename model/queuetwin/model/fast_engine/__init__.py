"""The compiled engine: the same Run as the reference model's, bit for bit, much sooner.

`recursion` serves pools in which nothing overtakes; the `calendar` of events knows the whole
language, in steps by `door`, `service` and `attendance`, on `tables` of plain numbers.
"""

from queuetwin.model.fast_engine.engine import simulate_fast

__all__ = ["simulate_fast"]
