"""Whether a plan's winner and neighbour behave on real threads as the model says.

Three plans whose limit is at least 10 % away from what winner and neighbour reach.  Each is
checked so many times as `plan --check-on-threads` does: the machine is calibrated, then five runs
of either number are made within the budget and judged against the model of the same items.
A check holds if both are SAME.

    python benchmarks/reality/thread_checks.py [checks of a plan] [seconds a check] [word of a plan]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from queuetwin.model import Scenario
from queuetwin.model.planning.planner import Plan, plan
from queuetwin.realrun import calibrate, execute
from queuetwin.reports.plan.thread_checks import numbers_to_check, on_threads

CLEAR = 0.1


def cases() -> Iterator[tuple[str, Scenario]]:
    """Name and scenario of each plan."""
    yield (
        "a waiting producer",
        pool("320/s", "20ms", "response_time.p99", "130ms", {"queue.when_full": "block"}),
    )
    yield "refused when full", pool("400/s", "8ms", "loss_ratio", "3%", {"queue.capacity": 8})
    yield (
        "retries",
        pool(
            "200/s",
            "12ms",
            "response_time.mean",
            "35ms",
            {"failures.probability": 0.1, "failures.attempts": 3, "failures.backoff": "20ms"},
        ),
    )


def pool(rate: str, mean: str, measure: str, below: str, changes: dict[str, Any]) -> Scenario:
    """Poisson arrivals, exponential services and one limit."""
    return Scenario.from_dict(
        {
            "duration": "10s",
            "arrivals": {"process": "poisson", "rate": rate},
            "queue": {"capacity": 100, "when_full": "reject"},
            "workers": {"count": 4},
            "service": {"distribution": "exponential", "mean": mean},
            "slo": [{"measure": measure, "below": below}],
        }
    ).changed(changes)


def margins(answer: Plan) -> str:
    """How far the limit is from what winner and neighbour reach; both must be clear of it."""
    assert answer.winner is not None
    assert answer.neighbour is not None
    limit = answer.slos[0]
    said = []
    for number in (answer.winner, answer.neighbour):
        away = answer.tried[number].limits[0].figure.estimate / limit.below - 1
        assert abs(away) >= CLEAR, f"{number}: {away:+.0%}"
        said.append(f"{number} workers {away:+.0%}")
    return ", ".join(said)


def checked(answer: Plan, seed: int, seconds: float) -> dict[int, str]:
    """The verdict of each number, on items of this seed."""
    seeded = replace(answer, scenario=answer.scenario.changed({"seed": seed}))
    checks = on_threads(seeded, seconds, calibrate(), execute)
    return {check.number: check.comparison.verdict.value for check in checks}


def main(count: int, seconds: float, word: str) -> None:
    """Plan, then check each so often."""
    for name, scenario in cases():
        if word not in name:
            continue
        answer = plan(scenario, further=False)
        print(f"{name}: from the limit {margins(answer)}", flush=True)
        verdicts = [checked(answer, seed, seconds) for seed in range(1, count + 1)]
        for number in numbers_to_check(answer):
            print(f"   {number} workers: {dict(Counter(check[number] for check in verdicts))}")
        same = sum(set(check.values()) == {"SAME"} for check in verdicts)
        print(f"   both SAME in {same} of {count}", flush=True)


if __name__ == "__main__":
    first, second, *words = sys.argv[1:] or ("10", "120")
    main(int(first), float(second), *(words or [""]))
