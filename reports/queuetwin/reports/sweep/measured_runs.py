"""Real runs beside a sweep: for each load a measured point on what was predicted before.

The prediction speaks of the long run, a real run of a few seconds; so beside each stands what
the model says of the very items that ran.  A disturbed run is shown as such.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.engines.simulation import simulate
from queuetwin.model.estimation.summary import Summary, summarise
from queuetwin.model.language.traffic import long_run
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.sweeping.sweeper import Sweep
from queuetwin.model.validity.certificate import certify
from queuetwin.model.validity.checks import Trust
from queuetwin.reports.presentation.wording import figure_text, measure_title
from queuetwin.reports.sweep.wording import figure_of, value_text

# (scenario, workload, stop=...) -> Run, as `queuetwin.realrun.execute`
Execute = Callable[..., Run]

_MOST_RUNS = 12
_SHOWN = ("response_time.mean", "response_time.p99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A real run of one combination, and the model on the same items."""

    changes: Mapping[str, Any]
    run: Run
    real: Summary
    model: Summary
    trust: Trust
    reasons: tuple[str, ...]


def check_executable(combinations: int, keys: int) -> None:
    """Raise ScenarioError for more runs than anybody would wait for, or more than one key."""
    if keys != 1 or combinations > _MOST_RUNS:
        message = (
            f"runs on real threads, one after the other: name one key with at most {_MOST_RUNS} "
            f"values, such as arrivals.rate=x0.3..x1.2; this asks for {combinations:,} runs"
        )
        raise ScenarioError([Problem(key="--execute", message=message)])


def measured_runs(
    sweep: Sweep, execute: Execute, *, seconds: float, stop: threading.Event
) -> Iterator[Measured]:
    """A run of so many seconds for each combination that keeps up, until somebody stops it.

    What is not stationary runs as it is written.
    """
    for cell in sweep.cells:
        scenario = cell.judgement.scenario
        if cell.judgement.summary is None:
            continue
        if long_run(scenario):
            scenario = scenario.changed({"duration": f"{seconds!r}s"})
        workload = Workload.draw(scenario)
        run = execute(scenario, workload, stop=stop)
        if stop.is_set():
            return
        certificate = certify(run, scenario, workload)
        yield Measured(
            changes=cell.changes,
            run=run,
            real=summarise(run, level=sweep.level),
            model=summarise(simulate(scenario, workload), level=sweep.level),
            trust=certificate.trust,
            reasons=certificate.reasons,
        )


def ran(summary: Summary, name: str) -> float:
    """A figure of a run; NaN where it has none."""
    measure, _, statistic = name.partition(".")
    figure = summary.measures.get(measure, {}).get(statistic)
    return math.nan if figure is None else figure.estimate


def measured_rows(sweep: Sweep, measured: Sequence[Measured]) -> list[list[str]]:
    """A row for each run: predicted for the long run, the model on these items, real."""
    key, cells = sweep.axes[0].key, {tuple(cell.changes.items()): cell for cell in sweep.cells}
    titles = [measure_title(name).replace("response time", "response") for name in _SHOWN]
    sides = ("predicted", "model, same items", "real")
    rows = [[key, *(f"{title}: {side}" for title in titles for side in sides), "run"]]
    for one in measured:
        cell = cells[tuple(one.changes.items())]
        figures = []
        for name in _SHOWN:
            values = [figure_of(cell, name).estimate, ran(one.model, name), ran(one.real, name)]
            figures += [figure_text(name, value) for value in values]
        worth = one.trust.value.lower() + (f": {'; '.join(one.reasons)}" if one.reasons else "")
        rows.append([value_text(one.changes[key]), *figures, worth])
    return rows
