"""False alarms of the statistical run checks: one in ten thousand, as they say.

Counts over twenty thousand workloads (two expected) for each check; a count above nine has a
probability below 1e-4 where the rate holds.  Fixed seeds.
"""

import numpy as np
import pytest

from queuetwin.model.distributions.light_tails import Erlang, Exponential
from queuetwin.model.validity import sampling_checks as checks
from queuetwin.model.validity.checks import Trust

TIMES, MOST = 20_000, 9


@pytest.mark.parametrize(
    ("law", "count"),
    [
        (Exponential(distribution="exponential", mean="1s"), 500),
        (Erlang(distribution="erlang", mean="1s", shape=4), 120),
    ],
    ids=["exponential", "erlang"],
)
def test_a_mean_gives_few_false_alarms(law: Exponential | Erlang, count: int) -> None:
    """At about the fewest items that are judged at all, where the normal law holds least."""
    spread = checks._shape_of(law).spread
    generator = np.random.default_rng(1)
    shape = law.shape if isinstance(law, Erlang) else 1
    alarms = 0
    for _ in range(TIMES):
        trust = checks._mean_trust(generator.gamma(shape, 1 / shape, count), spread)
        assert trust is not None
        alarms += trust is Trust.DEGRADED
    assert alarms <= MOST


def test_a_steady_machine_gives_few_false_alarms() -> None:
    """Overshoots with rare long ones: the halves of 64 batch means of eight."""
    generator = np.random.default_rng(2)
    alarms = 0
    for _ in range(TIMES):
        over = generator.pareto(2.5, (2 * checks._BATCHES, 8))
        alarms += checks._is_certain(*np.split(over.mean(axis=1), 2))
    assert alarms <= MOST
