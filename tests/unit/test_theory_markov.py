"""M/M/c and M/M/c/K against an exact birth-death chain, published figures and each other.

Law: the oracle chain works in fractions from the balance equations alone; laws of time are checked
against sums of Erlang laws, against their own mean by quadrature, and against their quantiles.
"""

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special  # type: ignore[import-untyped]

from queuetwin.model.theory import MMc, MMcK, erlang_b, erlang_c

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


def mean_of_tail(above: Any, longest: float) -> float:
    """The integral of a tail, by Simpson's rule on 4000 pieces."""
    times = np.linspace(0.0, longest, 4001)
    values = np.array([above(float(time)) for time in times])
    weights = np.where(np.arange(4001) % 2, 4.0, 2.0)
    weights[[0, -1]] = 1.0
    return float(np.sum(values * weights) * longest / 4000 / 3)


@SETTINGS
@given(SERVERS, PLACES, LOAD_PER_SERVER)
def test_limited_pool_is_the_birth_death_chain(servers: int, places: int, share: float) -> None:
    load = servers * share
    probabilities = chain(load, servers, servers + places)
    found = pool(load, servers, servers + places)
    depth = sum(max(0, n - servers) * p for n, p in enumerate(probabilities))
    busy = sum(min(n, servers) * p for n, p in enumerate(probabilities))
    assert found.loss_probability == near(float(probabilities[-1]), 1e-11)
    assert found.mean_queue_depth == near(float(depth), 1e-11)
    assert found.mean_busy == near(float(busy), 1e-11)
    assert found.mean_in_system == near(float(busy + depth), 1e-11)
    assert found.utilisation == near(float(busy / servers), 1e-11)
    assert found.throughput == near(float(busy), 1e-11)
    assert found.mean_waiting_time == near(float(depth / busy), 1e-11)
    assert found.mean_response_time == near(float(depth / busy) + 1.0, 1e-11)
    assert found.offered_utilisation == load / servers


def tails_by_erlang_laws(load: float, servers: int, capacity: int, t: float) -> tuple[float, float]:
    """P(W_q > t) and P(W > t) of accepted items, summed over what they find: O(K), no windows."""
    probabilities = chain(load, servers, capacity)
    found = np.array([float(p / (1 - probabilities[-1])) for p in probabilities[:-1]])
    waits = np.arange(1, capacity - servers + 1)
    waiting = special.gammaincc(waits, servers * t)
    # A wait of so many completions and one's own service, convolved by hand.
    if servers == 1:
        response = special.gammaincc(waits + 1, t)
    else:
        scale = np.exp(-t + waits * math.log(servers / (servers - 1)))
        response = waiting + scale * special.gammainc(waits, (servers - 1) * t)
    delayed = found[servers:]
    at_once = float(np.sum(found[:servers])) * math.exp(-t)
    return float(delayed @ waiting), at_once + float(delayed @ response)


@SETTINGS
@given(SERVERS, PLACES, LOAD_PER_SERVER, st.floats(0.0, 8.0))
def test_limited_laws_of_time_are_sums_of_erlang_laws(
    servers: int, places: int, share: float, t: float
) -> None:
    waiting, response = tails_by_erlang_laws(servers * share, servers, servers + places, t)
    found = pool(servers * share, servers, servers + places)
    assert found.waiting_time_above(t) == near(waiting, 1e-9)
    assert found.response_time_above(t) == near(response, 1e-9)


@pytest.mark.parametrize("servers", [1, 2, 5])
@pytest.mark.parametrize("share", [0.875, 1.0, 1.125])
@pytest.mark.parametrize("t", [60.0, 150.0, 250.0])
def test_limited_laws_of_time_far_out(servers: int, share: float, t: float) -> None:
    waiting, response = tails_by_erlang_laws(servers * share, servers, 400, t)
    found = pool(servers * share, servers, 400)
    assert found.waiting_time_above(t) == near(waiting, 1e-10)
    assert found.response_time_above(t) == near(response, 1e-10)


def test_a_long_queue_keeps_every_digit_of_the_load() -> None:
    """Rounding a/c before taking its power would cost five digits here."""
    load, servers, places = 2.9999913, 3, 10**6
    with localcontext(prec=60):
        offered = Decimal(load)
        ratio = offered / servers
        below = 3 / offered + 6 / offered**2 + 6 / offered**3
        loss = ratio**places / (below + (1 - ratio ** (places + 1)) / (1 - ratio))
    found = pool(load, servers, servers + places)
    assert found.loss_probability == near(float(loss), 1e-13)


# QSA queueing calculator, test fixtures systemMMn, systemMM2, systemMM1 and systemMMnK
# (output_features_correct_1.json and _2.json), and its unit test of M/M/1/K.
# Octave queueing, inst/qsmm1k.m and inst/qsmmmk.m. R simmer, vignette simmer-06-queueing.
# Bronson 1982, problems 23.3, 23.14 and 24.6. Gross and Harris, eye clinic and auto emission.
PUBLISHED: list[tuple[Any, dict[str, float], float]] = [
    (pool(1, 1, service=0.25), {"mean_in_system": 1 / 3, "mean_waiting_time": 1 / 12}, 1e-8),
    (pool(1, 2, service=0.25), {"mean_queue_depth": 0.003968253968253969}, 1e-12),
    (pool(30, 2, service=1 / 35), {"mean_in_system": 1.05, "mean_response_time": 0.035}, 1e-9),
    (pool(24, 1, service=1 / 30), {"mean_in_system": 4, "mean_response_time": 1 / 6}, 1e-9),
    (pool(30, 1, service=1 / 40), {"mean_queue_depth": 2.25, "mean_waiting_time": 0.075}, 1e-9),
    (pool(300, 3, service=1 / 182.5), {"mean_queue_depth": 0.352, "mean_in_system": 1.996}, 6e-4),
    (pool(6, 3, service=1 / 3), {"mean_queue_depth": 8 / 9, "mean_waiting_time": 4 / 27}, 1e-9),
    (
        pool(3, 3, 6, service=0.25),
        {
            "loss_probability": 0.0005170927894283253,
            "mean_busy": 0.7496121804079288,
            "throughput": 2.998448721631715,
            "mean_in_system": 0.7635736857224935,
            "mean_queue_depth": 0.01396150531456478,
            "mean_response_time": 0.2546562428144401,
            "mean_waiting_time": 0.004656242814440101,
        },
        1e-8,
    ),
    (pool(0.13, 1, 5, service=1 / 0.26), {"mean_response_time": 7.07196}, 1e-4),
    (pool(1, 1, 10), {"mean_in_system": 5.0}, 1e-7),
    (pool(40, 3, 7, service=1 / 30), {"mean_response_time": 0.036517}, 1e-6),
    (pool(50, 4, 6, service=0.1), {"loss_probability": 0.293543}, 1e-6),
    (pool(3, 2, 5, service=0.5), {"loss_probability": 0.085113, "mean_in_system": 2.00595}, 1e-5),
    (pool(3, 2, 3, service=0.25), {"mean_in_system": 0.7623400365630713}, 1e-9),
    (pool(1, 3, 7, service=6.0), {"mean_queue_depth": 3.09, "mean_in_system": 6.06}, 0.02),
]


@pytest.mark.parametrize(("found", "published", "tolerance"), PUBLISHED)
def test_means_as_published(found: Any, published: dict[str, float], tolerance: float) -> None:
    assert {name: getattr(found, name) for name in published} == pytest.approx(
        published, abs=tolerance
    )


def test_laws_of_time_as_published() -> None:
    # QSA queueing calculator, fixtures systemMMn output_features_correct_1 and _2.json.
    single, double = pool(1, 1, service=0.25), pool(1, 2, service=0.25)
    assert 1 - single.waiting_time_above(0.8) == pytest.approx(0.9773205116776469, abs=1e-12)
    assert 1 - single.response_time_above(0.8) == pytest.approx(0.9092820467105875, abs=1e-12)
    assert 1 - double.waiting_time_above(0.8) == pytest.approx(0.999897281563431, abs=1e-12)
    assert 1 - double.response_time_above(0.8) == pytest.approx(0.9578650426786011, abs=1e-12)
    assert double.waiting_time_quantile(0.95) == 0.0
    # The same, fixture systemMM1 output_features_correct_1.json.
    slow = pool(0.16, 1, service=4.0)
    assert slow.waiting_time_quantile(0.95) == near(28.32716856583968, 1e-12)
    assert slow.response_time_quantile(0.95) == near(33.2859141505999, 1e-12)
    # The same, fixture systemMM1K output_features_correct_1.json, and the unit test of M/M/n/K.
    limited = pool(0.2, 1, 3, service=1.25)
    assert 1 - limited.waiting_time_above(5.0) == pytest.approx(0.9921504404762567, abs=1e-12)
    assert 1 - limited.response_time_above(5.0) == pytest.approx(0.9572635092596202, abs=1e-12)
    limited = pool(0.39, 3, 5, service=1 / 0.78)
    assert 1 - limited.waiting_time_above(1.0) == pytest.approx(0.99810589, abs=1e-5)
    # pyworkforce, tests/test_erlang.py: service level of 14 agents within 0.33 minutes.
    calls = pool(10 / 3, 14, service=3.0)
    assert 1 - calls.waiting_time_above(0.33) == pytest.approx(0.888, abs=6e-4)


@SETTINGS
@given(st.floats(0.01, 0.999), st.floats(0.001, 1000.0), st.floats(0.0, 30.0), SHARE)
def test_one_server(load: float, service: float, multiple: float, p: float) -> None:
    found, rate, t = pool(load / service, 1, service=service), load / service, multiple * service
    spare = 1 / service - rate
    assert found.mean_response_time == near(1 / spare, 1e-9)
    assert found.response_time_above(t) == near(math.exp(-spare * t), 1e-9)
    assert found.waiting_time_above(t) == near(load * math.exp(-spare * t), 1e-9)
    assert found.response_time_quantile(p) == near(-math.log1p(-p) / spare, 1e-9)


def test_response_where_the_spare_rate_is_the_service_rate() -> None:
    """c mu - lambda = mu has P(W > t) = exp(-mu t)(1 + C mu t), and its neighbours agree."""
    for t in (0.0, 0.1, 1.0, 5.0, 200.0):
        expected = math.exp(-t) * (1 + t / 3)
        assert pool(1.0, 2).response_time_above(t) == near(expected, 1e-12)
        for rate in (1.0 - 1e-9, 1.0 + 1e-9):
            assert pool(rate, 2).response_time_above(t) == near(expected, 1e-6)


@pytest.mark.parametrize(
    "found",
    [pool(1.0, 2), pool(0.9, 1), pool(8.5, 10), pool(30, 10, 12), pool(10, 10, 40), pool(5, 1, 3)],
)
def test_means_are_the_integrals_of_the_tails(found: Any) -> None:
    longest = 40 * found.mean_response_time
    waits = mean_of_tail(found.waiting_time_above, longest)
    assert waits == near(found.mean_waiting_time, 1e-4)
    responses = mean_of_tail(found.response_time_above, longest)
    assert responses == near(found.mean_response_time, 1e-4)


@SETTINGS
@given(SERVERS, st.none() | PLACES, LOAD_PER_SERVER, SHARE, st.floats(1e-6, 1e6))
def test_quantiles_invert_the_tails(
    servers: int, places: int | None, share: float, p: float, service: float
) -> None:
    if places is None:
        share = min(share, 0.99)
    capacity = None if places is None else servers + places
    found = pool(servers * share / service, servers, capacity, service)
    response = found.response_time_quantile(p)
    assert found.response_time_above(response) == near(1 - p, 1e-8)
    wait = found.waiting_time_quantile(p)
    if wait > 0:
        assert found.waiting_time_above(wait) == near(1 - p, 1e-8)
    else:
        assert found.waiting_time_above(0.0) <= 1 - p
    assert wait <= response


@SETTINGS
@given(SERVERS, st.floats(0.05, 0.95), st.floats(0.0, 300.0))
def test_a_growing_capacity_leads_to_no_limit(servers: int, share: float, t: float) -> None:
    free, limited = pool(servers * share, servers), pool(servers * share, servers, servers + 3000)
    for name in ("mean_waiting_time", "mean_response_time", "mean_queue_depth", "mean_in_system"):
        assert getattr(limited, name) == near(getattr(free, name), 1e-11)
    assert limited.waiting_time_above(t) == near(free.waiting_time_above(t), 1e-9)
    assert limited.response_time_above(t) == near(free.response_time_above(t), 1e-9)


@SETTINGS
@given(SERVERS, st.floats(0.01, 50.0), st.floats(0.0, 10.0))
def test_no_waiting_places_is_erlangs_loss_system(servers: int, share: float, t: float) -> None:
    found = pool(servers * share, servers, servers)
    assert found.loss_probability == near(erlang_b(servers, servers * share), 1e-12)
    assert found.mean_waiting_time == found.waiting_time_above(t) == found.mean_queue_depth == 0
    assert found.response_time_above(t) == near(math.exp(-t), 1e-12)


@SETTINGS
@given(SERVERS, PLACES, LOAD_PER_SERVER, st.floats(0, 20), st.floats(0, 20))
def test_tails_fall_and_a_response_outlasts_its_wait(
    servers: int, places: int, share: float, early: float, late: float
) -> None:
    found = pool(servers * share, servers, servers + places)
    early, late = sorted((early, late))
    for above in (found.waiting_time_above, found.response_time_above):
        assert 0 <= above(late) <= above(early) * (1 + 1e-12) <= 1 + 1e-12
    assert found.waiting_time_above(early) <= found.response_time_above(early) * (1 + 1e-12)


def test_breakpoints_of_the_textbook_forms() -> None:
    assert pool(1.0, 1, 100).mean_in_system == near(50.0, 1e-14)
    assert pool(1 + 1e-9, 1, 100).mean_in_system == pytest.approx(50.00000085, abs=1e-9)
    assert pool(1 + 1e-12, 1, 100).mean_in_system == pytest.approx(50.0, abs=1e-8)
    assert pool(1 - 1e-8, 1, 100).mean_in_system == pytest.approx(49.9999915, abs=1e-8)
    steep = pool(1.5, 1, 2000)
    assert steep.loss_probability == near(1 / 3, 1e-14)
    assert steep.mean_in_system == near(1998.0, 1e-14)
    exact = chain(161.5, 170, 400)
    assert pool(161.5, 170, 400).loss_probability == near(float(exact[-1]), 1e-11)


def test_a_million_servers_and_a_million_places() -> None:
    servers = 10**6
    load = servers - math.sqrt(servers)
    free = pool(load, servers)
    assert free.delay_probability == near(0.2233033902913441, 1e-12)
    limited = pool(load, servers, 2 * servers)
    assert limited.mean_in_system == near(free.mean_in_system, 1e-12)
    for t in (1e-4, 1e-3, 1.0, 5.0):
        assert limited.waiting_time_above(t) == near(free.waiting_time_above(t), 1e-9)
        expected = free.response_time_above(t)
        assert limited.response_time_above(t) == near(expected, 1e-9)
    assert pool(1.0, 1, servers).mean_in_system == near(servers / 2, 1e-12)
    # One server, K states equally likely: the accepted wait is uniform over Erlang stages.
    assert pool(1.0, 1, servers).waiting_time_quantile(0.5) == near(servers / 2, 1e-5)
    crowded = pool(1.5 * servers, servers, 2 * servers)
    assert crowded.loss_probability == near(1 / 3, 1e-12)
    assert crowded.mean_waiting_time == near(1.0, 1e-5)


def test_loads_at_the_edge_of_the_doubles() -> None:
    idle, flooded = pool(1e-300, 4, 20), pool(1e300, 4, 20)
    assert idle.loss_probability == idle.mean_queue_depth == 0.0
    assert idle.throughput == near(1e-300, 1e-12)
    assert pool(1e-300, 4).mean_response_time == idle.mean_response_time == 1.0
    assert flooded.throughput == near(4.0, 1e-12)
    assert flooded.mean_in_system == near(20.0, 1e-12)
    # Who is accepted finds 19 there: 16 completions of four servers before the own service.
    assert flooded.mean_waiting_time == near(4.0, 1e-12)
    assert pool(5e5, 10**6).delay_probability == 0.0
    assert pool(5e5, 10**6).waiting_time_quantile(0.999) == 0.0


@pytest.mark.parametrize("found", [pool(1.8, 2), pool(0.036, 2, 9, 100.0), pool(2, 2, 2)])
def test_times_at_and_beyond_the_ends(found: Any) -> None:
    assert found.waiting_time_above(-1.0) == found.response_time_above(-1.0) == 1.0
    for t in (0.0, 5e-324):
        assert found.response_time_above(t) == near(1.0, 1e-15)
        assert found.waiting_time_above(t) == found.waiting_time_above(0.0) < 1.0
    for t in (1e12, 1e300, math.inf):
        assert found.waiting_time_above(t) == found.response_time_above(t) == 0.0
    assert found.response_time_quantile(0.0) == found.waiting_time_quantile(0.0) == 0.0
    for method in (found.waiting_time_above, found.response_time_above):
        with pytest.raises(ValueError, match="nan"):
            method(math.nan)
    for method in (found.waiting_time_quantile, found.response_time_quantile):
        for p in (-0.1, 1.0, 1.5, math.nan):
            with pytest.raises(ValueError, match=f"0 <= p < 1, not {p}"):
                method(p)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"arrival_rate": 0.0}, "arrival_rate must be .* not 0.0"),
        ({"arrival_rate": -1.0}, "arrival_rate must be .* not -1.0"),
        ({"arrival_rate": math.nan}, "arrival_rate must be .* not nan"),
        ({"service_time": math.inf}, "service_time must be .* not inf"),
        ({"service_time": 0.0}, "service_time must be .* not 0.0"),
        ({"arrival_rate": 1e-200, "service_time": 1e-200}, "offered load .* not 0.0"),
        ({"servers": 0}, "servers must be .* not 0"),
        ({"servers": 1.5}, "servers must be .* not 1.5"),
        ({"system_capacity": 1}, r"system_capacity must be .* servers \(2\).* not 1"),
        ({"system_capacity": 4.5}, "system_capacity must be .* not 4.5"),
        ({"system_capacity": math.nan}, "system_capacity must be .* not nan"),
    ],
)
def test_bad_parameters_are_refused_with_their_value(wrong: dict[str, Any], complaint: str) -> None:
    right = {"arrival_rate": 1.0, "service_time": 1.0, "servers": 2}
    with pytest.raises(ValueError, match=complaint):
        MMcK(**({**right, "system_capacity": 4} | wrong))
    if "system_capacity" not in wrong:
        with pytest.raises(ValueError, match=complaint):
            MMc(**(right | wrong))


def test_no_limit_needs_spare_capacity_and_a_limit_does_not() -> None:
    for rate in (2.0, 2.5):
        with pytest.raises(ValueError, match=f"unstable: offered load {rate}"):
            pool(rate, 2)
        assert 0 < pool(rate, 2, 10**6).utilisation <= 1


def test_pools_are_frozen_values() -> None:
    found = pool(1.0, 2)
    assert found == pool(1.0, 2) != pool(1.0, 3)
    assert not hasattr(found, "__dict__")
    with pytest.raises(AttributeError):
        found.servers = 3
    assert found.utilisation == 0.5
    assert found.delay_probability == erlang_c(2, 1.0)
