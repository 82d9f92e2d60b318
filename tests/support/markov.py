"""Markovian pools for the tests of theory, and the exact birth-death chain as their oracle.

Law: the chain works in fractions, from the balance equations alone.
"""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from queuetwin.model.theory import MMc, MMcK

SETTINGS = settings(derandomize=True, deadline=None, max_examples=60)
SERVERS = st.integers(1, 30)
PLACES = st.integers(0, 60)
LOAD_PER_SERVER = st.one_of(
    st.floats(0.01, 20.0), st.sampled_from([1.0, 1 - 1e-12, 1 + 1e-9, 1 - 1e-6, 0.997, 1.003])
)
SHARE = st.floats(0.001, 0.99999)


def near(expected: float, rel: float) -> Any:
    """Relative closeness alone: pytest.approx would add an absolute 1e-12, which hides tails."""
    return pytest.approx(expected, rel=rel, abs=1e-300)


def pool(rate: float, servers: int, capacity: int | None = None, service: float = 1.0) -> Any:
    common: dict[str, Any] = {"arrival_rate": rate, "service_time": service, "servers": servers}
    return MMc(**common) if capacity is None else MMcK(**common, system_capacity=capacity)


def chain(load: float, servers: int, capacity: int) -> list[Fraction]:
    """Stationary probabilities of 0..K in the system from P_n min(n, c) = P_{n-1} a, exactly."""
    weights = [Fraction(1)]
    for number in range(1, capacity + 1):
        weights.append(weights[-1] * Fraction(load) / min(number, servers))
    total = sum(weights)
    return [weight / total for weight in weights]
