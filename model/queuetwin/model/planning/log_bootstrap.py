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
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.randomness import analysis_generator
from queuetwin.model.base.units import format_rate
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.slo import Slo
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.statistics.quantiles import rank_of

if TYPE_CHECKING:
    from queuetwin.model.engines.compiled.fcfs import Served
from queuetwin.model.estimation.slo_judgement import keeps

LOGS = 100
_BLOCKS, _FEWEST = 50, 1_000
_TIMES_AS_LONG, _LEAST_ITEMS, _MOST_ITEMS = 4, 65_536, 262_144
_FARTHEST = 20
_KNOWN = ("response_time", "waiting_time", "loss_ratio")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Logged:
    """Gaps and services of consecutive items, in seconds, shape (items,), as a log has them.

    Without services they are drawn as the scenario says.
    """

    gaps: Floats
    services: Floats | None

    @staticmethod
    def of(arrivals: Floats, services: Floats | None = None) -> Logged:
        """From instants, ascending, and services; what one has more than the other is left out."""
        if services is None:
            return Logged(gaps=np.diff(arrivals), services=None)
        count = min(len(arrivals), len(services))
        return Logged(gaps=np.diff(arrivals[:count]), services=services[1:count])

    @staticmethod
    def in_scenario(scenario: Scenario) -> Logged | None:
        """The arrivals that a scenario has from a log, as recorded; None where it has none."""
        arrivals = scenario.arrivals
        if arrivals.process != "trace" or arrivals.mean_rate is None:
            return None
        return Logged.of(np.array(arrivals.times) * arrivals.stretch)

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
    known = all(limit.parts()[0].name in _KNOWN for limit in limits)
    if not known or len(logged.gaps) < _FEWEST:
        return {}
    from queuetwin.model.engines.compiled.fcfs import can_stream

    long = _long(scenario, logged)
    base = Workload.draw(long).all()
    if not can_stream(long, base):
        return {}
    pools = {
        number: long.changed({key: number})
        for number in range(max(winner - _FARTHEST, 1), winner + _FARTHEST + 1)
    }
    generator = analysis_generator(scenario.seed)
    answers: Counter[int] = Counter()
    for _ in range(LOGS):
        draws = _draws_of(base, logged, generator)
        answers[_least_about(winner, partial(_keeps, pools, draws, limits))] += 1
    return dict(sorted(answers.items()))


def _long(scenario: Scenario, logged: Logged) -> Scenario:
    """The scenario with a run several times as long as the log; its gaps are put in later."""
    items = min(max(_TIMES_AS_LONG * len(logged.gaps), _LEAST_ITEMS), _MOST_ITEMS)
    arrivals = {"process": "poisson", "rate": format_rate(logged.rate)}
    return scenario.changed({"arrivals": arrivals, "items": items})


def _draws_of(base: Draws, logged: Logged, generator: np.random.Generator) -> Draws:
    """A long run of one resampled log: blocks of the blocks that it has."""
    count, items = len(logged.gaps), len(base)
    length = max(count // _BLOCKS, 1)
    log = generator.integers(count, size=-(-count // length))
    begins = generator.choice(log, -(-items // length))
    rows = ((begins[:, None] + np.arange(length)) % count).ravel()[:items]
    gaps = logged.gaps[rows]
    if logged.services is None:
        return replace(base, gap=gaps)
    demand = np.broadcast_to(logged.services[rows], base.demand.shape)
    return replace(base, gap=gaps, demand=np.array(demand))


def _least_about(winner: int, keeps: Callable[[int], bool]) -> int:
    """The least number that keeps, looked for from the winner on; at most twenty from it."""
    number = winner
    if keeps(number):
        while number > max(winner - _FARTHEST, 1) and keeps(number - 1):
            number -= 1
        return number
    number += 1
    while number < winner + _FARTHEST and not keeps(number):
        number += 1
    return number


def _keeps(pools: Mapping[int, Scenario], draws: Draws, limits: Sequence[Slo], number: int) -> bool:
    from queuetwin.model.engines.compiled.fcfs import FcfsStation

    served = FcfsStation(pools[number]).serve(draws)
    done = ~np.isnan(served.finished)
    return all(_kept(limit, served, done) for limit in limits)


def _kept(limit: Slo, served: Served, done: NDArray[np.bool_]) -> bool:
    measure, statistic = limit.parts()
    if measure.name == "loss_ratio":
        return bool(keeps(1 - float(done.mean()), limit.below))
    until = served.finished if measure.name == "response_time" else served.started
    times = (until - served.planned)[done]
    if statistic.quantile is None:
        return bool(keeps(float(times.mean()), limit.below))
    above = len(times) - int(keeps(times, limit.below).sum())
    return above < len(times) - rank_of(statistic.quantile, len(times))
