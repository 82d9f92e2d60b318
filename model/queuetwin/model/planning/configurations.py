"""The cheapest among settings: of several keys' values those that cost least and keep every limit.

Each setting of the other keys is asked for the one number of workers with which it would still
be cheaper than the cheapest so far.  More never make it worse on the same draws, so where that
number misses the setting is out, by one look; where it keeps, fewer are looked for.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.estimation.slo_judgement import Decision, Judgement, kept_by_estimate
from queuetwin.model.language.axes import Axis, grid
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.slo import Slo
from queuetwin.model.language.stage import Stage
from queuetwin.model.planning.worker_search import EVERY_NUMBER, Search

# Whoever waits at the door instead of in the queue waits as long.
_NOT_MOVED_BY_CAPACITY = ("response_time", "waiting_time", "service_time", "failed_response_time",
                       "busy_workers", "in_system", "utilisation", "loss_ratio",
                       "failure_ratio", "throughput")  # fmt: skip

_AT_FIRST_SIGHT = 16_384

_Rank = tuple[float, float, float, int]
_Ranked = Callable[[int], _Rank]
_Cells = Sequence[tuple[dict[str, Any], Scenario]]
_LAST = (math.inf, math.inf, math.inf, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Values of the keys other than the number, and what was found of them.

    `number` is the least that keeps every limit; where `decision` is MISSED it is the greatest that
    would have been cheaper than the winner (None where none would), and that misses.  `cost` is
    that of the two together, NaN without prices.
    """

    changes: Mapping[str, Any]
    scenario: Scenario
    number: int | None
    decision: Decision
    judgement: Judgement | None
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a scenario costs: so much for one of each key; then workers count, then places.

    Costs are sums, price times number, since that is what an invoice is: so many of these at so
    much each.
    """

    each: Mapping[str, float]

    @staticmethod
    def parse(text: str) -> Prices:
        """Prices from a text such as ``workers.count=30,queue.capacity=0.01``.

        Raises ScenarioError, with what to write instead.

        >>> Prices.parse("workers.count=30, queue.capacity=0.01").each
        {'workers.count': 30.0, 'queue.capacity': 0.01}
        """
        each: dict[str, float] = {}
        for part in filter(None, (one.strip() for one in text.split(","))):
            key, sign, given = (one.strip() for one in part.partition("="))
            try:
                price = float(given)
            except ValueError:
                price = math.nan
            if not sign or not key or not 0 <= price < math.inf:
                raise _fault(part, "a price is written like workers.count=30, for each of them")
            if key in each:
                raise _fault(part, "has a price twice: write one")
            each[key] = price
        if not each:
            raise _fault(text, "no price: write such as workers.count=30,queue.capacity=0.01")
        return Prices(each=each)

    def of(self, scenario: Scenario, key: str, place: int) -> _Ranked:
        """The rank of a configuration by the number at `key`: what costs less comes first.

        Then fewer workers, fewer places, and at last the `place` where it is written.

        Raises ScenarioError for a price of what is no number.
        """
        written = scenario.document if set(self.each) - {key} else {}
        rest = math.fsum(
            price * _number(written, one) for one, price in self.each.items() if one != key
        )
        price = self.each.get(key, 0.0)
        workers = scenario.stage.workers
        size = (workers.per_machine or 1) if key == "workers.machines" else 1
        capacity = scenario.stage.queue.capacity
        places = math.inf if capacity is None else float(capacity)
        return lambda number: (rest + price * number, float(number * size), places, place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheapest:
    """All configurations in the order in which they are written, and which wins with what number.

    Where none keeps every limit, `place` is the one that comes nearest and `number` None.
    """

    settings: tuple[Configuration, ...]
    place: int
    number: int | None
    decision: Decision
    search: Search
    items: int


def cheapest(
    scenario: Scenario,
    axes: Sequence[Axis],
    prices: Prices,
    key: str,
    judged: Callable[..., Judgement],
) -> Cheapest:
    """The cheapest configuration, with the least number at `key` that keeps every limit.

    `judged` takes a scenario, and perhaps a budget.  Raises ScenarioError with every fault that
    a setting has.
    """
    numbers = _asked_numbers(axes, key)
    cells = _distinct(grid(scenario, [axis for axis in axes if axis.key != key]))
    ranked = [prices.of(cell, key, place) for place, (_, cell) in enumerate(cells)]
    guesses, items = _guesses(cells, ranked, key, numbers, judged)
    by_guess = sorted(range(len(cells)), key=lambda place: _rank_of(ranked, place, guesses[place]))
    searches, found = dict[int, Search](), dict[int, Configuration]()
    best: int | None = None
    for place in by_guess:
        changes, cell = cells[place]
        search = searches[place] = Search(cell, key, judged, numbers)
        if best is None:
            number, decision = search.least(guesses[place])
        else:
            limit = _rank_of(ranked, best, found[best].number)
            number, decision = search.least_among(bisect_left(numbers, limit, key=ranked[place]))
        shown = max(search.tried, default=None) if number is None else number
        judgement = None if shown is None else search.tried[shown]
        found[place] = Configuration(
            changes=changes, scenario=cell, number=shown, decision=decision, judgement=judgement,
            cost=_rank_of(ranked, place, shown)[0] if prices.each else math.nan,
        )  # fmt: skip
        # An undecided configuration never replaces one that meets all limits.
        sure = judgement is not None and judgement.decision is Decision.MET
        if number is not None and (
            best is None or sure or found[best].decision is not Decision.MET
        ):
            best = place
        items += search.items
    settings = tuple(found[place] for place in range(len(cells)))
    place = _nearest(settings) if best is None else best
    return Cheapest(
        settings=settings,
        place=place,
        number=None if best is None else settings[place].number,
        decision=Decision.MISSED if best is None else _decision_of(settings, ranked, place),
        search=searches[place],
        items=items,
    )


def _guesses(
    cells: _Cells,
    ranked: Sequence[_Ranked],
    key: str,
    numbers: Sequence[int],
    judged: Callable[..., Judgement],
) -> tuple[list[int | None], int]:
    """The least numbers by the estimates of short runs, where they would be the cheapest so far.

    So a good configuration is judged first, and most others need one judgement.  Returns the
    guesses and how many items they took.
    """
    guesses: list[int | None] = [None] * len(cells)
    if len(cells) == 1:
        return guesses, 0

    def by_estimate(scenario: Scenario) -> Judgement:
        judgement = judged(scenario, budget=_AT_FIRST_SIGHT, first=_AT_FIRST_SIGHT)
        kept = kept_by_estimate(judgement)
        return replace(judgement, decision=Decision.MET if kept else Decision.MISSED)

    best, items = None, 0
    for place, (_, scenario) in enumerate(cells):
        search = Search(scenario, key, by_estimate, numbers)
        if best is None:
            guesses[place], _ = search.least()
        else:
            limit = _rank_of(ranked, best, guesses[best])
            guesses[place], _ = search.least_among(bisect_left(numbers, limit, key=ranked[place]))
        best = best if guesses[place] is None else place
        items += search.items
    return guesses, items


def _rank_of(ranked: Sequence[_Ranked], place: int, number: int | None) -> _Rank:
    """The rank of a configuration with a number; no number ranks last."""
    return _LAST if number is None else ranked[place](number)


def _decision_of(
    settings: Sequence[Configuration], ranked: Sequence[_Ranked], best: int
) -> Decision:
    """UNDECIDED where the winner, or a configuration that would be cheaper, is undecided."""
    limit = _rank_of(ranked, best, settings[best].number)
    undecided = any(
        setting.decision is Decision.UNDECIDED and _rank_of(ranked, place, setting.number) <= limit
        for place, setting in enumerate(settings)
    )
    return Decision.UNDECIDED if undecided else Decision.MET


def _asked_numbers(axes: Iterable[Axis], key: str) -> Sequence[int]:
    """The numbers of workers or machines that an axis allows; any without one."""
    for axis in axes:
        if axis.key == key:
            wrong = [value for value in axis.values if type(value) is not int or value < 1]
            if wrong:
                message = "is no number to buy: write whole numbers from 1, such as 2..16"
                raise ScenarioError([Problem(key=key, value=str(wrong[0]), message=message)])
            return tuple(sorted(set(axis.values)))
    return EVERY_NUMBER


def places_matter(scenario: Scenario, limits: Sequence[Slo]) -> bool:
    """Whether the capacity of the queue can change a figure that has a limit.

    In a queue in order of arrival whose producer waits, without second attempts or patience, it
    changes only where an item waits: every start is at the same instant, to the bit.
    """
    stage = scenario.stage
    only_moves = (
        stage.queue.when_full == "block"
        and scenario.arrivals.pacing == "schedule"
        and stage.queue.order == "fifo"
        and stage.queue.patience is None
        and stage.failures.attempts == 1
        and stage.workers.lanes == 1
    )
    return not only_moves or any(
        slo.parts()[0].name not in _NOT_MOVED_BY_CAPACITY for slo in limits
    )


def _distinct(
    cells: Iterable[tuple[dict[str, Any], Scenario]],
) -> list[tuple[dict[str, Any], Scenario]]:
    """The cells without those that differ only in a capacity without effect; the smallest stays."""
    kept: dict[str, tuple[dict[str, Any], Scenario]] = {}
    for changes, cell in cells:
        rest = dict(changes)
        if not places_matter(cell, cell.slo):
            rest.pop("queue.capacity", None)
        before = kept.get(repr(rest))
        if before is None or _places(cell.stage) < _places(before[1].stage):
            kept[repr(rest)] = (changes, cell)
    return list(kept.values())


def _places(stage: Stage) -> float:
    capacity = stage.queue.capacity
    return math.inf if capacity is None else capacity


def _excess(judgement: Judgement | None) -> float:
    """The worst figure over its limit; without end where the workers do not keep up."""
    if judgement is None or not judgement.limits:
        return math.inf
    return max(
        limit.figure.estimate / limit.slo.below if limit.slo.below else math.inf
        for limit in judgement.limits
    )


def _nearest(settings: Sequence[Configuration]) -> int:
    return min(range(len(settings)), key=lambda place: _excess(settings[place].judgement))


def _number(written: Mapping[str, Any], key: str) -> float:
    """What a scenario says at a key that has a price."""
    value: Any = written
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        said = "nothing" if value is None else str(value)
        raise _fault(key, f"has no price: it says {said}, which is no number of things to buy")
    return float(value)


def _fault(value: str, message: str) -> ScenarioError:
    return ScenarioError([Problem(key="cost", value=value, message=message)])
