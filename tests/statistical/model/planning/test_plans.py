"""Plans against exact answers, one of each kind of pool: the benchmark in small.

Seeds are fixed, so a test passes or fails for good.  With new seeds a case is wrong about as
often as docs/validation.md says of two hundred others, so that one of these ten would be.
"""

import math

import pytest

import plan_laws as laws
import plans
from queuetwin.model import theory
from queuetwin.model.planning.planner import plan

FIRST = 1000


@pytest.mark.parametrize("number", range(FIRST, FIRST + 5))
def test_a_plan_is_right_or_says_that_it_does_not_know(number: int) -> None:
    """No limit broken, nothing bought for nothing, both within 1 %; undecided only near it."""
    case = plans.case(number)
    assert case.fault(plan(case.scenario, further=False)) == ""


def test_the_exact_answers_are_exact() -> None:
    """M/H2/1 and M/D/1 have Pollaczek's mean; M/H2/c with alike phases is M/M/c."""
    for law, cv in ((laws.MH2c(rate=8, service=0.1, cv=2.0), 2.0),
                    (laws.MDc(rate=8, service=0.1), 0.0)):  # fmt: skip
        mean = 8 * 0.01 * (1 + cv**2) / (2 * (1 - 0.8))
        assert law.figure("waiting_time.mean", 1) == pytest.approx(mean, rel=1e-9)
    alike = laws.MH2c(rate=32, service=0.1, cv=1 + 1e-7).figure("waiting_time.mean", 4)
    pool = theory.MMc(arrival_rate=32, service_time=0.1, servers=4)
    assert alike == pytest.approx(pool.mean_waiting_time, rel=1e-6)


def test_the_tail_of_alike_services_has_their_mean() -> None:
    """M/D/4: Franx's law of the wait, summed over its quantiles, is the mean from the chain."""
    law = laws.MDc(rate=32, service=0.1)
    shares = [100 * (k + 0.5) / 400 for k in range(400)]
    mean = sum(law.figure(f"waiting_time.p{share}", 4) for share in shares) / 400
    assert mean == pytest.approx(law.figure("waiting_time.mean", 4), rel=0.01)
    assert law.figure("waiting_time.mean", 3) == math.inf
