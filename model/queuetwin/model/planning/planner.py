"""`plan`: the cheapest that keeps every limit, how sure that is, and what breaks it first.

Workers, or whole machines, are always counted; other keys may vary beside them.  The answer is a
winner that keeps every limit and its neighbour that does not, or why there is none.  What is
said of the winner, of fewer, and of other worlds is on the same draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.estimation.slo_judgement import BUDGET, Decision, Judgement, judge
from queuetwin.model.estimation.slo_windows import bad_windows
from queuetwin.model.language.axes import Axis, axes_of
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.slo import Slo
from queuetwin.model.language.stage import Stage
from queuetwin.model.planning.configurations import Configuration, Prices, cheapest
from queuetwin.model.planning.log_bootstrap import Logged, answers_of_logs
from queuetwin.model.planning.what_ifs import (
    WhatIf,
    breaking_point,
    longer_services,
    more_load,
    what_ifs,
)
from queuetwin.model.planning.worker_search import EVERY_NUMBER, Search
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.statistics.estimate import Estimate

# Besides those that have a limit.
_MEASURES = tuple(name for name, measure in MEASURES.items() if "plan" in measure.short_tables)
_WINDOW_ITEMS = 1_000_000
_OFTEN_ENOUGH = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to buy: judgements by number of workers, and the number that wins, if any.

    `key` is what is counted: "workers.count" or "workers.machines".  `decision` is MET when the
    winner keeps its limits and nothing cheaper does, UNDECIDED when the budget did not tell one
    of them, MISSED when nothing keeps them.  `axes` are the keys that varied; of the other keys
    `scenario` has the values of the cheapest of `settings`, which is at `place`, and `tried` are
    its numbers.  `load_factor` and `service_factor` are how much more load, or longer services,
    the winner bears (NaN where not asked); `rules` maps rules of thumb to the number that they
    say; `items` is how many were simulated to find the winner.  `bad_windows` is by number the
    share of five-minute windows in which the limit is broken that most often is;
    `of_logs` says how many of a hundred logs like the scenario's say what number.
    """

    scenario: Scenario
    slos: tuple[Slo, ...]
    level: float
    key: str
    axes: tuple[Axis, ...]
    prices: Prices
    settings: tuple[Configuration, ...]
    place: int
    tried: Mapping[int, Judgement]
    winner: int | None
    decision: Decision
    items: int
    rules: Mapping[str, int]
    load_factor: float = math.nan
    service_factor: float = math.nan
    what_ifs: tuple[WhatIf, ...] = ()
    bad_windows: Mapping[int, Estimate] = field(default_factory=dict)
    of_logs: Mapping[int, int] = field(default_factory=dict)

    @property
    def changes(self) -> Mapping[str, Any]:
        """The values of the keys that vary beside the number."""
        return self.settings[self.place].changes

    @property
    def less(self) -> int | None:
        """The next smaller number than the winner that could be bought."""
        if self.winner is None:
            return None
        asked = [axis.values for axis in self.axes if axis.key == self.key]
        fewer = (number for values in asked for number in values if number < self.winner)
        return max(fewer, default=None) if asked else (self.winner - 1 or None)

    @property
    def neighbour(self) -> int | None:
        """The same, where it was tried; it was not where so few cannot keep up."""
        return self.less if self.less in self.tried else None


def plan(
    scenario: Scenario,
    *,
    over: Mapping[str, str | Iterable[Any]] | None = None,
    prices: Prices | None = None,
    logged: Logged | None = None,
    level: float = 0.95,
    budget: int = BUDGET,
    further: bool = True,
) -> Plan:
    """The cheapest number of workers (or whole machines), and other values, that keep every SLO.

    `over` maps keys to the values that they may have, written as for `sweep`; without an axis of
    its own the number of workers may be any.  What costs least by `prices` is the cheapest, then
    what has the fewest workers, then the fewest places, then what is written first.  Each
    judgement costs at most `budget` items.  `further` also asks what breaks the winner first,
    what if, and what other logs would say like the one that the scenario is of (`logged`; left
    out, its recorded arrivals).  Raises ScenarioError where the scenario has no SLO, or one that
    no pool can keep, and for faults of `over` and `prices`.

    >>> from queuetwin.model import Scenario
    >>> pool = Scenario.from_dict({"items": 1, "arrivals": {"process": "poisson", "rate": "35/s"},
    ...     "workers": {"count": 1}, "service": {"distribution": "exponential", "mean": "100ms"},
    ...     "slo": [{"measure": "response_time.mean", "below": "150ms"}]})
    >>> found = plan(pool, further=False)
    >>> found.winner, found.neighbour
    (5, 4)
    """
    limits = _checked_limits(scenario)
    key = "workers.count" if scenario.stage.workers.machines is None else "workers.machines"
    axes = axes_of(scenario, over) if over else ()
    prices = prices or Prices(each={})
    judged = partial(judge, slos=limits, level=level, budget=budget, measures=_MEASURES)
    answer = cheapest(scenario, axes, prices, key, judged)
    chosen, search = answer.settings[answer.place].scenario, answer.search
    rules = _rules_of_thumb(chosen.stage, search.load_of_one, key)
    for number in {*rules.values(), _present_number(chosen.stage, key)}:
        if number in EVERY_NUMBER:
            search.judged(number)
    plan = Plan(
        scenario=chosen,
        slos=limits,
        level=level,
        key=key,
        axes=axes,
        prices=prices,
        settings=answer.settings,
        place=answer.place,
        tried=dict(sorted(search.tried.items())),
        winner=answer.number,
        decision=answer.decision,
        items=answer.items,
        rules=rules,
    )
    if plan.winner is None or not further:
        return plan
    return _examined(plan, plan.winner, search, judged, logged or Logged.in_scenario(scenario))


def _examined(
    plan: Plan,
    winner: int,
    search: Search,
    judged: Callable[..., Judgement],
    logged: Logged | None,
) -> Plan:
    """The plan with figures that have bounds, what breaks its winner first, and what if."""
    search.measure(winner)
    best = plan.scenario.changed({plan.key: winner})
    return replace(
        plan,
        tried=dict(sorted(search.tried.items())),
        load_factor=breaking_point(best, plan.slos, more_load),
        service_factor=breaking_point(best, plan.slos, longer_services),
        what_ifs=what_ifs(
            best,
            judged,
            least=lambda world: Search(world, plan.key, judged).least()[0],
            bad=partial(_bad_windows, limits=plan.slos, level=plan.level),
        ),
        # Of a number that does not keep up every window is bad in the long run.
        bad_windows={
            number: _bad_windows(judgement.scenario, plan.slos, plan.level)
            for number, judgement in search.tried.items()
            if judgement.keeps_up
        },
        of_logs={}
        if logged is None
        else answers_of_logs(plan.scenario, plan.slos, plan.key, winner, logged),
    )


def _bad_windows(scenario: Scenario, limits: tuple[Slo, ...], level: float) -> Estimate:
    """Of the limit that is broken in most windows."""
    shares = (bad_windows(scenario, slo, level=level, budget=_WINDOW_ITEMS) for slo in limits)
    return max(shares, key=lambda share: share.estimate)


def _checked_limits(scenario: Scenario) -> tuple[Slo, ...]:
    """The limits, if a plan can keep them; raises ScenarioError with every fault."""
    if not scenario.slo:
        message = 'a plan needs a limit to keep: `slo="response_time.p99 < 200ms"`'
        raise scenario.source.error("slo", "", message)
    problems: list[Problem] = []
    first: dict[tuple[str, str], Slo] = {}
    for place, slo in enumerate(scenario.slo):
        measure, statistic = slo.parts()
        before = first.setdefault((measure.name, statistic), slo)
        if before is not slo:
            message = f"has another limit already, {before.limit_text()}: keep one of the two"
        elif not slo.below:
            message = "is never below 0: write what may be left of it"
        else:
            continue
        key = f"slo.{place}.below"
        file, line = scenario.source.place(key)
        value = f"{slo.measure} < {slo.limit_text()}"
        problems.append(Problem(message=message, key=key, value=value, file=file, line=line))
    if problems:
        raise ScenarioError(problems)
    return scenario.slo


def _present_number(stage: Stage, key: str) -> int:
    workers = stage.workers
    return workers.machines if key == "workers.machines" and workers.machines else workers.number


def _rules_of_thumb(stage: Stage, load: float | None, key: str) -> dict[str, int]:
    """What people buy who simulate nothing: so many workers, or whole machines, for a mean load.

    `load` is the offered load of one of them.  By "Poisson" as many as are busy 99 % of the time
    where there are always enough of them and arrivals are Poisson (M/G/infinity).
    """
    from scipy.special import pdtrik  # type: ignore[import-untyped]

    size = (stage.workers.per_machine or 1) if key == "workers.machines" else 1
    if load is None:
        return {}
    load *= size
    enough = {
        "Little + 30 %": 1.3 * load,
        "square root": load + math.sqrt(load),
        "Poisson": float(pdtrik(_OFTEN_ENOUGH, load)),
    }
    return {name: max(math.ceil(workers / size), 1) for name, workers in enough.items()}
