"""Whole runs of a scenario as it is written, one after another: what to expect of one of them.

For what is not stationary (a backlog, a profile, a schedule of workers) only the expectation
over replications means anything.  Replications are independent, so Student's interval holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial

import numpy as np

from queuetwin.model.engines.simulation import Engine, simulate
from queuetwin.model.estimation.summary import Summary, with_figures
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.figures import figures_of, share_above
from queuetwin.model.records.measures import MEASURES, Measure, MeasureRows
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.student import mean_over_replications

_FEWEST = 2
_MOST_RUNS = 1000

# (measure, statistic), or (measure, limit) for the share above a limit
_Key = tuple[str, str | float]


class Replications:
    """So many replications so far; every figure is the mean over them."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        level: float,
        executor: Executor | None = None,
        engine: Engine = "auto",
        measures: Iterable[str] = tuple(MEASURES),
    ) -> None:
        self.size = 0
        self.items = 0
        self.most = _MOST_RUNS
        self._scenario, self._level, self._engine = scenario, level, engine
        self._measures = tuple(measures)
        self._each: Callable[..., Iterable[dict[_Key, float]]] = (
            map if executor is None else executor.map
        )
        self._limits = tuple({(one.parts()[0].name, one.below) for one in scenario.slo})
        self._found: list[dict[_Key, float]] = []

    def extend(self, runs: int) -> None:
        """Go on until there are so many."""
        wanted = min(runs, self.most)
        one = partial(_one_run, self._scenario, self._measures, self._limits, self._engine)
        self._found += self._each(one, range(self.size, wanted))
        self.size = max(self.size, wanted)
        self.items = sum(int(found["items", ""]) for found in self._found)

    def ends_at(self, budget: int) -> bool:
        """Whether twice as many runs would be more than a budget in items, or too many."""
        return self.size >= self.most or 2 * self.items > budget

    def figure(self, measure: Measure, statistic: str) -> Estimate:
        """The expectation of a run's figure."""
        return self._mean((measure.name, statistic), measure)

    def share_above(self, measure: Measure, limit: float) -> Estimate:
        """The expected share of a run's values above a limit that an SLO of the scenario has."""
        return self._mean((measure.name, limit), measure).within(0.0, 1.0)

    def summary(self) -> Summary:
        """The measures that were asked for; counts and notes are those of the first run."""
        measures: dict[str, dict[str, Estimate]] = {}
        for measure in map(MEASURES.__getitem__, self._measures):
            for statistic in measure.statistics:
                figure = self.figure(measure, statistic)
                if not math.isnan(figure.estimate):
                    measures.setdefault(measure.name, {})[statistic] = figure
        first = simulate(self._scenario, engine=self._engine)
        return with_figures(first, measures, level=self._level)

    def _mean(self, asked: _Key, measure: Measure) -> Estimate:
        values = np.array([found.get(asked, math.nan) for found in self._found])
        values = values[~np.isnan(values)]
        if len(values) < _FEWEST:
            return Estimate(estimate=math.nan)
        return mean_over_replications(values, self._level).within(*measure.domain)


def _one_run(
    scenario: Scenario,
    measures: tuple[str, ...],
    limits: tuple[tuple[str, float], ...],
    engine: Engine,
    replication: int,
) -> dict[_Key, float]:
    run = simulate(scenario, Workload.draw(scenario, replication=replication), engine=engine)
    rows = MeasureRows.of(run)
    found: dict[_Key, float] = {("items", ""): float(len(run.items["planned"]))}
    for measure in map(MEASURES.__getitem__, measures):
        asked = {*measure.statistics, *_statistics_of(scenario, measure)}
        for statistic, value in figures_of(rows, measure, sorted(asked)).items():
            found[measure.name, statistic] = value
    found.update({(name, limit): _above(run, name, limit) for name, limit in limits})
    return found


def _above(run: Run, name: str, limit: float) -> float:
    measure = MEASURES[name]
    return share_above(run, measure, limit) if measure.kind == "item" else math.nan


def _statistics_of(scenario: Scenario, measure: Measure) -> list[str]:
    """What the SLOs ask of a measure, which may be more than is shown by default."""
    return [one.parts()[1] for one in scenario.slo if one.parts()[0].name == measure.name]
