"""What the user's own system did, as one more column: a saved Run, or a log as `fit` reads it.

It had other items than the real runs, so luck does not cancel, and it is one run: it gets a
column and an interval of its own, and no verdict.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.logs.as_run import run_of
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.reading import read_log
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES, MeasureRows, parse_statistic
from queuetwin.model.records.run import Outcome, Run
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.series import interval

_COLUMNS = (
    "arrival",
    "start",
    "end",
    "duration",
    "task",
    "worker",
    "status",
    "unit",
    "duration_is",
)
# What can be known without the starts of services.
_WITHOUT_STARTS = ("response_time", "loss_ratio", "failure_ratio", "throughput")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A run of the user's own, and what it is called."""

    name: str
    run: Run

    @property
    def shows_starts(self) -> bool:
        """Whether it says when services began."""
        completed = self.run.attempts["outcome"] == Outcome.COMPLETED
        return not bool(np.isnan(self.run.attempts["started"][completed]).any())

    def figure(self, name: str) -> float:
        """A statistic of a measure; NaN where the run does not show it."""
        measure, statistic = parse_statistic(name)
        if not self.shows_starts and measure.name not in _WITHOUT_STARTS:
            return math.nan
        return statistic_of(self.run, measure, statistic)

    def mean_response(self) -> Estimate:
        """Of the whole run, with how sure it is."""
        times = MEASURES["response_time"].source(MeasureRows.of(self.run))
        return interval(times) if len(times) else Estimate(estimate=math.nan)


def observed(file: str, scenario: Scenario, columns: LogColumns | None = None) -> Observed:
    """Read what was observed.

    Raises ScenarioError where the file cannot be read or does not show response times.
    """
    path = Path(file)
    if path.suffix != ".npz":
        return Observed(name=path.name, run=run_of(read_log([path], columns), scenario))
    try:
        return Observed(name=path.name, run=Run.load(path))
    except (ValueError, OSError) as fault:
        raise ScenarioError([Problem(message=str(fault), file=file)]) from None


def columns_of(text: str | None) -> LogColumns | None:
    """Which column is what, written like ``arrival=ts,start=t0,end=t1,unit=ms``.

    Raises ScenarioError for a meaning that does not exist.

    >>> columns_of("arrival=ts,unit=ms").arrival
    'ts'
    """
    if text is None:
        return None
    pairs = [part.partition("=")[::2] for part in text.split(",")]
    unknown = [key for key, value in pairs if key not in _COLUMNS or not value]
    if unknown:
        message = f"write arrival=NAME,end=NAME and so on: there are {', '.join(_COLUMNS)}"
        raise ScenarioError([Problem(key="--columns", value=text, message=message)])
    return LogColumns(**dict(pairs))
