"""How sure a log makes a plan: what a hundred such logs would say, each resampled from it.

Blocks of consecutive items, with their gaps and services as they came, are drawn with
replacement, so bursts stay together (Kuensch, Annals of Statistics 17, 1989: the moving block
bootstrap, here on a circle so that no item is left out).  Each such log is asked in a run of
its own blocks, several times as long as the log, so that what differs is the log and not the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.draws import Draws
from queuetwin.model.quantiles import rank_of
from queuetwin.model.scenario import Scenario
from queuetwin.model.slo import Slo
from queuetwin.model.units import format_rate
from queuetwin.model.workload import Workload

__all__ = ["LOGS", "Logged", "answers_of_logs"]

Floats = NDArray[np.float64]

LOGS = 100
_BLOCKS, _FEWEST = 50, 1_000
_TIMES_AS_LONG, _LEAST_ITEMS, _MOST_ITEMS = 4, 65_536, 262_144
_FARTHEST = 20
_KNOWN = ("response_time", "waiting_time", "loss_ratio")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Logged:
    """Gaps and services of consecutive items, in seconds, shape (items,), as a log has them."""

    gaps: Floats
    services: Floats

    @staticmethod
    def of(arrivals: Floats, services: Floats) -> Logged:
        """From instants, ascending, and services; what one has more than the other is left out."""
        count = min(len(arrivals), len(services))
        gaps = np.diff(arrivals[:count])
        return Logged(gaps=gaps, services=np.array(services[1:count]))

    @property
    def rate(self) -> float:
        """Items a second."""
        return len(self.gaps) / float(self.gaps.sum())


def answers_of_logs(
    scenario: Scenario, limits: Sequence[Slo], key: str, winner: int, logged: Logged
) -> Mapping[int, int]:
    """How many of a hundred such logs say what number at `key`, from about the `winner`.

    Empty where that is not known: the log has fewer than a thousand items, items overtake each
    other, or a limit is on another measure than response time, waiting time and losses.
    """
    base = _base(scenario, logged)
    known = all(one.parts()[0].name in _KNOWN for one in limits)
    if base is None or not known or len(logged.gaps) < _FEWEST:
        return {}
    generator = np.random.default_rng(scenario.seed)
    pools = {winner: scenario.changed({key: winner})}
    answers: Counter[int] = Counter()
    for _ in range(LOGS):
        draws = _draws_of(base, logged, generator)

        def keeps(number: int, draws: Draws = draws) -> bool:
            if number not in pools:
                pools[number] = scenario.changed({key: number})
            return _keeps(pools[number], draws, limits)

        answers[_least_about(winner, keeps)] += 1
    return dict(sorted(answers.items()))


def _base(scenario: Scenario, logged: Logged) -> Draws | None:
    """Draws in which gaps and services are put; None where rows overtake each other."""
    from queuetwin.model.fast_engine.in_order import can_stream

    items = min(max(_TIMES_AS_LONG * len(logged.gaps), _LEAST_ITEMS), _MOST_ITEMS)
    arrivals = {"process": "poisson", "rate": format_rate(logged.rate)}
    long = scenario.changed({"arrivals": arrivals, "items": items})
    draws = Workload.draw(long).all()
    return draws if can_stream(long, draws) else None


def _draws_of(base: Draws, logged: Logged, generator: np.random.Generator) -> Draws:
    """A long run of one resampled log: blocks of the blocks that it has."""
    count, items = len(logged.gaps), len(base)
    length = max(count // _BLOCKS, 1)
    log = generator.integers(count, size=-(-count // length))
    begins = generator.choice(log, -(-items // length))
    rows = ((begins[:, None] + np.arange(length)) % count).ravel()[:items]
    demand = np.broadcast_to(logged.services[rows], base.demand.shape)
    return replace(base, gap=logged.gaps[rows], demand=np.array(demand))


def _least_about(winner: int, keeps: Callable[[int], bool]) -> int:
    """The least number that keeps, looked for from the winner on, not farther than twenty."""
    number = winner
    if keeps(number):
        while number > max(winner - _FARTHEST, 1) and keeps(number - 1):
            number -= 1
        return number
    while number < winner + _FARTHEST and not keeps(number + 1):
        number += 1
    return number + 1


def _keeps(scenario: Scenario, draws: Draws, limits: Sequence[Slo]) -> bool:
    from queuetwin.model.fast_engine.in_order import InOrder

    served = InOrder(scenario).serve(draws)
    done = ~np.isnan(served.finished)
    for one in limits:
        measure, statistic = one.parts()
        if measure.name == "loss_ratio":
            kept = 1 - float(done.mean()) <= one.below
        else:
            until = served.finished if measure.name == "response_time" else served.started
            times = (until - served.planned)[done]
            if statistic == "mean":
                kept = float(times.mean()) <= one.below
            else:
                above = int((times > one.below).sum())
                rank = rank_of(float(statistic[1:]) / 100, len(times))
                kept = above <= len(times) - rank
        if not kept:
            return False
    return True
