"""What a winner bears, and what else could happen: the same pool in another world.

On the same draws more load only makes it worse, so the breaking point is found by bisection on
the figures themselves; a what-if is judged like any other scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from queuetwin.model.base.units import format_duration, parse_duration
from queuetwin.model.estimation.slo_judgement import Decision, Judgement, judge, kept_by_estimate
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.slo import Slo
from queuetwin.model.statistics.estimate import Estimate

SMOOTH = "smooth arrivals"

_MOST_BORNE, _NEAR_ENOUGH = 3.0, 0.01
_ITEMS = 262_144
_TIMES = ("mean", "p50", "p99", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A what-if: how the winner fares in it, and the number that would keep every limit.

    `needs` is None where it was not asked, or no number does; `bad` is the share of five-minute
    windows in which the winner breaks a limit, where it keeps them all on average.
    """

    name: str
    judgement: Judgement
    needs: int | None
    bad: Estimate | None


def more_load(scenario: Scenario, factor: float) -> Scenario | None:
    """So many times the arrivals; None where they have no rate."""
    rate = scenario.arrivals.mean_rate
    if rate is None:
        return None
    return scenario.changed({"arrivals.rate": f"{rate * factor!r}/s"})


def longer_services(scenario: Scenario, factor: float) -> Scenario | None:
    """Services so many times as long; None where their length is not written as times."""
    written = scenario.document
    changes: dict[str, Any] = _times(written["service"], factor, "service")
    if not changes:
        return None
    for number, item_class in enumerate(written.get("class", ())):
        changes |= _times(item_class.get("service", {}), factor, f"class.{number}.service")
    return scenario.changed(changes)


def breaking_point(
    scenario: Scenario,
    limits: Sequence[Slo],
    harder: Callable[[Scenario, float], Scenario | None],
) -> float:
    """The factor up to which the estimates keep every limit; NaN where nothing can be changed."""
    if harder(scenario, 1.0) is None:
        return float("nan")

    def keeps(factor: float) -> bool:
        changed = harder(scenario, factor)
        assert changed is not None
        return kept_by_estimate(judge(changed, limits, budget=_ITEMS))

    low, high = 1.0, _MOST_BORNE
    if keeps(high):
        return high
    while high - low > _NEAR_ENOUGH:
        middle = (low + high) / 2
        low, high = (middle, high) if keeps(middle) else (low, middle)
    return low


def what_ifs(
    best: Scenario,
    judged: Callable[[Scenario], Judgement],
    *,
    least: Callable[[Scenario], int | None],
    bad: Callable[[Scenario], Estimate],
) -> tuple[WhatIf, ...]:
    """The usual questions, those that have a meaning for the scenario, and its own.

    `least` gives the least number that keeps all limits in another world, if any does, `bad` the
    share of windows in which a limit is broken there.
    """
    found = []
    for name, scenario in _worlds(best):
        if scenario is None:
            continue
        judgement = judged(scenario)
        asked = judgement.decision is Decision.MISSED or name == SMOOTH
        found.append(
            WhatIf(
                name=name,
                judgement=judgement,
                needs=least(scenario) if asked else None,
                bad=None if asked else bad(scenario),
            )
        )
    return tuple(found)


def _worlds(best: Scenario) -> list[tuple[str, Scenario | None]]:
    workers, rate = best.stage.workers, best.arrivals.mean_rate
    smooth = own = None
    if rate is not None and best.arrivals.process != "periodic":
        smooth = best.changed({"arrivals": {"process": "periodic", "rate": f"{rate!r}/s"}})
    if workers.machines is not None and workers.machines > 1 and not workers.own_queue:
        own = best.changed({"workers.own_queue": True, "workers.routing": "random"})
    return [
        ("twice the load", more_load(best, 2.0)),
        ("each machine its own queue", own),
        (SMOOTH, smooth),
        *((world.name, best.changed(world.changes)) for world in best.what_if),
    ]


def _times(service: dict[str, Any], factor: float, where: str) -> dict[str, Any]:
    return {
        f"{where}.{key}": format_duration(parse_duration(service[key]) * factor)
        for key in _TIMES
        if isinstance(service.get(key), str)
    }
