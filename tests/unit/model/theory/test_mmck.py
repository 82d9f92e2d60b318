"""M/M/c and M/M/c/K against an exact birth-death chain, published figures and each other."""

import math
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markov import LOAD_PER_SERVER, PLACES, SERVERS, SETTINGS, chain, near, pool
from queuetwin.model.theory import MMc, MMcK, erlang_b, erlang_c


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
