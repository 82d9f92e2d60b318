"""Model against reality on the same items: differences, verdicts, and where the gap is.

The unit is the run.  Each real run is paired with the model of the very items that it had, so
luck cancels; the paired log ratios of five runs get Student's t.  SAME when the interval lies
inside the margin that was declared before, DIFFERENT when wholly outside, else UNDECIDED.  The
headline is the best model that was there before the run: calibrated with what this machine adds,
where that was measured, else nominal.  A replay of the run's own measured times locates the gap
and proves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.batching import student_half_width
from queuetwin.model.certificate import Certificate, Trust, certify
from queuetwin.model.errors import Problem, ScenarioError
from queuetwin.model.estimates import Interval
from queuetwin.model.figures import share_above, statistic_of
from queuetwin.model.lints import lints
from queuetwin.model.measures import MEASURES, parse_statistic
from queuetwin.model.overheads import Overheads
from queuetwin.model.replay import Overhead, overhead_of, replay
from queuetwin.model.run import Run
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import simulate, simulate_draws
from queuetwin.model.slo import Slo
from queuetwin.model.theory import Prediction, solve
from queuetwin.model.units import format_share
from queuetwin.model.workload import Workload

__all__ = [
    "MARGINS",
    "NOT_RUN",
    "Comparison",
    "Difference",
    "Margin",
    "SloVerdict",
    "Verdict",
    "compare",
]

Floats = NDArray[np.float64]

LEVEL = 0.95
NOT_RUN = "your code did not run"


class Verdict(StrEnum):
    """What may be said."""

    SAME = "SAME"
    DIFFERENT = "DIFFERENT"
    UNDECIDED = "UNDECIDED"
    NO_VERDICT = "NO VERDICT"
    MET = "MET"
    MISSED = "MISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """How far apart is still the same: a share of the real figure, or an absolute distance.

    A relative figure below `floor` on both sides is too small to judge by its ratio.
    """

    allowed: float
    relative: bool = True
    floor: float = 0.0


# Declared here, before any run, and printed with every verdict.
MARGINS: Mapping[str, Margin] = {
    "response_time.mean": Margin(allowed=0.05),
    "response_time.p95": Margin(allowed=0.07),
    "response_time.p99": Margin(allowed=0.10),
    "queue_depth.mean": Margin(allowed=0.05, floor=0.1),
    "utilisation.mean": Margin(allowed=0.01, relative=False),
    "loss_ratio.mean": Margin(allowed=0.01, relative=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One measure on every rung (means over the runs), and how far the model is off.

    `off` is (model - real) / real, or model - real for an absolute margin; the model is the
    calibrated one, or the nominal one where `calibrated` is NaN.
    """

    measure: str
    theory: float
    nominal: float
    calibrated: float
    replay: float
    real: float
    off: Interval
    margin: Margin
    verdict: Verdict

    @property
    def model(self) -> float:
        """The figure of the model that is judged."""
        return self.nominal if math.isnan(self.calibrated) else self.calibrated


@dataclass(frozen=True, slots=True, kw_only=True)
class SloVerdict:
    """Whether the real runs kept an SLO: for a quantile, the share above the limit decides."""

    slo: Slo
    figure: Interval
    allowed: float
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that the comparison of some real runs with the model found.

    `sharing_cost` is how much of the calibrated mean response time (seconds) comes of workers
    that share the processor, or the GIL; NaN where none do.
    """

    scenario: Scenario
    theory: Prediction | None
    no_theory: str
    nominal: tuple[Run, ...]
    calibrated: tuple[Run, ...]
    replays: tuple[Run, ...]
    real: tuple[Run, ...]
    differences: tuple[Difference, ...]
    slos: tuple[SloVerdict, ...]
    certificates: tuple[Certificate, ...]
    overhead: Overhead
    overheads: Overheads | None
    sharing_cost: float
    verdict: Verdict
    notes: tuple[str, ...]

    @property
    def models(self) -> tuple[Run, ...]:
        """The runs of the model that is judged."""
        return self.calibrated or self.nominal

    @property
    def headline(self) -> Difference:
        """The first difference: in mean response time, where no other margins were given."""
        return self.differences[0]

    def to_dict(self) -> dict[str, Any]:
        """As a document of schema ``queuetwin/comparison/1``."""
        from queuetwin.reports.documents import comparison_document

        return comparison_document(self)

    def to_markdown(self) -> str:
        """As Markdown."""
        from queuetwin.reports.markdown import comparison_markdown

        return comparison_markdown(self)

    def to_html(self, command: str = "") -> str:
        """As one page that needs no network; `command` is what reproduces it."""
        from queuetwin.reports.page import comparison_page

        return comparison_page(self, command)


def compare(
    scenario: Scenario,
    *,
    runs: Sequence[Run],
    margins: Mapping[str, Margin] | None = None,
    overheads: Overheads | None = None,
) -> Comparison:
    """Lay real runs beside the model of the same items.

    `runs` are real runs of different replications of one seed; two at least, five to decide
    something.  `margins` take the place of `MARGINS`.  With the `overheads` of their machine,
    measured before, the model that knows them is judged.  Raises ValueError for fewer than two,
    ScenarioError when the overheads are of another machine, Python or backend than the runs.
    """
    if len(runs) < 2:  # noqa: PLR2004 - one run has no spread
        raise ValueError("a comparison needs two real runs at least")
    if overheads is not None:
        _refuse_foreign(overheads, runs)
    workloads = [
        Workload.draw(scenario, seed=run.header.seed, replication=run.header.replication)
        for run in runs
    ]
    nominal = tuple(simulate(scenario, workload) for workload in workloads)
    calibrated = (
        ()
        if overheads is None
        else tuple(simulate(scenario, workload, overheads=overheads) for workload in workloads)
    )
    pairs = list(zip(runs, workloads, strict=True))
    replays = tuple(replay(run, scenario, workload) for run, workload in pairs)
    rungs = _Rungs(nominal, calibrated, replays, tuple(runs))
    certificates = tuple(certify(run, *_asked_for(run)) for run in runs)
    theory, no_theory = _theory(scenario)
    believed = all(one.trust is not Trust.INVALID for one in certificates)
    differences = tuple(
        found
        for name, margin in (margins or MARGINS).items()
        if (found := _difference(name, margin, theory, rungs)) is not None
    )
    return Comparison(
        scenario=scenario,
        theory=theory,
        no_theory=no_theory,
        nominal=nominal,
        calibrated=calibrated,
        replays=replays,
        real=tuple(runs),
        differences=differences,
        slos=tuple(_slo(slo, runs, believed) for slo in scenario.slo),
        certificates=certificates,
        overhead=_typical([overhead_of(run, scenario, load.all()) for run, load in pairs]),
        overheads=overheads,
        sharing_cost=_sharing_cost(scenario, workloads, overheads, calibrated),
        verdict=_overall(differences) if believed else Verdict.NO_VERDICT,
        notes=_notes(scenario, runs, workloads),
    )


def _refuse_foreign(overheads: Overheads, runs: Sequence[Run]) -> None:
    for run in runs:
        if apart := overheads.machine.differences(run.header.provenance if run.header.real else {}):
            message = f"the calibration is of another machine than the runs: {'; '.join(apart)}"
            raise ScenarioError([Problem(message=message)])
        if run.header.real and run.header.engine != overheads.backend:
            of = f"{overheads.backend}, the runs of {run.header.engine}"
            raise ScenarioError([Problem(message=f"the calibration is of the backend {of}")])


def _sharing_cost(
    scenario: Scenario,
    workloads: Sequence[Workload],
    overheads: Overheads | None,
    calibrated: Sequence[Run],
) -> float:
    """What the calibrated runs have beyond those in which each worker has its own processor."""
    if overheads is None or overheads.sharing(scenario) is None:
        return math.nan
    alone = [
        simulate_draws(scenario, load, overheads.applied(load.all(), scenario, load))
        for load in workloads
    ]
    measure = MEASURES["response_time"]
    return float(
        np.mean([statistic_of(run, measure, "mean") for run in calibrated])
        - np.mean([statistic_of(run, measure, "mean") for run in alone])
    )


def _asked_for(run: Run) -> tuple[Scenario, Workload]:
    """The scenario and workload that the run was told to execute."""
    ran = Scenario.from_dict(run.header.scenario)
    seed, replication = run.header.seed, run.header.replication
    return ran, Workload.draw(ran, seed=seed, replication=replication)


def _theory(scenario: Scenario) -> tuple[Prediction | None, str]:
    try:
        return solve(scenario), ""
    except ScenarioError as refusal:
        return None, refusal.problems[0].message


@dataclass(frozen=True, slots=True)
class _Rungs:
    """The same items all the way up; `calibrated` is empty where nothing was measured before."""

    nominal: tuple[Run, ...]
    calibrated: tuple[Run, ...]
    replays: tuple[Run, ...]
    real: tuple[Run, ...]


def _difference(
    name: str, margin: Margin, theory: Prediction | None, rungs: _Rungs
) -> Difference | None:
    measure, statistic = parse_statistic(name)
    model = rungs.calibrated or rungs.nominal
    if name.startswith("loss_ratio") and not any(_loses(run) for run in (*model, *rungs.real)):
        return None

    def per_run(runs: Sequence[Run]) -> Floats:
        return np.array([statistic_of(run, measure, statistic) for run in runs])

    modelled, happened = per_run(model), per_run(rungs.real)
    if np.isnan(modelled).any() or np.isnan(happened).any():
        return None
    off = _paired(modelled, happened, margin.relative)
    judged = max(modelled.mean(), happened.mean()) >= margin.floor
    known = {} if theory is None else theory.measures.get(measure.name, {})
    return Difference(
        measure=name,
        theory=known.get(statistic, math.nan),
        nominal=float(per_run(rungs.nominal).mean()),
        calibrated=float(modelled.mean()) if rungs.calibrated else math.nan,
        replay=float(per_run(rungs.replays).mean()),
        real=float(happened.mean()),
        off=off,
        margin=margin,
        verdict=_judge(off, margin) if judged else Verdict.NO_VERDICT,
    )


def _loses(run: Run) -> bool:
    return statistic_of(run, MEASURES["loss_ratio"], "mean") > 0


def _paired(model: Floats, real: Floats, relative: bool) -> Interval:
    """Student's interval of the paired differences, one a run; ratios through their logs."""
    positive = (model > 0).all() and (real > 0).all()
    if relative and not positive:
        return Interval(estimate=math.nan, warnings=("a ratio to zero",))
    each = np.log(model / real) if relative else model - real
    half = student_half_width(each, LEVEL)
    centre = float(each.mean())
    back: Callable[[float], float] = math.expm1 if relative else float
    return Interval(estimate=back(centre), low=back(centre - half), high=back(centre + half))


def _judge(off: Interval, margin: Margin) -> Verdict:
    low, high = -margin.allowed, margin.allowed
    if math.isnan(off.low):
        return Verdict.UNDECIDED
    if low <= off.low and off.high <= high:
        return Verdict.SAME
    if off.high < low or off.low > high:
        return Verdict.DIFFERENT
    return Verdict.UNDECIDED


def _overall(differences: Sequence[Difference]) -> Verdict:
    verdicts = [one.verdict for one in differences if one.verdict is not Verdict.NO_VERDICT]
    if Verdict.DIFFERENT in verdicts:
        return Verdict.DIFFERENT
    return Verdict.SAME if set(verdicts) == {Verdict.SAME} else Verdict.UNDECIDED


def _slo(slo: Slo, runs: Sequence[Run], believed: bool) -> SloVerdict:
    """Decide on the share above the limit (for a quantile), or on the figure itself."""
    measure, statistic = slo.parts()
    quantile = statistic.startswith("p")
    allowed = 1 - float(statistic[1:]) / 100 if quantile else slo.below
    figures = np.array(
        [
            share_above(run, measure, slo.below)
            if quantile
            else statistic_of(run, measure, statistic)
            for run in runs
        ]
    )
    half = student_half_width(figures, LEVEL)
    high = float(figures.mean()) + half
    if quantile and not figures.any():
        # None above in n: the share is below 3/n with 95 % confidence.
        high = 3 / sum(len(run.items["planned"]) for run in runs)
    figure = Interval(
        estimate=float(figures.mean()), low=float(figures.mean()) - half, high=high
    ).within(*measure.domain if not quantile else (0.0, 1.0))
    verdict = Verdict.UNDECIDED
    if not believed or math.isnan(figure.estimate):
        verdict = Verdict.NO_VERDICT
    elif figure.high < allowed:
        verdict = Verdict.MET
    elif figure.low > allowed:
        verdict = Verdict.MISSED
    return SloVerdict(slo=slo, figure=figure, allowed=allowed, verdict=verdict)


def _typical(overheads: Sequence[Overhead]) -> Overhead:
    """The median run's overheads."""

    def median(name: str) -> float:
        values = [getattr(one, name) for one in overheads]
        known = [value for value in values if not math.isnan(value)]
        return float(np.median(known)) if known else math.nan

    return Overhead(
        lateness=median("lateness"),
        overshoot=median("overshoot"),
        hand_off=median("hand_off"),
        turn_round=median("turn_round"),
    )


def _what_ran(scenario: Scenario) -> str:
    service = scenario.stage.service
    if service.task is not None:
        return f"workers ran {service.task}"
    did = "slept"
    if service.cpu_share:
        slept = ", slept the rest" if service.cpu_share < 1 else ""
        did = f"burned processor time, {format_share(service.cpu_share)} of each service{slept}"
    return f'workers {did}; {NOT_RUN} (service.task = "module:function")'


def _notes(
    scenario: Scenario, runs: Sequence[Run], workloads: Sequence[Workload]
) -> tuple[str, ...]:
    notes = [note.message for note in lints(scenario) if note.key == "workers.count"]
    same = all(run.header.digest == load.digest for run, load in zip(runs, workloads, strict=True))
    if not same:
        notes.append("the model's scenario is not the one that ran")
    notes.append(_what_ran(scenario))
    errors = {text: count for run in runs for text, count in run.header.errors.items()}
    notes.extend(f"{count} times: {text}" for text, count in list(errors.items())[:3])
    return tuple(notes)
