"""M/M/c/K: the same pool with room for K, those in service counted; who finds it full is lost.

Law: each figure is made of positive parts and never is a difference of large ones, so it holds just
as well at a load of one, far above it, and for a million servers.  States below "all busy" come
from Erlang's formula, those above are geometric, weighed from the heavier end; laws of time are
sums over the Poisson number of completions.
"""

import math
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from queuetwin.model.theory.erlang import erlang_b, log_poisson, weight_below
from queuetwin.model.theory.markov_pool import MarkovPool, is_time
from queuetwin.model.theory.sums import geometric_mean, geometric_sum, log_quotient, window

# Stands for ln 0 where minus infinity times a count of 0 would be nan; its exponential is 0.
_LOG_NOTHING = -1e5


@dataclass(frozen=True, slots=True, kw_only=True)
class MMcK(MarkovPool):
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
        MarkovPool.__post_init__(self)
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
        from_end = geometric_mean(-abs(self._log_ratio), self._places)
        depth = from_end if self._log_ratio <= 0 else self._places - from_end
        return (middle + last) * depth

    @property
    def mean_waiting_time(self) -> float:
        """Mean time from arrival to start of service of accepted items: W_q."""
        return self.mean_queue_depth / self.throughput

    def waiting_time_above(self, t: float) -> float:
        """P(W_q > t) of accepted items; 1 for negative t. Raises ValueError for nan."""
        if not is_time(t):
            return 1.0
        if self._places == 0 or self._is_beyond_all(t):
            return 0.0
        mean, ratio, places = self.servers * t / self.service_time, self._log_ratio, self._places
        if mean == 0:
            return self._found_shares()[1]
        completions = window(mean * min(1.0, self.offered_utilisation), 0, places - 1)
        found_more = geometric_sum(-abs(ratio), places - completions)
        logs = log_poisson(completions, mean) + completions * min(ratio, 0.0)
        return min(1.0, self._delayed_scale * float(np.sum(np.exp(logs) * found_more)))

    def response_time_above(self, t: float) -> float:
        """P(W > t) of accepted items; 1 for negative t. Raises ValueError for nan."""
        if not is_time(t):
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
            stay, versus = math.log1p(-1 / servers), log_quotient(self.offered_load, servers - 1)
        peak = mean * (1 - 1 / servers)
        if peak < places:
            peak = min(float(places), max(peak, mean * self.offered_utilisation))
        completions = window(peak, 1, math.inf)
        started = np.minimum(completions, places)
        if versus <= 0:
            logs = (completions - 1) * stay
        else:
            top = places if ratio > 0 else 1
            logs = (started - top) * ratio + (completions - started) * stay
        logs += log_poisson(completions, mean)
        terms = np.exp(logs) * geometric_sum(-abs(versus), started)
        return self._delayed_scale * float(np.sum(terms))

    def _shares(self) -> tuple[float, float, float]:
        """P(N < c), P(c <= N < K) and P(N = K)."""
        ratio, places, load = self._log_ratio, self._places, self.offered_load
        run = float(geometric_sum(-abs(ratio), np.asarray(places, dtype=np.float64)))
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
        return log_quotient(self.offered_load, self.servers)

    def _found_shares(self) -> tuple[float, float]:
        """Of the accepted items, the shares that find a server free and that find none."""
        below, middle, _ = self._shares()
        return below / (below + middle), middle / (below + middle)

    @property
    def _delayed_scale(self) -> float:
        """Of the accepted items, the share that finds the likeliest of the states c..K-1."""
        run = geometric_sum(-abs(self._log_ratio), np.asarray(self._places, dtype=np.float64))
        return self._found_shares()[1] / float(run)

    def _is_beyond_all(self, t: float) -> bool:
        """Whether P(W > t) underflows: K-c exponential waits of mean 1/(c mu) and one service."""
        waits = self._places + 50 * math.sqrt(self._places) + 2000
        return t / self.service_time > 800 + waits / self.servers
