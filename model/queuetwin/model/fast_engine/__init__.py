"""The compiled engine: the same Run as the reference model's, bit for bit, much sooner.

`recursion` serves pools in which nothing overtakes; what it cannot do is named in `engine`.
"""

from queuetwin.model.fast_engine.engine import simulate_fast, what_is_missing

__all__ = ["simulate_fast", "what_is_missing"]
