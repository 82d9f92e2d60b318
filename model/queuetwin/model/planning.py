"""`plan`: the fewest workers that keep every limit, how sure that is, and what breaks it first.

More workers never make it worse on the same draws, so the search is a bracket and a bisection;
each number of workers is simulated for as long as its limits ask, and no longer.  The answer is
a winner that keeps them and its neighbour that does not, or why there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from queuetwin.model.judging import BUDGET, Fate, Judgement, judge
from queuetwin.model.load import offered_load
from queuetwin.model.scenario import Scenario
from queuetwin.model.slo import Slo
from queuetwin.model.what_ifs import WhatIf, breaking_point, longer_services, more_load, what_ifs

__all__ = ["Plan", "plan"]

_MOST_TRIED = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to buy: judgements by number of workers, and the number that wins, if any.

    `key` is what is counted: "workers.count" or "workers.machines".  `fate` is MET when the
    winner keeps its limits and one less does not, UNDECIDED when the budget did not tell one of
    them, MISSED when no number keeps them.  `load_factor` and `service_factor` are how much more
    load, or longer services, the winner bears (NaN where not asked); `rules` maps rules of thumb
    to the number that they say.
    """

    scenario: Scenario
    slos: tuple[Slo, ...]
    level: float
    key: str
    tried: Mapping[int, Judgement]
    winner: int | None
    fate: Fate
    load_factor: float
    service_factor: float
    what_ifs: tuple[WhatIf, ...]
    rules: Mapping[str, int]

    @property
    def neighbour(self) -> int | None:
        """One less than the winner, where that was tried."""
        less = None if self.winner is None else self.winner - 1
        return less if less in self.tried else None

    @property
    def items(self) -> int:
        """How many items were simulated for the judgements."""
        return sum(one.items for one in self.tried.values())


def plan(
    scenario: Scenario,
    *,
    level: float = 0.95,
    budget: int = BUDGET,
    further: bool = True,
) -> Plan:
    """The fewest workers (or whole machines) that keep every SLO.

    Each number of workers costs at most `budget` items.  `further` also asks what breaks the
    winner first, and what if.  Raises ScenarioError where the scenario has no SLO.

    >>> from queuetwin.model import Scenario
    >>> pool = Scenario.from_dict({"items": 1, "arrivals": {"process": "poisson", "rate": "35/s"},
    ...     "workers": {"count": 1}, "service": {"distribution": "exponential", "mean": "100ms"},
    ...     "slo": [{"measure": "response_time.mean", "below": "150ms"}]})
    >>> found = plan(pool, further=False)
    >>> found.winner, found.neighbour
    (5, 4)
    """
    limits = scenario.slo
    if not limits:
        message = 'a plan needs a limit to keep: --slo "response_time.p99 < 200ms"'
        raise scenario.source.error("slo", "", message)
    key = "workers.count" if scenario.stage.workers.machines is None else "workers.machines"
    judged = partial(judge, slos=limits, level=level, budget=budget)
    search = _Search(scenario, key, judged)
    winner, fate = search.run()
    rules = _rules_of_thumb(scenario, key)
    for number in {*rules.values(), _now(scenario, key)}:
        if number <= _MOST_TRIED:
            search.judged(number)
    bears = winner is not None and further
    best = scenario.changed({key: winner}) if bears else scenario
    return Plan(
        scenario=scenario,
        slos=limits,
        level=level,
        key=key,
        tried=dict(sorted(search.tried.items())),
        winner=winner,
        fate=fate,
        load_factor=breaking_point(best, limits, more_load) if bears else math.nan,
        service_factor=breaking_point(best, limits, longer_services) if bears else math.nan,
        what_ifs=what_ifs(best, judged, lambda world: _Search(world, key, judged).run()[0])
        if bears
        else (),
        rules=rules,
    )


class _Search:
    """Judgements by number, each made once."""

    def __init__(
        self, scenario: Scenario, key: str, judged: Callable[[Scenario], Judgement]
    ) -> None:
        self.tried: dict[int, Judgement] = {}
        self._scenario, self._key, self._judged = scenario, key, judged

    def judged(self, number: int) -> Judgement:
        if number not in self.tried:
            self.tried[number] = self._judged(self._scenario.changed({self._key: number}))
        return self.tried[number]

    def run(self) -> tuple[int | None, Fate]:
        """The least number that keeps all limits, and what is known of it."""
        low, high = self._bracket()
        if high is None:
            return None, Fate.MISSED
        while high - low > 1:
            middle = (low + high) // 2
            if self.judged(middle).fate is Fate.MISSED:
                low = middle
            else:
                high = middle
        fate = self.judged(high).fate
        # One that could not be told may stand before one that is known to do.
        if fate is Fate.UNDECIDED and self.judged(high + 1).fate is Fate.MET:
            return high + 1, Fate.UNDECIDED
        return high, fate

    def _bracket(self) -> tuple[int, int | None]:
        """A number that misses (or 0), and one that does not; None where more do not help."""
        least = _least(self._scenario, self._key)
        low, step = least - 1, max(1, math.isqrt(least) // 2)
        while True:
            high = low + step
            judgement = self.judged(high)
            if judgement.fate is not Fate.MISSED:
                return low, high
            if judgement.summary is not None and _nobody_waits(judgement):
                return low, None
            low, step = high, 2 * step
            if high > _MOST_TRIED:
                return low, None


def _least(scenario: Scenario, key: str) -> int:
    """Below this number the workers cannot keep up; 1 where that is not known."""
    one = scenario.changed({key: 1})
    load = offered_load(one)
    losing = scenario.stage.queue.patience or scenario.stage.queue.when_full != "block"
    return 1 if load is None or losing else math.floor(load) + 1


def _nobody_waits(judgement: Judgement) -> bool:
    """Whether more workers could not change anything: hardly any item waits or is lost."""
    assert judgement.summary is not None
    measures = judgement.summary.measures
    waiting = measures.get("waiting_time", {}).get("mean")
    response = measures.get("response_time", {}).get("mean")
    lost = measures["loss_ratio"]["mean"].estimate
    if waiting is None or response is None:
        return False
    return lost == 0 and waiting.estimate <= 1e-6 * response.estimate


def _now(scenario: Scenario, key: str) -> int:
    workers = scenario.stage.workers
    return workers.machines if key == "workers.machines" and workers.machines else workers.number


def _rules_of_thumb(scenario: Scenario, key: str) -> dict[str, int]:
    load = offered_load(scenario.changed({key: 1}))
    if load is None:
        return {}
    return {
        "Little + 30 %": math.ceil(1.3 * load),
        "square root": math.ceil(load + math.sqrt(load)),
    }
