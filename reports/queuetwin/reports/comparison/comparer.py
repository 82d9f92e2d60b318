"""Model against reality on the same items: differences, verdicts, and where the gap is.

The headline is the best model that was there before the run: calibrated with what this machine
adds, where that was measured, else nominal.  SAME when the interval lies inside the margin that
was declared before, DIFFERENT when wholly outside, else UNDECIDED.  Runs that cannot be believed
give no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from queuetwin.model.base.errors import ScenarioError
from queuetwin.model.base.units import format_share
from queuetwin.model.language.lints import lints
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.statistics.group_sequential import level_of
from queuetwin.model.theory import Prediction, solve
from queuetwin.model.validity.certificate import Certificate, certify
from queuetwin.model.validity.checks import Trust
from queuetwin.reports.comparison.causes import cause_of
from queuetwin.reports.comparison.document import comparison_document
from queuetwin.reports.comparison.model_levels import ModelLevels
from queuetwin.reports.comparison.observed import Observed
from queuetwin.reports.comparison.page import comparison_page
from queuetwin.reports.comparison.paired_difference import difference_of
from queuetwin.reports.comparison.result import CODE_DID_NOT_RUN, ComparisonResult
from queuetwin.reports.comparison.sections import Sections, sections_of
from queuetwin.reports.comparison.text import comparison_markdown
from queuetwin.reports.comparison.verdicts import MARGINS, Margin, Verdict, measure_slo, overall


@dataclass(frozen=True, kw_only=True)
class Comparison(ComparisonResult):
    """The result of a comparison, with its faces."""

    @cached_property
    def sections(self) -> Sections:
        """Its words and rows, made once for all faces."""
        return sections_of(self)

    def to_dict(self) -> dict[str, Any]:
        """As a document of schema ``queuetwin/comparison/1``."""
        return comparison_document(self)

    def to_markdown(self) -> str:
        """As Markdown."""
        return comparison_markdown(self.sections)

    def to_html(self, command: str = "") -> str:
        """As one page that needs no network; `command` is what reproduces it."""
        return comparison_page(self, self.sections, command)


def compare(
    scenario: Scenario,
    *,
    runs: Sequence[Run],
    margins: Mapping[str, Margin] | None = None,
    overheads: Overheads | None = None,
    observed: Observed | None = None,
    level: float | None = None,
) -> Comparison:
    """Compare real runs with the model of the same items.

    `runs` are real runs of different replications of one seed; two at least, five to decide
    something.  `margins` take the place of `MARGINS`.  With the `overheads` of their machine,
    measured before, the calibrated model is judged.  What was `observed` elsewhere stands beside
    the runs.  `level` is that of the intervals: .95 for one look, `group_sequential.level_of`
    for several looks after more and more runs.  Raises ValueError for fewer than two runs,
    ScenarioError when the overheads are of another machine, Python or backend than the runs.
    """
    if len(runs) < 2:  # noqa: PLR2004 - one run has no spread
        raise ValueError("a comparison needs two real runs at least")
    level = level_of(1) if level is None else level
    model_levels = ModelLevels.of(scenario, runs, overheads)
    certificates = tuple(certified(run) for run in runs)
    theory, no_theory = _theory(scenario)
    believed = all(certificate.trust is not Trust.INVALID for certificate in certificates)
    differences = tuple(
        replace(difference, observed=None if observed is None else observed.figure(name))
        for name, margin in (margins or MARGINS).items()
        if (difference := difference_of(name, margin, theory, model_levels, level)) is not None
    )
    verdict = Verdict.NO_VERDICT
    if believed:
        verdict = overall(difference.verdict for difference in differences)
    return Comparison(
        scenario=scenario,
        theory=theory,
        no_theory=no_theory,
        model_levels=model_levels,
        differences=differences,
        limits=tuple(measure_slo(slo, runs, believed, level) for slo in scenario.slo),
        certificates=certificates,
        overheads=overheads,
        level=level,
        verdict=verdict,
        cause=cause_of(verdict, differences, model_levels, level),
        notes=_notes(scenario, model_levels),
        observed=observed,
    )


def certified(run: Run) -> Certificate:
    """The run checks, by the scenario that the run was told to execute."""
    ran = Scenario.of(run.header.scenario)
    seed, replication = run.header.seed, run.header.replication
    return certify(run, ran, Workload.draw(ran, seed=seed, replication=replication))


def _theory(scenario: Scenario) -> tuple[Prediction | None, str]:
    try:
        return solve(scenario), ""
    except ScenarioError as refusal:
        return None, refusal.problems[0].message


def _what_ran(scenario: Scenario) -> str:
    service = scenario.stage.service
    if service.task is not None:
        return f"workers ran {service.task}"
    did = "slept"
    if service.cpu_share:
        slept = ", slept the rest" if service.cpu_share < 1 else ""
        did = f"burned processor time, {format_share(service.cpu_share)} of each service{slept}"
    return f'workers {did}; {CODE_DID_NOT_RUN} (service.task = "module:function")'


def _notes(scenario: Scenario, model_levels: ModelLevels) -> tuple[str, ...]:
    notes = [note.message for note in lints(scenario) if note.key == "workers.count"]
    if not model_levels.same_items:
        notes.append("the model's scenario is not the one that ran")
    notes.append(_what_ran(scenario))
    errors = {text: count for run in model_levels.real for text, count in run.header.errors.items()}
    notes.extend(f"{count} times: {text}" for text, count in list(errors.items())[:3])
    return tuple(notes)
