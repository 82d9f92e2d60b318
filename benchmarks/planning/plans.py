"""Plans against exact answers: the right number of workers, or how often not.

Each case draws a pool, one or two limits, and where between the figures of two neighbouring
numbers of workers each limit lies.  No limit on losses is below .01 %.  Wrong is a winner
that breaks a limit by more than the 1 % of indifference, or a smaller number that keeps all
limits by more than that (with no answer: any number).  Clear is a case in
which the answer keeps its limits by 5 % and one less breaks one by 5 %: there UNDECIDED is a
fault.  A case's number is its seed, fixed before anything was seen.

    python benchmarks/planning/plans.py [cases] [first]

Over 64 numbers of workers and 8 capacities, with a limit on losses and one on the response time:
how long a plan takes, and its items as a share of those of a grid that gives each of the 512
cells (all are stable, since full queues refuse) as many as the winner got.  Wrong is a winner
that breaks a limit by more than 1 %, or a cheaper cell that keeps both by more than that.

    python benchmarks/planning/plans.py over [cases] [first]
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from plan_laws import Law, MDc, MGcc, MH2c, MMc, MMcK
from queuetwin.model.estimation.slo_judgement import Decision
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.planning.planner import Plan, plan

INDIFFERENCE, CLEAR = 0.01, 0.05
_LEAST_LOSS, _MANY = 1e-4, 150
OVER_WORKERS, OVER_PLACES = range(1, 65), (1, 2, 4, 8, 16, 32, 64, 128)
_TIMES = tuple(
    f"{name}.{statistic}"
    for name in ("response_time", "waiting_time")
    for statistic in ("p99", "p95", "mean")
)
_MEANS = ("response_time.mean", "waiting_time.mean")
_OF_RESPONSE = tuple(name for name in _TIMES if name.startswith("response"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A pool with limits, its law, and the right number of workers."""

    kind: str
    law: Law
    scenario: Scenario
    limits: dict[str, float]

    def excess(self, workers: int) -> float:
        """The worst figure over its limit: at most 1 keeps all of them."""
        if not workers:
            return math.inf
        return max(self.law.figure(name, workers) / limit for name, limit in self.limits.items())

    @property
    def answer(self) -> int:
        """The least number that keeps all limits."""
        number = 1
        while self.excess(number) > 1:
            number += 1
        return number

    @property
    def clear(self) -> bool:
        """Whether both sides are 5 % away from the limits."""
        return self.excess(self.answer) <= 1 - CLEAR and self.excess(self.answer - 1) >= 1 + CLEAR

    def fault(self, answer: Plan) -> str:
        """What is wrong with a plan; nothing where it is right or says that it does not know."""
        if answer.winner is None:
            return "no answer" if self.excess(_MANY) <= 1 - INDIFFERENCE else ""
        if answer.decision is Decision.UNDECIDED:
            return "undecided though clear" if self.clear else ""
        if self.excess(answer.winner) > 1 + INDIFFERENCE:
            return "breaks a limit"
        if self.excess(answer.winner - 1) <= 1 - INDIFFERENCE:
            return "not the least"
        return ""


def case(number: int) -> Case:
    """The case of a number."""
    generator = np.random.default_rng(np.random.SeedSequence(entropy=7, spawn_key=(number,)))
    kind, make = list(_KINDS.items())[number % len(_KINDS)]
    load = math.exp(generator.uniform(math.log(0.8), math.log(40)))
    service = round(math.exp(generator.uniform(math.log(0.01), math.log(0.5))), 4)
    rate = round(load / service, 3)
    law, changes, measures = make(generator, rate, service)
    limits: dict[str, float] = {}
    for place in generator.permutation(len(measures))[: generator.integers(1, 3)]:
        limits[measures[place]] = _limit(generator, law, measures[place], load)
    return Case(
        kind=kind,
        law=law,
        scenario=Scenario.from_dict({
            "name": f"case {number}",
            "seed": number,
            "items": 1000,
            "arrivals": {"process": "poisson", "rate": f"{rate!r}/s"},
            "workers": {"count": max(1, round(load))},
            "slo": [
                {"measure": name, "below": limit if name == "loss_ratio" else f"{limit!r}s"}
                for name, limit in limits.items()
            ],
            **changes,
        }),
        limits=limits,
    )  # fmt: skip


def _limit(generator: np.random.Generator, law: Law, measure: str, load: float) -> float:
    """Anywhere between the figures of two neighbours near the load."""
    most = math.floor(load + 2 * math.sqrt(load)) + 1
    number = int(generator.integers(math.floor(0.8 * load) + 1, most + 1))
    least = _LEAST_LOSS if measure == "loss_ratio" else 0.0
    while math.isinf(law.figure(measure, number)):
        number += 1
    while law.figure(measure, number) <= least:
        number -= 1
    keeps = law.figure(measure, number)
    most_allowed = 1.0 if measure == "loss_ratio" else math.inf
    misses = law.figure(measure, number - 1) if number > 1 else most_allowed
    misses = min(misses, 3 * keeps)
    return float(f"{keeps * (misses / keeps) ** generator.uniform():.6g}")


Made = tuple[Law, dict[str, Any], tuple[str, ...]]


def _mmc(generator: np.random.Generator, rate: float, service: float) -> Made:
    return MMc(rate=rate, service=service), {"service": _times("exponential", service)}, _TIMES


def _mmck(generator: np.random.Generator, rate: float, service: float) -> Made:
    places = int(generator.integers(1, 21))
    changes = {
        "service": _times("exponential", service),
        "queue": {"capacity": places, "when_full": "reject"},
    }
    law = MMcK(rate=rate, service=service, places=places)
    return law, changes, ("loss_ratio", *_OF_RESPONSE)


def _mgcc(generator: np.random.Generator, rate: float, service: float) -> Made:
    shapes: tuple[dict[str, float], ...] = ({}, {"cv": 0.6}, {"cv": 2.0}, {"cv": 1.5})
    names = ("deterministic", "gamma", "hyperexponential", "lognormal")
    which = int(generator.integers(len(names)))
    changes = {
        "service": _times(names[which], service, **shapes[which]),
        "queue": {"capacity": 0, "when_full": "reject"},
    }
    return MGcc(rate=rate, service=service), changes, ("loss_ratio",)


def _mdc(generator: np.random.Generator, rate: float, service: float) -> Made:
    return MDc(rate=rate, service=service), {"service": _times("deterministic", service)}, _TIMES


def _mh2c(generator: np.random.Generator, rate: float, service: float) -> Made:
    cv = float(generator.choice((1.5, 2.0, 3.0)))
    changes = {"service": _times("hyperexponential", service, cv=cv)}
    return MH2c(rate=rate, service=service, cv=cv), changes, _MEANS


_KINDS: dict[str, Callable[[np.random.Generator, float, float], Made]] = {
    "M/M/c": _mmc,
    "M/M/c/K": _mmck,
    "M/G/c/c": _mgcc,
    "M/D/c": _mdc,
    "M/H2/c": _mh2c,
}


def _times(distribution: str, mean: float, **shape: float) -> dict[str, Any]:
    return {"distribution": distribution, "mean": f"{mean!r}s", **shape}


def main(cases: int, first: int) -> None:
    """All cases, one line for each that is wrong or undecided, then the sums."""
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in _KINDS}
    items, seconds = [], []
    for number in range(first, first + cases):
        pool = case(number)
        began = time.perf_counter()
        answer = plan(pool.scenario, further=False)
        seconds.append(time.perf_counter() - began)
        items.append(answer.items)
        fault = pool.fault(answer)
        tally = counts[pool.kind]
        tally["plans"] += 1
        tally["wrong"] += bool(fault)
        tally["undecided"] += answer.decision is Decision.UNDECIDED
        tally["clear"] += pool.clear
        tally["exact"] += answer.winner == pool.answer
        if fault or answer.decision is Decision.UNDECIDED:
            print(
                f"{number:4} {pool.kind:8} {fault or 'undecided':22} said {answer.winner}, exact "
                f"{pool.answer}: {pool.excess(pool.answer):.3f} of the limit, one less "
                f"{pool.excess(pool.answer - 1):.3f}; {', '.join(pool.limits)}; "
                f"{answer.items:,} items",
                flush=True,
            )
    for kind, tally in counts.items():
        print(f"{kind:8} {', '.join(f'{name} {count}' for name, count in tally.items())}")
    total = sum(counts.values(), Counter[str]())
    print(f"{'all':8} {', '.join(f'{name} {count}' for name, count in total.items())}")
    for name, values in (("items", items), ("seconds", seconds)):
        middle, most = np.percentile(values, (50, 90))
        print(f"{name}: median {middle:,.3g}, 90 % {most:,.3g}, most {max(values):,.3g}, "
              f"sum {sum(values):,.4g}")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OverCase:
    """A pool that refuses, with two limits, to be planned over workers and places."""

    scenario: Scenario
    rate: float
    service: float
    limits: dict[str, float]

    def excess(self, workers: int, places: int) -> float:
        """The worst figure over its limit; a cell of none breaks all."""
        if not workers:
            return math.inf
        law = MMcK(rate=self.rate, service=self.service, places=places)
        return max(law.figure(name, workers) / limit for name, limit in self.limits.items())

    def fault(self, answer: Plan) -> str:
        """What is wrong with a plan; nothing where it is right or says that it does not know."""
        if answer.decision is Decision.UNDECIDED:
            return ""
        least = self._cheapest(1 - INDIFFERENCE)
        if answer.winner is None:
            return "no answer" if least else ""
        won = (answer.winner, answer.changes["queue.capacity"])
        if self.excess(*won) > 1 + INDIFFERENCE:
            return "breaks a limit"
        return "not the cheapest" if least and least < won else ""

    def _cheapest(self, most: float) -> tuple[int, int] | None:
        cells = ((workers, places) for workers in OVER_WORKERS for places in OVER_PLACES)
        return next((cell for cell in cells if self.excess(*cell) <= most), None)


def over_case(number: int) -> OverCase:
    """The case of a number; each limit lies anywhere near what a likely cell gives."""
    generator = np.random.default_rng(np.random.SeedSequence(entropy=77, spawn_key=(number,)))
    load = math.exp(generator.uniform(math.log(2), math.log(40)))
    service = round(math.exp(generator.uniform(math.log(0.01), math.log(0.5))), 4)
    rate = round(load / service, 3)
    workers = math.ceil(load * generator.uniform(0.9, 1.3))
    law = MMcK(rate=rate, service=service, places=int(generator.choice(OVER_PLACES)))
    timed = str(generator.choice(_OF_RESPONSE))
    lost = max(law.figure("loss_ratio", workers), 1e-3)
    limits = {
        timed: float(f"{law.figure(timed, workers) * generator.uniform(1.0, 1.2):.4g}"),
        "loss_ratio": float(f"{lost * generator.uniform(1.0, 2.0):.4g}"),
    }
    return OverCase(
        scenario=Scenario.from_dict({
            "name": f"case {number}",
            "seed": number,
            "items": 1000,
            "arrivals": {"process": "poisson", "rate": f"{rate!r}/s"},
            "workers": {"count": max(1, round(load))},
            "queue": {"capacity": OVER_PLACES[0], "when_full": "reject"},
            "service": _times("exponential", service),
            "slo": [
                {"measure": name, "below": limit if name == "loss_ratio" else f"{limit!r}s"}
                for name, limit in limits.items()
            ],
        }),
        rate=rate,
        service=service,
        limits=limits,
    )  # fmt: skip


def main_over(cases: int, first: int) -> None:
    """A line for each case, then how many keep to what is asked."""
    over = {"workers.count": OVER_WORKERS, "queue.capacity": OVER_PLACES}
    seconds, shares, faults, undecided = [], [], 0, 0
    for number in range(first, first + cases):
        pool = over_case(number)
        began = time.perf_counter()
        answer = plan(pool.scenario, over=over, further=False)
        seconds.append(time.perf_counter() - began)
        shown = answer.settings[answer.place].judgement
        assert shown is not None
        grid = len(OVER_WORKERS) * len(OVER_PLACES) * shown.items
        shares.append(answer.items / grid)
        fault = pool.fault(answer)
        faults += bool(fault)
        undecided += answer.decision is Decision.UNDECIDED
        print(
            f"{number:4} {answer.winner} workers, {answer.changes['queue.capacity']} places, "
            f"{answer.decision.value}{', ' + fault if fault else ''}: {answer.items:,} items, "
            f"{shares[-1]:.2%} of a grid, {seconds[-1]:.1f} s",
            flush=True,
        )
    print(f"{cases} plans, {faults} wrong, {undecided} undecided")
    for name, values, most in (("seconds", seconds, 20.0), ("share of a grid", shares, 0.15)):
        middle, high = np.percentile(values, (50, 90))
        keep = sum(value <= most for value in values)
        print(f"{name}: median {middle:.3g}, 90 % {high:.3g}, most {max(values):.3g}; "
              f"{keep} of {cases} at most {most:g}")  # fmt: skip


if __name__ == "__main__":
    given = sys.argv[1:]
    if over_asked := given[:1] == ["over"]:
        given = given[1:]
    asked = [int(one) for one in given]
    if over_asked:
        main_over(*asked, *(50, 0)[len(asked) :])
    else:
        main(*asked, *(200, 0)[len(asked) :])
