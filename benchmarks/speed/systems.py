"""The textbook systems of the comparison, what a contender answers, and what theory allows.

Services last one second on average.  An answer is taken as right when it lies within four
standard deviations of theory; the deviation is that of replications of the compiled engine,
shortened with the root of the number of customers.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

__all__ = ["SYSTEMS", "Answer", "Expected", "System", "expected"]

_REPLICATIONS, _CUSTOMERS = 24, 50_000
_DEVIATIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Poisson arrivals, exponential services; `places` are those for waiting, None without end."""

    name: str
    workers: int
    load: float
    places: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Mean seconds from arrival to departure of those served, and how many are served a second."""

    response_time: float
    throughput: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The formula's answer, and the standard deviation of one run with `_CUSTOMERS` customers."""

    exact: Answer
    deviation: Answer

    def off(self, answer: Answer) -> float:
        """The response time's distance from theory, relative."""
        return answer.response_time / self.exact.response_time - 1

    def check(self, name: str, answer: Answer, customers: int) -> None:
        """Refuse a wrong answer: nobody may be quick at something else."""
        shorter = _DEVIATIONS * math.sqrt(_CUSTOMERS / customers)
        for what in Answer.__slots__:
            found, exact, deviation = (
                getattr(one, what) for one in (answer, self.exact, self.deviation)
            )
            if abs(found - exact) > shorter * deviation:
                raise SystemExit(
                    f"{name} is wrong: {what} {found:.4f}, theory says {exact:.4f} "
                    f"+- {shorter * deviation:.4f} for {customers:,} customers"
                )


SYSTEMS = (
    System(name="M/M/1", workers=1, load=0.8, places=None),
    System(name="M/M/4", workers=4, load=0.9, places=None),
    System(name="M/M/4/20", workers=4, load=1.1, places=16),
)


def expected(system: System) -> Expected:
    """What theory says, and how far one run may be off."""
    from queuetwin.model.theory import solve
    from speed.our_engines import scenario_of, whole_run

    exact = solve(scenario_of(system, _CUSTOMERS)).measures
    runs = [whole_run(system, _CUSTOMERS, seed) for seed in range(_REPLICATIONS)]
    return Expected(
        exact=Answer(
            response_time=exact["response_time"]["mean"], throughput=exact["throughput"]["mean"]
        ),
        deviation=Answer(
            response_time=statistics.stdev(one.response_time for one in runs),
            throughput=statistics.stdev(one.throughput for one in runs),
        ),
    )
