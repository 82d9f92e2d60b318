"""Erlang's formulas against exact fractions, each other, published tables and the breakpoints.

Law: no oracle here shares code with the product; exact sums are taken in fractions, or in extended
precision where a million servers make fractions too slow.
"""

import math
import time
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queuetwin.model.theory import erlang_b, erlang_c, log_erlang_b
from queuetwin.model.theory.erlang import log_poisson

SETTINGS = settings(derandomize=True, deadline=None, max_examples=80)
SERVERS = st.integers(1, 400)
LOAD_PER_SERVER = st.floats(1e-3, 50.0)


def near(expected: float, rel: float) -> Any:
    """Relative closeness alone: pytest.approx would add an absolute 1e-12, which hides tails."""
    return pytest.approx(expected, rel=rel, abs=1e-300)


def whole_weights(servers: int, load: float) -> tuple[int, int, tuple[int, int]]:
    """a^c/c! and the sum of all a^n/n!, both times c! q^c, for the load a = p/q; and p and q."""
    p, q = load.as_integer_ratio()
    weight = total = 1
    for busy in range(1, servers + 1):
        weight *= p
        total = total * busy * q + weight
    return weight, total, (p, q)


def exact_loss(servers: int, load: float) -> Fraction:
    """B as its definition says, a^c/c! over the sum of all a^n/n!, without rounding."""
    weight, total, _ = whole_weights(servers, load)
    return Fraction(weight, total)


def log_loss_extended(servers: int, load: float) -> float:
    """ln B from the sum of products (c/a)((c-1)/a)... in extended precision."""
    busy = np.arange(servers, max(0, servers - 60 * math.isqrt(servers)), -1, dtype=np.longdouble)
    logs = np.concatenate([[0.0], np.cumsum(np.log(busy) - np.log(np.longdouble(load)))])
    return -float(logs.max() + np.log(np.sum(np.exp(logs - logs.max()))))


@pytest.mark.parametrize(
    ("servers", "load", "published", "tolerance"),
    [
        # Table of blocking probabilities at codingace.net/maths/blocking_probability.html.
        (10, 12.0, 0.301925, 2e-6),
        (18, 20.0, 0.22126, 2e-6),
        # QSA queueing calculator, fixture systemMMnn output_features_correct_1.json.
        (3, 0.75, 0.033457249070631974, 1e-8),
        # QSA queueing calculator, unit test of M/M/n/n.
        (3, 0.5, 0.012658, 1e-4),
    ],
)
def test_loss_as_published(servers: int, load: float, published: float, tolerance: float) -> None:
    assert erlang_b(servers, load) == pytest.approx(published, abs=tolerance)


@pytest.mark.parametrize(
    ("servers", "load", "published", "tolerance"),
    [
        # pyworkforce, tests/test_erlang.py: 14 agents at 10 erlangs.
        (14, 10.0, 0.174, 6e-4),
        # QSA queueing calculator, fixtures systemMMn output_features_correct_1 and _2.json.
        (1, 0.25, 0.25, 1e-12),
        (2, 0.25, 0.027777777777777783, 1e-12),
        # Textbook fractions C(2, 1) = 1/3 and C(3, 2) = 4/9.
        (2, 1.0, 1 / 3, 1e-12),
        (3, 2.0, 4 / 9, 1e-12),
    ],
)
def test_delay_as_published(servers: int, load: float, published: float, tolerance: float) -> None:
    assert erlang_c(servers, load) == pytest.approx(published, abs=tolerance)


@pytest.mark.slow
@SETTINGS
@given(SERVERS, LOAD_PER_SERVER)
def test_loss_is_its_definition(servers: int, per_server: float) -> None:
    load = servers * per_server
    exact = exact_loss(servers, load)
    if exact > Fraction(1, 10**300):
        assert erlang_b(servers, load) == near(float(exact), 2e-12)
        assert log_erlang_b(servers, load) == near(math.log(exact), 2e-12)


@pytest.mark.slow
@SETTINGS
@given(SERVERS, st.floats(0.01, 0.999))
def test_delay_is_the_tail_of_the_birth_death_chain(servers: int, per_server: float) -> None:
    load = servers * per_server
    weight, total, (p, q) = whole_weights(servers - 1, load)
    # The states with a queue weigh a/(c - a) times as much as the one before them.
    delayed, others = weight * p, total * (servers * q - p)
    assert erlang_c(servers, load) == pytest.approx(
        float(Fraction(delayed, others + delayed)), rel=2e-12, abs=1e-300
    )


@SETTINGS
@given(st.integers(2, 5000), st.floats(0.5, 3.0))
def test_loss_obeys_the_upward_recursion(servers: int, per_server: float) -> None:
    load = servers * per_server
    fewer = log_erlang_b(servers - 1, load)
    expected = math.log(load) + fewer - math.log(servers + load * math.exp(fewer))
    assert log_erlang_b(servers, load) == pytest.approx(expected, rel=1e-11, abs=1e-11)


@SETTINGS
@given(SERVERS, st.floats(0.01, 0.98))
def test_more_load_loses_and_delays_more(servers: int, per_server: float) -> None:
    load, more = servers * per_server, servers * (per_server + 0.01)
    assert log_erlang_b(servers, load) < log_erlang_b(servers, more)
    assert erlang_b(servers, load) <= erlang_c(servers, load) <= erlang_c(servers, more) <= 1


@pytest.mark.parametrize("servers", [31, 32, 33, 34, 170, 171])
@pytest.mark.parametrize("per_server", [0.2, 0.92, 1.0, 1 + 1e-12, 1.3])
def test_no_seam_where_the_evaluation_changes(servers: int, per_server: float) -> None:
    load = servers * per_server
    assert erlang_b(servers, load) == near(float(exact_loss(servers, load)), 1e-13)


@pytest.mark.parametrize("servers", [10**4, 10**5, 10**6])
@pytest.mark.parametrize("roots_below", [-30.0, -3.0, 0.0, 1.0, 4.4, 4.6, 8.0, 20.0])
def test_many_servers(servers: int, roots_below: float) -> None:
    load = servers - roots_below * math.sqrt(servers)
    error = log_erlang_b(servers, load) - log_loss_extended(servers, load)
    assert abs(error) < 1e-10


def test_a_million_servers_in_under_a_millisecond() -> None:
    servers = 10**6
    load = servers - math.sqrt(servers)
    assert erlang_c(servers, load) == near(0.2233033902913441, 1e-12)
    durations = []
    for _ in range(20):
        begun = time.thread_time()
        erlang_c(servers, load)
        durations.append(time.thread_time() - begun)
    assert min(durations) < 1e-3


def test_low_load_underflows_to_zero_and_keeps_its_logarithm() -> None:
    assert erlang_b(10**6, 5e5) == erlang_c(10**6, 5e5) == 0.0
    assert log_erlang_b(10**6, 5e5) / math.log(10) == pytest.approx(-83886, abs=1)
    assert erlang_b(3, 1e-200) == 0.0
    assert log_erlang_b(3, 1e-200) == near(3 * math.log(1e-200) - math.log(6), 1e-14)
    assert log_erlang_b(1, 5e-324) == near(math.log(5e-324), 1e-14)
    assert log_erlang_b(50, 1e-320) == near(50 * math.log(1e-320) - math.lgamma(51), 1e-14)


def test_extreme_overload_loses_all_but_a_rest() -> None:
    assert log_erlang_b(4, 1e20) == near(-4e-20, 1e-14)
    assert erlang_b(10**6, 1e300) == 1.0


@pytest.mark.parametrize("servers", [1, 40, 10**6])
def test_no_load_loses_nothing(servers: int) -> None:
    assert erlang_b(servers, 0.0) == erlang_c(servers, 0) == 0.0
    assert log_erlang_b(servers, 0.0) == -math.inf


@pytest.mark.parametrize("load", [3.0, 3.5, 1e9])
def test_delay_refuses_an_unstable_queue(load: float) -> None:
    with pytest.raises(ValueError, match=f"unstable: offered load {load} is not below 3 servers"):
        erlang_c(3, load)


@pytest.mark.parametrize("function", [erlang_b, log_erlang_b, erlang_c])
def test_bad_arguments_are_refused_with_their_value(function: object) -> None:
    assert callable(function)
    for servers in (0, -2, 2.5, True, math.nan):
        with pytest.raises(ValueError, match=f"servers must be a whole number >= 1, not {servers}"):
            function(servers, 0.5)
    for load in (-0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"offered load must be .* not {load}"):
            function(2, load)


@pytest.mark.parametrize("mean", [0.3, 31.5, 400.0])
def test_log_poisson_is_the_exact_probability(mean: float) -> None:
    counts = range(0, 700, 7)
    exact, weight = [], Fraction(1)
    for count in range(700):
        if count in counts:
            exact.append(math.log(weight.numerator) - math.log(weight.denominator) - mean)
        weight = weight * Fraction(mean) / (count + 1)
    found = log_poisson(np.array(counts, dtype=float), mean)
    np.testing.assert_allclose(found, exact, rtol=1e-13, atol=1e-12)
