"""The same items all the way up: nominal model, calibrated model, replay, real runs.

Each real run is paired with the model of the very items that it had, so luck cancels.  Nominal
and calibrated were there before the run; a replay of the run's own measured times locates a gap
and proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.engines.simulation import simulate, simulate_draws
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.measured import Overhead, overhead_of, sharing_of
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.validity.replay import replay


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLevels:
    """The runs of each level; `calibrated` is empty where nothing was measured before.

    Then `shared` is the nominal model whose workers share the processor, or the GIL, and is empty
    where none do.  `overhead` is what the machine added in the median run, `sharing_cost` how
    much of the mean response time (seconds) comes of sharing; NaN where none do.
    """

    nominal: tuple[Run, ...]
    shared: tuple[Run, ...]
    calibrated: tuple[Run, ...]
    replays: tuple[Run, ...]
    real: tuple[Run, ...]
    overhead: Overhead
    sharing_cost: float
    same_items: bool

    @staticmethod
    def of(scenario: Scenario, runs: Sequence[Run], overheads: Overheads | None) -> ModelLevels:
        """The model of a scenario under real runs.

        Raises ScenarioError when the overheads are of another machine, Python or backend.
        """
        if overheads is not None:
            _refuse_foreign(overheads, runs)
        loads = [
            Workload.draw(scenario, seed=run.header.seed, replication=run.header.replication)
            for run in runs
        ]
        calibrated = (
            ()
            if overheads is None
            else tuple(simulate(scenario, load, overheads=overheads) for load in loads)
        )
        pairs = list(zip(runs, loads, strict=True))
        nominal = tuple(simulate(scenario, load) for load in loads)
        shared = () if overheads is not None else _shared(scenario, pairs)
        return ModelLevels(
            nominal=nominal,
            shared=shared,
            calibrated=calibrated,
            replays=tuple(replay(run, scenario, load) for run, load in pairs),
            real=tuple(runs),
            overhead=_typical([overhead_of(run, scenario, load.all()) for run, load in pairs]),
            sharing_cost=_cost(shared, nominal)
            if overheads is None
            else _cost(*_with_and_without(scenario, loads, overheads, calibrated)),
            same_items=all(run.header.digest == load.digest for run, load in pairs),
        )

    @property
    def models(self) -> tuple[Run, ...]:
        """The best model that was there before the runs."""
        return self.calibrated or self.nominal


def _refuse_foreign(overheads: Overheads, runs: Sequence[Run]) -> None:
    for run in runs:
        if apart := overheads.machine.differences(run.header.provenance if run.header.real else {}):
            message = f"the calibration is of another machine than the runs: {'; '.join(apart)}"
            raise ScenarioError([Problem(message=message)])
        if run.header.real and run.header.engine != overheads.backend:
            of = f"{overheads.backend}, the runs of {run.header.engine}"
            raise ScenarioError([Problem(message=f"the calibration is of the backend {of}")])


def _shared(scenario: Scenario, pairs: Sequence[tuple[Run, Workload]]) -> tuple[Run, ...]:
    """The nominal model with the one thing that a run says of its machine: what workers share."""
    sharings = [sharing_of(run, scenario.stage) for run, _ in pairs]
    if any(sharing is None for sharing in sharings):
        return ()
    return tuple(
        simulate_draws(scenario, load, load.all(), sharing=sharing)
        for (_, load), sharing in zip(pairs, sharings, strict=True)
    )


def _with_and_without(
    scenario: Scenario,
    loads: Sequence[Workload],
    overheads: Overheads,
    calibrated: Sequence[Run],
) -> tuple[Sequence[Run], Sequence[Run]]:
    """The calibrated runs, and those in which each worker has its own processor."""
    if overheads.sharing(scenario.stage) is None:
        return (), ()
    alone = [
        simulate_draws(
            scenario,
            load,
            overheads.applied(load.all(), scenario, load),
            stalls=overheads.stalls(scenario.stage, load),
        )
        for load in loads
    ]
    return calibrated, alone


def _cost(dear: Sequence[Run], cheap: Sequence[Run]) -> float:
    """By how much the mean response time (seconds) of some runs exceeds that of others."""
    if not dear:
        return math.nan
    measure = MEASURES["response_time"]
    first, second = (
        np.mean([statistic_of(run, measure, "mean") for run in runs]) for runs in (dear, cheap)
    )
    return float(first - second)


def _typical(overheads: Sequence[Overhead]) -> Overhead:
    """The median run's overheads."""

    def median(name: str) -> float:
        values = [getattr(overhead, name) for overhead in overheads]
        known = [value for value in values if not math.isnan(value)]
        return float(np.median(known)) if known else math.nan

    return Overhead(
        lateness=median("lateness"),
        overshoot=median("overshoot"),
        hand_off=median("hand_off"),
        turn_round=median("turn_round"),
    )
