"""What every pool with Poisson arrivals and exponential services has in common.

Law: a pool is asked for its means and tails, and quantiles are the tails read backwards.  What a
figure leaves to its kind of pool is abstract here; nothing is known of limits.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from queuetwin.model.theory.erlang import require_servers


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkovPool(ABC):
    """Arrivals at a rate, exponential services, equal servers; see its two kinds."""

    arrival_rate: float
    service_time: float
    servers: int

    def __post_init__(self) -> None:
        require_positive("arrival_rate", self.arrival_rate)
        require_positive("service_time", self.service_time)
        require_servers(self.servers)
        require_positive("offered load (arrival_rate * service_time)", self.offered_load)

    @property
    def offered_load(self) -> float:
        """Work offered per unit of time, in erlangs: a = lambda/mu."""
        return self.arrival_rate * self.service_time

    @property
    @abstractmethod
    def mean_busy(self) -> float:
        """Mean number of busy servers."""

    @property
    @abstractmethod
    def mean_queue_depth(self) -> float:
        """Mean number of waiting items: L_q."""

    @property
    @abstractmethod
    def mean_waiting_time(self) -> float:
        """Mean time from arrival to start of service: W_q."""

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
    def waiting_time_above(self, t: float) -> float:
        """P(W_q > t)."""

    @abstractmethod
    def response_time_above(self, t: float) -> float:
        """P(W > t)."""

    def waiting_time_quantile(self, p: float) -> float:
        """Smallest t with P(W_q <= t) >= p, for 0 <= p < 1 (else ValueError), by bisection."""
        return quantile_of(self.waiting_time_above, p, self.service_time)

    def response_time_quantile(self, p: float) -> float:
        """Time t with P(W <= t) = p, for 0 <= p < 1 (else ValueError), by bisection."""
        return quantile_of(self.response_time_above, p, self.service_time)


def quantile_of(above: Callable[[float], float], p: float, start: float) -> float:
    """Smallest t with above(t) <= 1 - p, by bisection to the last bit, from a guess of scale."""
    require_share(p)
    if above(0.0) <= 1.0 - p:
        return 0.0
    low, high = 0.0, start
    while above(high) > 1.0 - p:
        low, high = high, 2.0 * high
    while low < (middle := low + (high - low) / 2) < high:
        low, high = (middle, high) if above(middle) > 1.0 - p else (low, middle)
    return high


def is_time(t: float) -> bool:
    """Whether t is not negative; raises ValueError for nan."""
    if math.isnan(t):
        raise ValueError(f"a time must be a number, not {t}")
    return t >= 0


def require_share(p: float) -> None:
    """Raise ValueError unless 0 <= p < 1."""
    if not 0 <= p < 1:
        raise ValueError(f"a quantile needs a share p with 0 <= p < 1, not {p}")


def require_positive(name: str, value: float) -> None:
    """Raise ValueError unless the value is finite and above 0."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a finite number above 0, not {value}")
