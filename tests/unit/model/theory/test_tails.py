"""Laws of time of M/M/c and M/M/c/K: tails, their quantiles and their integrals.

They are checked against sums of Erlang laws, against their own mean by quadrature, and against
their quantiles.
"""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special  # type: ignore[import-untyped]

from markov import LOAD_PER_SERVER, PLACES, SERVERS, SETTINGS, SHARE, chain, near, pool


def mean_of_tail(above: Any, longest: float) -> float:
    """The integral of a tail, by Simpson's rule on 4000 pieces."""
    times = np.linspace(0.0, longest, 4001)
    values = np.array([above(float(time)) for time in times])
    weights = np.where(np.arange(4001) % 2, 4.0, 2.0)
    weights[[0, -1]] = 1.0
    return float(np.sum(values * weights) * longest / 4000 / 3)


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


@pytest.mark.slow
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
@given(SERVERS, PLACES, LOAD_PER_SERVER, st.floats(0, 20), st.floats(0, 20))
def test_tails_fall_and_a_response_outlasts_its_wait(
    servers: int, places: int, share: float, early: float, late: float
) -> None:
    found = pool(servers * share, servers, servers + places)
    early, late = sorted((early, late))
    for above in (found.waiting_time_above, found.response_time_above):
        assert 0 <= above(late) <= above(early) * (1 + 1e-12) <= 1 + 1e-12
    assert found.waiting_time_above(early) <= found.response_time_above(early) * (1 + 1e-12)


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
