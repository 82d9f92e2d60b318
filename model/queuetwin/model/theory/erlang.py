"""Erlang's two formulas, for any number of servers and any load, in a fraction of a millisecond.

Law: no factorial and no power of the load is ever formed, so nothing overflows; 0 is returned only
where the true probability is below the smallest double, and there `log_erlang_b` still has it. Up
to 10**6 servers the relative error stays below 1e-9, and near 1e-13 for any load within a few
square roots of the servers; for more it may reach 1e-6 some 5 square roots below the servers.

Two evaluations share the work. With w the weight of all states below "all busy" in units of that
state, B = 1/(1+w). Above the servers w is a series of falling positive terms. Below them B is the
Poisson probability of exactly `servers` divided by the probability of at most that many.
"""

import math
from numbers import Integral

import numpy as np
from numpy.typing import NDArray
from scipy import special  # type: ignore[import-untyped]

# Up to here the series is exact, instant, and Stirling's remainder is not yet good enough.
_FEW_SERVERS = 32

# Up to here the 14 terms kept of artanh's series are exact to the last digit.
_SMALL_HALF = 0.25


def erlang_b(servers: int, offered_load: float) -> float:
    """Probability that an item is lost when it finds all servers busy and nothing can wait.

    B = (a^c / c!) / sum over n = 0..c of a^n / n!, with c `servers` and a `offered_load` (arrival
    rate times mean service time, in erlangs). Arrivals are Poisson; service times may follow any
    law. A load of 0 loses nothing.

    Raises ValueError when `servers` is not a whole number of at least 1, or `offered_load` is
    negative or not finite.

    Source: Erlang 1917; the series is from Jagerman 1974, Some properties of the Erlang loss
    function, Bell System Technical Journal 53.

    >>> erlang_b(1, 1.0)
    0.5
    >>> round(erlang_b(10, 12.0), 6)
    0.301925
    """
    _check(servers, offered_load)
    if _series_is_best(servers, offered_load):
        return 1.0 / (1.0 + weight_below(servers, offered_load))
    return math.exp(_log_by_poisson(servers, offered_load))


def log_erlang_b(servers: int, offered_load: float) -> float:
    """Natural logarithm of `erlang_b`, finite even where the probability itself underflows.

    ln B, with B, arguments, errors and source as in `erlang_b`; minus infinity for a load of 0.

    >>> round(log_erlang_b(2, 2.0), 12) == round(math.log(0.4), 12)
    True
    >>> erlang_b(10**6, 5e5), round(log_erlang_b(10**6, 5e5) / math.log(10))
    (0.0, -83886)
    """
    _check(servers, offered_load)
    if offered_load == 0:
        return -math.inf
    if _series_is_best(servers, offered_load):
        weight = weight_below(servers, offered_load)
        if math.isfinite(weight):
            return -math.log1p(weight)
        # The weight overflows only at loads so low that the normalising sum is exp(load).
        return servers * math.log(offered_load) - offered_load - math.lgamma(servers + 1)
    return _log_by_poisson(servers, offered_load)


def erlang_c(servers: int, offered_load: float) -> float:
    """Probability that an item must wait when the queue before the servers has no limit.

    C = B / (1 - (a/c)(1 - B)), with c `servers`, a `offered_load` in erlangs and B their loss
    probability; here as c B / ((c - a) + a B), which subtracts nothing but c - a. Arrivals are
    Poisson and service times exponential.

    Raises ValueError as `erlang_b` does, and when `offered_load` is at or above `servers`: the
    queue is unstable, it grows without end, and no steady state exists.

    Source: Erlang 1917; Kleinrock 1975, Queueing Systems, vol. 1, section 3.5.

    >>> round(erlang_c(2, 1.0), 12) == round(1 / 3, 12)
    True
    >>> erlang_c(3, 3.0)
    Traceback (most recent call last):
    ValueError: unstable: offered load 3.0 is not below 3 servers, so the queue grows without end
    """
    _check(servers, offered_load)
    require_stable(servers, offered_load)
    loss = erlang_b(servers, offered_load)
    return servers * loss / ((servers - offered_load) + offered_load * loss)


def require_stable(servers: int, offered_load: float) -> None:
    """Raise ValueError unless a queue without a limit settles: offered load below servers."""
    if offered_load >= servers:
        raise ValueError(
            f"unstable: offered load {offered_load} is not below {servers} servers, "
            "so the queue grows without end"
        )


def weight_below(servers: int, offered_load: float) -> float:
    """Weight of the states 0..c-1 of a loss system in units of the weight of state c: 1/B - 1.

    The sum over j = 1..c of (c/a)((c-1)/a)...((c-j+1)/a); infinite where it overflows. About 9
    sqrt(c) terms count when the load is at or above the servers, fewer the further above.
    """
    if offered_load == 0:
        return math.inf
    total, term = 0.0, 1.0
    for busy in range(servers, 0, -1):
        term *= busy / offered_load
        total += term
        # Where busy <= offered_load the terms fall ever faster: the rest is below rounding.
        if term < total * 1e-18 and busy <= offered_load:
            break
    return total


def log_poisson(counts: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    """Natural logarithm of the Poisson(mean) probability of each of `counts`, for `mean` > 0.

    n (ln(1+x) - x) - ln(2 pi n)/2 - r(n), with x = mean/n - 1 and r Stirling's remainder: the large
    parts of n ln(mean) - mean - ln n! never appear, so no digits are lost to them.
    """
    many = np.maximum(counts, _FEW_SERVERS)
    inverse_square = 1.0 / (many * many)
    remainder = (1 / 12 - inverse_square * (1 / 360 - inverse_square / 1260)) / many
    safe = many * _log1p_less_argument(mean, many) - 0.5 * np.log(2 * np.pi * many) - remainder
    plain = counts * math.log(mean) - mean - special.gammaln(counts + 1)
    return np.asarray(np.where(counts < _FEW_SERVERS, plain, safe), dtype=np.float64)


def _log1p_less_argument(mean: float, counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take x from ln(1+x) for x = mean/counts - 1, to full relative precision."""
    gap = mean - counts
    half = gap / (mean + counts)
    # ln(1+x) = 2 artanh(h) with h = x/(2+x); its first term and x merge into -x h exactly.
    square = np.minimum(half * half, _SMALL_HALF**2)
    tail = np.zeros_like(square)
    for odd in range(29, 1, -2):
        tail = tail * square + 1 / odd
    near = -gap / counts * half + 2 * half * square * tail
    far = math.log(mean) - np.log(counts) - gap / counts
    return np.asarray(np.where(np.abs(half) <= _SMALL_HALF, near, far), dtype=np.float64)


def _series_is_best(servers: int, offered_load: float) -> bool:
    return servers <= _FEW_SERVERS or offered_load > servers


def _log_by_poisson(servers: int, offered_load: float) -> float:
    if offered_load == 0:
        return -math.inf
    exactly = float(log_poisson(np.array([float(servers)]), offered_load)[0])
    return exactly - math.log(special.gammaincc(servers + 1, offered_load))


def _check(servers: int, offered_load: float) -> None:
    require_servers(servers)
    if not (math.isfinite(offered_load) and offered_load >= 0):
        raise ValueError(f"offered load must be a finite number >= 0, not {offered_load}")


def require_servers(servers: int) -> None:
    """Raise ValueError unless `servers` is a whole number of at least 1."""
    if isinstance(servers, bool) or not isinstance(servers, Integral) or servers < 1:
        raise ValueError(f"servers must be a whole number >= 1, not {servers!r}")
