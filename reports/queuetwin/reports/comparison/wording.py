"""What a comparison found, in the words of terminal, Markdown and page alike."""

from __future__ import annotations

import math

from queuetwin.model.base.units import format_share
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import parse_statistic
from queuetwin.model.validity.checks import Trust
from queuetwin.reports.comparison.causes import Cause, CauseKind
from queuetwin.reports.comparison.ladder import runs_added, sharing_note
from queuetwin.reports.comparison.observed import Observed
from queuetwin.reports.comparison.paired_difference import Difference
from queuetwin.reports.comparison.result import CODE_DID_NOT_RUN, ComparisonResult
from queuetwin.reports.comparison.sharing import shared_text
from queuetwin.reports.comparison.verdicts import MeasuredSlo, Verdict, decision_text
from queuetwin.reports.presentation.wording import (
    figure_text,
    measure_title,
    offset_text,
    range_text,
)


def difference_headings(comparison: ComparisonResult) -> list[str]:
    """The heading of each cell of a difference."""
    off = f"model off by, {level_text(comparison)}"
    observed = ["observed"] if comparison.observed is not None else []
    return ["", "formula", "model", "real", *observed, off, "allowed", ""]


def difference_cells(difference: Difference) -> list[str]:
    """A difference as a row of every table, from its title to its verdict."""
    name = difference.measure
    values = (difference.theory, difference.model, difference.real, difference.observed)
    figures = (figure_text(name, value) for value in values if value is not None)
    verdict = difference.verdict.value.lower()
    return [
        measure_title(name),
        *figures,
        _off_text(difference),
        _allowed_text(difference),
        verdict,
    ]


def level_text(comparison: ComparisonResult) -> str:
    """The level of all intervals: how often they are right."""
    return f"{comparison.level * 100:.3g} %"


def findings(comparison: ComparisonResult) -> list[tuple[str, str]]:
    """The first lines of every report: a word and its sentence."""
    lines = [(comparison.verdict.value, _verdict_text(comparison))]
    if comparison.cause is not None:
        lines.append(("BECAUSE", _cause_text(comparison, comparison.cause)))
    if comparison.advice:
        lines.append(("DO", comparison.advice))
    if comparison.observed is not None:
        lines.append(("OBSERVED", _observed_text(comparison, comparison.observed)))
    if disturbances := _disturbances(comparison):
        lines.append(("DISTURBED", "; ".join(disturbances)))
    lines += [
        (f"SLO {decision_text(measured.decision)}", _slo_text(measured))
        for measured in comparison.limits
    ]
    for note in comparison.notes:
        lines.append(("NOT SHOWN" if CODE_DID_NOT_RUN in note else "NOTE", note))
    if note := sharing_note(comparison):
        lines.append(("NOTE", note))
    return sorted(lines, key=lambda line: line[0] == "NOTE")


def _off_text(difference: Difference) -> str:
    """How far the model is off, with its bounds."""
    return offset_text(difference.off, _unit(difference))


def _unit(difference: Difference) -> str:
    return "%" if difference.margin.relative else "points"


def _allowed_text(difference: Difference) -> str:
    """The margin that was declared before the run."""
    unit = "%" if difference.margin.relative else "point"
    return f"{difference.margin.allowed * 100:g} {unit}"


def _slo_text(measured: MeasuredSlo) -> str:
    """An SLO, its figure, and of a quantile the share above the limit beside the share allowed."""
    slo, estimate = measured.slo, measured.figure.estimate
    limit = f"{measure_title(slo.measure)} < {slo.limit_text()}"
    if slo.parts()[1].quantile is None:
        return f"{limit}: {figure_text(slo.measure, estimate)}"
    allowed = format_share(measured.allowed)
    return f"{limit}: {format_share(estimate)} of items above; allowed {allowed}"


def _cause_text(comparison: ComparisonResult, cause: Cause) -> str:
    """Why model and runs differ, and how much of the gap that explains."""
    difference = cause.difference
    part = f"{cause.explained * 100:+.1f} of {cause.gap * 100:+.1f} {_unit(difference)}"
    if difference is not comparison.headline:
        part += f" in {_title(difference)}"
    if cause.origin is CauseKind.SHARING:
        share = comparison.scenario.stage.service.cpu_share
        return f"service.cpu_share {share:g}: {shared_text(comparison)} ({part})"
    if cause.origin is CauseKind.TIMES:
        return f"what was measured in these runs: {runs_added(comparison)} ({part})"
    return f"nothing that was measured: the times of these runs explain {part}"


def _observed_text(comparison: ComparisonResult, observed: Observed) -> str:
    name = "response_time.mean"
    mean, runs = observed.mean_response(), comparison.model_levels.models
    model = sum(statistic_of(run, *parse_statistic(name)) for run in runs) / len(runs)
    text = f"{observed.name}: mean response {figure_text(name, mean.estimate)}"
    if bounds := range_text(name, mean):
        text += f" ({bounds})"
    off = model / mean.estimate - 1 if mean.estimate else math.nan
    return f"{text}; model off by {off * 100:+.1f} %, on other items: no verdict"


def _disturbances(comparison: ComparisonResult) -> tuple[str, ...]:
    """What disturbed the worst of the runs, where that run may still be believed."""
    worst = max(comparison.certificates, key=lambda certificate: certificate.trust.badness)
    return worst.reasons if worst.trust is Trust.DEGRADED else ()


def _verdict_text(comparison: ComparisonResult) -> str:
    """The sentence of the verdict: the measure that decided it, then every other that differs."""
    if comparison.verdict is Verdict.NO_VERDICT:
        failed = dict.fromkeys(check.figure for check in comparison.failed_checks)
        return f"run checks failed: {'; '.join(failed)}"
    if not comparison.differences:
        return "nothing to compare: no item was completed on both sides"
    deciding = [
        difference
        for difference in comparison.differences
        if difference.verdict is comparison.verdict
    ]
    lead = deciding[0] if deciding else comparison.headline
    text = f"model off by {_off_text(lead)} in {_title(lead)}, allowed {_allowed_text(lead)}"
    if lead.verdict is Verdict.DIFFERENT and lead.measure.startswith("response_time"):
        text = f"the real runs are {'slower' if lead.off.estimate < 0 else 'quicker'}: {text}"
    for verdict in (Verdict.DIFFERENT, Verdict.UNDECIDED):
        titles = [
            _title(difference)
            for difference in comparison.differences
            if difference.verdict is verdict and difference is not lead
        ]
        if titles:
            also = "also " if lead.verdict is verdict else ""
            text += f"; {also}{verdict.value.lower()}: {', '.join(titles)}"
    return text


def _title(difference: Difference) -> str:
    if difference.measure == "response_time.mean":
        return "mean response"
    return measure_title(difference.measure)
