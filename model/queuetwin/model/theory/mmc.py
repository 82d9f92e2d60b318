"""M/M/c: Poisson arrivals, exponential service, c servers, no limit on the queue.

Law: a steady state exists only below capacity, and every figure is made of positive parts.
"""

import math
from dataclasses import dataclass

from queuetwin.model.theory.erlang import erlang_c, require_stable
from queuetwin.model.theory.markov_pool import MarkovPool, is_time, require_share


@dataclass(frozen=True, slots=True, kw_only=True)
class MMc(MarkovPool):
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
        MarkovPool.__post_init__(self)
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
        return self.delay_probability * math.exp(-self._spare_rate * t) if is_time(t) else 1.0

    def response_time_above(self, t: float) -> float:
        """P(W > t); 1 for negative t. Raises ValueError for nan."""
        if not is_time(t):
            return 1.0
        own, spare = 1.0 / self.service_time, self._spare_rate
        slower, spread = math.exp(-min(own, spare) * t), abs(own - spare)
        if slower == 0:
            return 0.0
        span = -math.expm1(-spread * t) / spread if spread > 0 else t
        return min(1.0, math.exp(-own * t) + self.delay_probability * own * slower * span)

    def waiting_time_quantile(self, p: float) -> float:
        """Smallest t with P(W_q <= t) >= p, for 0 <= p < 1 (else ValueError), in closed form."""
        require_share(p)
        delayed = self.delay_probability
        return math.log(delayed / (1.0 - p)) / self._spare_rate if delayed > 1.0 - p else 0.0

    @property
    def _spare_rate(self) -> float:
        return (self.servers - self.offered_load) / self.service_time
