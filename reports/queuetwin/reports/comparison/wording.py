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
from queuetwin.reports.comparison.result import NOT_RUN, ComparisonResult
from queuetwin.reports.comparison.sharing import shared_text
from queuetwin.reports.comparison.verdicts import KeptLimit, Verdict, fate_text
from queuetwin.reports.presentation.wording import (
    figure_text,
    measure_title,
    offset_text,
    range_text,
)

__all__ = ["difference_cells", "difference_headings", "findings", "level_text"]


def off_text(one: Difference) -> str:
    """How far the model is off, with its bounds."""
    return offset_text(one.off, _unit(one))


def _unit(one: Difference) -> str:
    return "%" if one.margin.relative else "points"


def allowed_text(one: Difference) -> str:
    """The margin that was declared before the run."""
    return f"{one.margin.allowed * 100:g} {'%' if one.margin.relative else 'point'}"


def difference_headings(found: ComparisonResult) -> list[str]:
    """The heading of each cell of a difference."""
    off = f"model off by, {level_text(found)}"
    observed = ["observed"] if found.observed is not None else []
    return ["", "formula", "model", "real", *observed, off, "allowed", ""]


def level_text(found: ComparisonResult) -> str:
    """The level of all intervals: how often they are right."""
    return f"{found.level * 100:.3g} %"


def difference_cells(one: Difference) -> list[str]:
    """A difference as a row of every table, from its title to its verdict."""
    values = (one.theory, one.model, one.real, one.observed)
    figures = (figure_text(one.measure, value) for value in values if value is not None)
    verdict = one.verdict.value.lower()
    return [measure_title(one.measure), *figures, off_text(one), allowed_text(one), verdict]


def slo_text(one: KeptLimit) -> str:
    """An SLO, what was found, what is allowed."""
    what = f"{measure_title(one.slo.measure)} < {one.slo.limit_text()}"
    if one.slo.parts()[1].quantile is not None:
        return (
            f"{what}: {format_share(one.figure.estimate)} of items above; "
            f"allowed {format_share(one.allowed)}"
        )
    return f"{what}: {figure_text(one.slo.measure, one.figure.estimate)}"


def findings(found: ComparisonResult) -> list[tuple[str, str]]:
    """The first lines of every report: a word and its sentence."""
    lines = [(found.verdict.value, _why(found))]
    if found.cause is not None:
        lines.append(("BECAUSE", cause_text(found, found.cause)))
    if found.advice:
        lines.append(("DO", found.advice))
    if found.observed is not None:
        lines.append(("OBSERVED", _observed_text(found, found.observed)))
    if disturbed := disturbances(found):
        lines.append(("DISTURBED", "; ".join(disturbed)))
    lines += [(f"SLO {fate_text(one.fate)}", slo_text(one)) for one in found.limits]
    lines += [("NOT SHOWN" if NOT_RUN in note else "NOTE", note) for note in found.notes]
    if shared := sharing_note(found):
        lines.append(("NOTE", shared))
    return sorted(lines, key=lambda line: line[0] == "NOTE")


def cause_text(found: ComparisonResult, cause: Cause) -> str:
    """Why model and runs differ, and how much of it that is."""
    one = cause.difference
    part = f"{cause.explained * 100:+.1f} of {cause.gap * 100:+.1f} {_unit(one)}"
    if one is not found.headline:
        part += f" in {_title(one)}"
    if cause.origin is CauseKind.SHARING:
        share = found.scenario.stage.service.cpu_share
        return f"service.cpu_share {share:g}: {shared_text(found)} ({part})"
    if cause.origin is CauseKind.TIMES:
        return f"what was measured in these runs: {runs_added(found)} ({part})"
    return f"nothing that was measured: the times of these runs explain {part}"


def _observed_text(found: ComparisonResult, observed: Observed) -> str:
    name = "response_time.mean"
    mean, runs = observed.mean_response(), found.rungs.models
    model = sum(statistic_of(run, *parse_statistic(name)) for run in runs) / len(runs)
    text = f"{observed.name}: mean response {figure_text(name, mean.estimate)}"
    if bounds := range_text(name, mean):
        text += f" ({bounds})"
    off = model / mean.estimate - 1 if mean.estimate else math.nan
    return f"{text}; model off by {off * 100:+.1f} %, on other items: no verdict"


def disturbances(found: ComparisonResult) -> tuple[str, ...]:
    """What disturbed the worst of the runs without making it worthless; empty where nothing did."""
    worst = max(found.certificates, key=lambda one: one.trust.badness)
    return worst.reasons if worst.trust is Trust.DEGRADED else ()


def _why(found: ComparisonResult) -> str:
    if found.verdict is Verdict.NO_VERDICT:
        bad = [
            check.figure
            for one in found.certificates
            for check in one.checks
            if check.trust is Trust.INVALID
        ]
        return f"run checks failed: {'; '.join(dict.fromkeys(bad))}"
    if not found.differences:
        return "nothing to compare: no item was completed on both sides"
    lead = next((one for one in found.differences if one.verdict is found.verdict), found.headline)
    text = f"model off by {off_text(lead)} in {_title(lead)}, allowed {allowed_text(lead)}"
    if lead.verdict is Verdict.DIFFERENT and lead.measure.startswith("response_time"):
        text = f"the real runs are {'slower' if lead.off.estimate < 0 else 'quicker'}: {text}"
    for verdict in (Verdict.DIFFERENT, Verdict.UNDECIDED):
        others = [one for one in found.differences if one.verdict is verdict and one is not lead]
        if others:
            also = "also " * (lead.verdict is verdict)
            text += f"; {also}{verdict.value.lower()}: {', '.join(_title(one) for one in others)}"
    return text


def _title(one: Difference) -> str:
    return "mean response" if one.measure == "response_time.mean" else measure_title(one.measure)
