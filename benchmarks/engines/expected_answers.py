"""What theory expects a contender to answer, and how far one run may be off.

An answer is taken as right when it lies within four standard deviations of theory; the deviation
is that of replications of the compiled engine, shortened with the root of the number of customers.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from our_engines import scenario_of, whole_run
from queuetwin.model.theory import solve
from textbook_systems import Answer, System

__all__ = ["ExpectedAnswer", "expected_answer"]

_REPLICATIONS, _CUSTOMERS = 24, 50_000
_DEVIATIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAnswer:
    """The formula's answer, and the standard deviation of one run with `_CUSTOMERS` customers."""

    exact: Answer
    deviation: Answer

    def relative_error(self, answer: Answer) -> float:
        """The response time's distance from theory."""
        return answer.response_time / self.exact.response_time - 1

    def check(self, contender: str, answer: Answer, customers: int) -> None:
        """Refuse a wrong answer: nobody may be quick at something else."""
        allowed = _DEVIATIONS * math.sqrt(_CUSTOMERS / customers)
        for field in Answer.__slots__:
            value, exact, deviation = (
                getattr(side, field) for side in (answer, self.exact, self.deviation)
            )
            if abs(value - exact) > allowed * deviation:
                raise SystemExit(
                    f"{contender} is wrong: {field} {value:.4f}, theory says {exact:.4f} "
                    f"+- {allowed * deviation:.4f} for {customers:,} customers"
                )


def expected_answer(system: System) -> ExpectedAnswer:
    """The closed form's answer, and the spread of replications."""
    exact = solve(scenario_of(system, _CUSTOMERS)).measures
    answers = [whole_run(system, _CUSTOMERS, seed) for seed in range(_REPLICATIONS)]
    return ExpectedAnswer(
        exact=Answer(
            response_time=exact["response_time"]["mean"], throughput=exact["throughput"]["mean"]
        ),
        deviation=Answer(
            response_time=statistics.stdev(answer.response_time for answer in answers),
            throughput=statistics.stdev(answer.throughput for answer in answers),
        ),
    )
