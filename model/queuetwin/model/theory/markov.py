"""Pools with Poisson arrivals and exponential service: M/M/c without a limit, M/M/c/K with one.

Law: each figure is made of positive parts and never is a difference of large ones, so it holds just
as well at a load of one, far above it, and for a million servers. A pool with a limit is a
birth-death chain: states below "all busy" come from Erlang's formula, those above are geometric,
weighed from the heavier end. Laws of time are sums over the Poisson number of completions.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from .erlang import erlang_b, erlang_c, log_poisson, require_servers, require_stable, weight_below

__all__ = ["MMc", "MMcK"]

Floats = NDArray[np.float64]

# Stands for ln 0 where minus infinity times a count of 0 would be nan; its exponential is 0.
_LOG_NOTHING = -1e5

# Up to here five Bernoulli terms are exact; above, the plain difference loses one digit at most.
_SMALL_SPAN = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool(ABC):
    arrival_rate: float
    service_time: float
    servers: int

    def __post_init__(self) -> None:
        _require_positive("arrival_rate", self.arrival_rate)
        _require_positive("service_time", self.service_time)
        require_servers(self.servers)
        _require_positive("offered load (arrival_rate * service_time)", self.offered_load)

    @property
    def offered_load(self) -> float:
        """Work offered per unit of time, in erlangs: a = lambda/mu."""
        return self.arrival_rate * self.service_time

    @property
    @abstractmethod
    def mean_busy(self) -> float: ...

    @property
    @abstractmethod
    def mean_queue_depth(self) -> float: ...

    @property
    @abstractmethod
    def mean_waiting_time(self) -> float: ...

    @property
    def utilisation(self) -> float:
        """Share of its time that a server is busy, in [0, 1]: what is carried, not offered."""
        return self.mean_busy / self.servers

    @property
    def mean_in_system(self) -> float:
        """Mean number of items waiting or in service: L."""
        return self.mean_busy + self.mean_queue_depth

    @property
    def mean_response_time(self) -> float:
        """Mean time from arrival to end of service: W."""
        return self.mean_waiting_time + self.service_time

    @abstractmethod
    def waiting_time_above(self, t: float) -> float: ...

    @abstractmethod
    def response_time_above(self, t: float) -> float: ...

    def waiting_time_quantile(self, p: float) -> float:
        """Smallest t with P(W_q <= t) >= p, for 0 <= p < 1 (else ValueError), by bisection."""
        return _quantile(self.waiting_time_above, p, self.service_time)

    def response_time_quantile(self, p: float) -> float:
        """Time t with P(W <= t) = p, for 0 <= p < 1 (else ValueError), by bisection."""
        return _quantile(self.response_time_above, p, self.service_time)


@dataclass(frozen=True, slots=True, kw_only=True)
class MMc(_Pool):
    """The pool M/M/c in steady state: first come first served, no limit on the queue.

    `arrival_rate` (lambda) is items per unit of time, `service_time` (1/mu) the mean in that unit,
    `servers` c. With a = lambda/mu, theta = c mu - lambda, C = erlang_c(c, a): W_q = C/theta,
    L_q = lambda W_q, P(W_q > t) = C exp(-theta t), whose quantile is ln(C/(1-p))/theta or 0, and
    P(W > t) = exp(-mu t) + C mu t exp(-min(mu, theta) t) phi(|mu - theta| t), where
    phi(x) = (1 - exp(-x))/x and phi(0) = 1, so that theta = mu needs no law of its own.

    Raises ValueError for a rate or time that is not finite and above 0, for servers that are not a
    whole number >= 1, and for an offered load at or above the servers (no steady state).

    Source: Erlang 1917; Kleinrock 1975, Queueing Systems, vol. 1, section 3.5.

    >>> pool = MMc(arrival_rate=24.0, service_time=1 / 30, servers=1)
    >>> round(pool.mean_in_system, 9), round(pool.mean_response_time, 9)
    (4.0, 0.166666667)
    >>> round(pool.response_time_quantile(0.99), 6) == round(math.log(100) / (30 - 24), 6)
    True
    """

    def __post_init__(self) -> None:
        # super() without arguments does not survive the class being rebuilt for its slots.
        _Pool.__post_init__(self)
        require_stable(self.servers, self.offered_load)

    @property
    def delay_probability(self) -> float:
        """Share of items that wait at all: Erlang's C."""
        return erlang_c(self.servers, self.offered_load)

    @property
    def mean_busy(self) -> float:
        """Mean number of busy servers: a."""
        return self.offered_load

    @property
    def mean_queue_depth(self) -> float:
        """Mean number of waiting items: L_q."""
        return self.arrival_rate * self.mean_waiting_time

    @property
    def mean_waiting_time(self) -> float:
        """Mean time from arrival to start of service, 0 for those that need not wait: W_q."""
        return self.delay_probability / self._spare_rate

    def waiting_time_above(self, t: float) -> float:
        """P(W_q > t), strictly above; 1 for negative t. Raises ValueError for nan."""
        return self.delay_probability * math.exp(-self._spare_rate * t) if _is_time(t) else 1.0

    def response_time_above(self, t: float) -> float:
        """P(W > t); 1 for negative t. Raises ValueError for nan."""
        if not _is_time(t):
            return 1.0
        own, spare = 1.0 / self.service_time, self._spare_rate
        slower, spread = math.exp(-min(own, spare) * t), abs(own - spare)
        if slower == 0:
            return 0.0
        span = -math.expm1(-spread * t) / spread if spread > 0 else t
        return min(1.0, math.exp(-own * t) + self.delay_probability * own * slower * span)

    def waiting_time_quantile(self, p: float) -> float:
        """Smallest t with P(W_q <= t) >= p, for 0 <= p < 1 (else ValueError), in closed form."""
        _require_share(p)
        delayed = self.delay_probability
        return math.log(delayed / (1.0 - p)) / self._spare_rate if delayed > 1.0 - p else 0.0

    @property
    def _spare_rate(self) -> float:
        return (self.servers - self.offered_load) / self.service_time


@dataclass(frozen=True, slots=True, kw_only=True)
class MMcK(_Pool):
    """The pool M/M/c/K in steady state: an item that finds K in the system is lost.

    `arrival_rate` (lambda) is items offered per unit of time, `service_time` (1/mu) the mean in
    that unit, `servers` c, `system_capacity` K >= c counts those in service. Any load is allowed.
    With a = lambda/mu, rho = a/c, B = erlang_b(c, a): P_{c+j} = rho^j / (1/B - 1 + sum over
    i = 0..K-c of rho^i). Times are those of accepted items, first come first served, which find n
    with probability q_n = P_n/(1 - P_K): P(W_q > t) = sum over n = c..K-1 of q_n P(N <= n-c), with
    N Poisson of mean c mu t; a response adds one service time.

    Raises ValueError for a rate or time that is not finite and above 0, for servers that are not a
    whole number >= 1 and for a system capacity that is not a whole number >= servers.

    Source: Kleinrock 1975, Queueing Systems, vol. 1, sections 3.6 and 3.7; Gross and Harris 1998,
    Fundamentals of Queueing Theory, chapter 2.

    >>> pool = MMcK(arrival_rate=1.0, service_time=1.0, servers=1, system_capacity=10)
    >>> round(pool.mean_in_system, 9), round(pool.loss_probability, 9)
    (5.0, 0.090909091)
    """

    system_capacity: int

    def __post_init__(self) -> None:
        _Pool.__post_init__(self)
        limit = self.system_capacity
        if isinstance(limit, bool) or not isinstance(limit, Integral) or limit < self.servers:
            raise ValueError(
                f"system_capacity must be a whole number >= servers ({self.servers}), as it counts "
                f"those in service, not {limit!r}"
            )

    @property
    def loss_probability(self) -> float:
        """Share of offered items that are lost: P_K."""
        return self._shares()[2]

    @property
    def throughput(self) -> float:
        """Items accepted, and so completed, per unit of time: lambda (1 - P_K)."""
        return self.mean_busy / self.service_time

    @property
    def offered_utilisation(self) -> float:
        """Utilisation that the offered items ask for, rho = a/c; may exceed 1."""
        return self.offered_load / self.servers

    @property
    def mean_busy(self) -> float:
        """Mean number of busy servers: a (1 - P_K)."""
        below, middle, _ = self._shares()
        return min(float(self.servers), self.offered_load * (below + middle))

    @property
    def mean_queue_depth(self) -> float:
        """Mean number of waiting items: L_q."""
        _, middle, last = self._shares()
        from_end = _geometric_mean(-abs(self._log_ratio), self._places)
        depth = from_end if self._log_ratio <= 0 else self._places - from_end
        return (middle + last) * depth

    @property
    def mean_waiting_time(self) -> float:
        """Mean time from arrival to start of service of accepted items: W_q."""
        return self.mean_queue_depth / self.throughput

    def waiting_time_above(self, t: float) -> float:
        """P(W_q > t) of accepted items; 1 for negative t. Raises ValueError for nan."""
        if not _is_time(t):
            return 1.0
        if self._places == 0 or self._is_beyond_all(t):
            return 0.0
        mean, ratio, places = self.servers * t / self.service_time, self._log_ratio, self._places
        if mean == 0:
            return self._found_shares()[1]
        completions = _window(mean * min(1.0, self.offered_utilisation), 0, places - 1)
        found_more = _geometric_sum(-abs(ratio), places - completions)
        logs = log_poisson(completions, mean) + completions * min(ratio, 0.0)
        return min(1.0, self._delayed_scale * float(np.sum(np.exp(logs) * found_more)))

    def response_time_above(self, t: float) -> float:
        """P(W > t) of accepted items; 1 for negative t. Raises ValueError for nan."""
        if not _is_time(t):
            return 1.0
        if self._is_beyond_all(t):
            return 0.0
        at_once = self._found_shares()[0] * math.exp(-t / self.service_time)
        return min(1.0, at_once + self.waiting_time_above(t) + self._started_share(t))

    def _started_share(self, t: float) -> float:
        """P(W_q > 0, W_q <= t < W): the sum over i of P(N = i) u_i, N Poisson(c mu t).

        u_i = sum over j < min(i, K-c) of q_{c+j} (1-1/c)^(i-1-j): item c+j starts at completion
        j+1, and the others of the i are those of the c-1 other servers.
        """
        servers, places, ratio = self.servers, self._places, self._log_ratio
        mean = servers * t / self.service_time
        if places == 0 or mean == 0:
            return 0.0
        stay, versus = _LOG_NOTHING, -_LOG_NOTHING
        if servers > 1:
            stay, versus = math.log1p(-1 / servers), _log_quotient(self.offered_load, servers - 1)
        peak = mean * (1 - 1 / servers)
        if peak < places:
            peak = min(float(places), max(peak, mean * self.offered_utilisation))
        completions = _window(peak, 1, math.inf)
        started = np.minimum(completions, places)
        if versus <= 0:
            logs = (completions - 1) * stay
        else:
            top = places if ratio > 0 else 1
            logs = (started - top) * ratio + (completions - started) * stay
        logs += log_poisson(completions, mean)
        terms = np.exp(logs) * _geometric_sum(-abs(versus), started)
        return self._delayed_scale * float(np.sum(terms))

    def _shares(self) -> tuple[float, float, float]:
        """P(N < c), P(c <= N < K) and P(N = K)."""
        ratio, places, load = self._log_ratio, self._places, self.offered_load
        run = float(_geometric_sum(-abs(ratio), np.asarray(places, dtype=np.float64)))
        if ratio <= 0:
            loss = erlang_b(self.servers, load)
            below, middle, last = 1.0 - loss, loss * run, loss * math.exp(places * ratio)
        else:
            below = weight_below(self.servers, load) * math.exp(-places * ratio)
            middle, last = math.exp(-ratio) * run, 1.0
        total = below + middle + last
        return below / total, middle / total, last / total

    @property
    def _places(self) -> int:
        return self.system_capacity - self.servers

    @property
    def _log_ratio(self) -> float:
        return _log_quotient(self.offered_load, self.servers)

    def _found_shares(self) -> tuple[float, float]:
        """Of the accepted items, the shares that find a server free and that find none."""
        below, middle, _ = self._shares()
        return below / (below + middle), middle / (below + middle)

    @property
    def _delayed_scale(self) -> float:
        """Of the accepted items, the share that finds the likeliest of the states c..K-1."""
        run = _geometric_sum(-abs(self._log_ratio), np.asarray(self._places, dtype=np.float64))
        return self._found_shares()[1] / float(run)

    def _is_beyond_all(self, t: float) -> bool:
        """Whether P(W > t) underflows: K-c exponential waits of mean 1/(c mu) and one service."""
        waits = self._places + 50 * math.sqrt(self._places) + 2000
        return t / self.service_time > 800 + waits / self.servers


def _window(peak: float, lowest: float, highest: float) -> Floats:
    """Counts around `peak`, outside which terms that fall like a Poisson law's are nothing."""
    peak = min(max(peak, lowest), highest)
    reach = 10 * math.sqrt(peak) + 50
    low, high = max(lowest, math.floor(peak - reach)), min(highest, math.ceil(peak + reach))
    return np.arange(low, high + 1, dtype=np.float64)


def _geometric_sum(log_ratio: float, count: Floats) -> Floats:
    """Sum over j = 0..count-1 of exp(j log_ratio), for log_ratio <= 0."""
    if log_ratio == 0:
        return count
    return np.asarray(np.expm1(count * log_ratio) / math.expm1(log_ratio), dtype=np.float64)


def _geometric_mean(log_ratio: float, last: int) -> float:
    """Mean of j over 0..last with weights exp(j log_ratio), for log_ratio <= 0."""
    step, span = -log_ratio, -log_ratio * (last + 1)
    if span < _SMALL_SPAN:
        # Both parts below are then near 1/step: what is left once that is struck out, in series.
        return last / 2 + _bose_rest(step) - (last + 1) * _bose_rest(span)
    return _bose(step) - (last + 1) * _bose(span)


def _bose(x: float) -> float:
    return math.exp(-x) / -math.expm1(-x)


def _bose_rest(x: float) -> float:
    """1/(exp(x) - 1) - 1/x + 1/2 for 0 <= x < _SMALL_SPAN, by Bernoulli's numbers."""
    square = x * x
    tail = 1 / 30240 - square * (1 / 1209600 - square / 47900160)
    return x * (1 / 12 - square * (1 / 720 - square * tail))


def _log_quotient(numerator: float, denominator: float) -> float:
    gap = numerator - denominator
    if abs(gap) < denominator / 2:
        return math.log1p(gap / denominator)
    return math.log(numerator) - math.log(denominator)


def _quantile(above: Callable[[float], float], p: float, start: float) -> float:
    _require_share(p)
    if above(0.0) <= 1.0 - p:
        return 0.0
    low, high = 0.0, start
    while above(high) > 1.0 - p:
        low, high = high, 2.0 * high
    while low < (middle := low + (high - low) / 2) < high:
        low, high = (middle, high) if above(middle) > 1.0 - p else (low, middle)
    return high


def _is_time(t: float) -> bool:
    if math.isnan(t):
        raise ValueError(f"a time must be a number, not {t}")
    return t >= 0


def _require_share(p: float) -> None:
    if not 0 <= p < 1:
        raise ValueError(f"a quantile needs a share p with 0 <= p < 1, not {p}")


def _require_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a finite number above 0, not {value}")
