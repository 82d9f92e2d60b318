"""The JSON documents: one schema each, NaN as null, the same figures as everywhere else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from queuetwin.model.accounts import broken_accounts
from queuetwin.model.estimates import Interval
from queuetwin.model.run import Run
from queuetwin.model.summary import summarise
from queuetwin.reports.verdicts import fate_text

if TYPE_CHECKING:
    from queuetwin.model.judging import Judgement
    from queuetwin.reports.comparison import Comparison

__all__ = ["comparison_document", "interval_document", "judgement_document", "number"]


def comparison_document(found: Comparison) -> dict[str, Any]:
    """A comparison as plain data: rungs, differences, verdicts, run checks."""
    theory = None if found.theory is None else {
        "system": found.theory.system,
        "reading": found.theory.reading,
        "measures": {name: dict(figures) for name, figures in found.theory.measures.items()},
    }  # fmt: skip
    return {
        "schema": "queuetwin/comparison/1",
        "scenario": found.scenario.to_dict(),
        "seed": found.real[0].header.seed,
        "verdict": found.verdict.value,
        "level": found.level,
        "verdicts": {one.measure: one.verdict.value for one in found.differences},
        "differences": [
            {
                "measure": one.measure,
                "theory": number(one.theory),
                "nominal": one.nominal,
                "calibrated": number(one.calibrated),
                "replay": one.replay,
                "real": one.real,
                **({} if one.observed is None else {"observed": number(one.observed)}),
                "off": interval_document(one.off),
                "allowed": one.margin.allowed,
                "relative": one.margin.relative,
                "verdict": one.verdict.value,
            }
            for one in found.differences
        ],
        "slos": [
            {
                "measure": one.slo.measure,
                "below": one.slo.limit_text(),
                "figure": interval_document(one.figure),
                "allowed": one.allowed,
                "verdict": fate_text(one.fate),
            }
            for one in found.limits
        ],
        "rungs": {
            "theory": theory,
            "nominal": [summarise(run).to_dict() for run in found.rungs.nominal],
            "calibrated": [summarise(run).to_dict() for run in found.rungs.calibrated],
            "replay": [summarise(run).to_dict() for run in found.rungs.replays],
            "real": [_real_summary(run) for run in found.real],
        },
        "certificate": [
            {
                "trust": one.trust.value,
                "checks": [
                    {"name": check.name, "trust": check.trust.value, "figure": check.figure}
                    for check in one.checks
                ],
            }
            for one in found.certificates
        ],
        "overheads": None if found.overheads is None else found.overheads.to_dict(),
        "notes": list(found.notes),
        "advice": found.advice,
        "observed": None
        if found.observed is None
        else {
            "name": found.observed.name,
            "mean_response_time": interval_document(found.observed.mean_response()),
        },
    }


def _real_summary(run: Run) -> dict[str, Any] | None:
    """None for a run whose records contradict themselves: it has no figures."""
    return None if broken_accounts(run) else summarise(run).to_dict()


def judgement_document(one: Judgement) -> dict[str, Any]:
    """What became of the limits of one scenario, and its measures, as plain data."""
    measures = {} if one.summary is None else one.summary.to_dict()["measures"]
    return {
        "verdict": one.fate.value,
        "growth": one.growth,
        "slos": [
            {
                "measure": limit.slo.measure,
                "below": limit.slo.limit_text(),
                "verdict": limit.fate.value,
                "figure": interval_document(limit.figure),
                "share_above": None
                if limit.share_above is None
                else interval_document(limit.share_above),
                "allowed": None if math.isnan(limit.allowed) else limit.allowed,
            }
            for limit in one.limits
        ],
        "measures": measures,
    }


def interval_document(figure: Interval) -> dict[str, float | None]:
    """An interval as plain data."""
    return {
        "estimate": number(figure.estimate),
        "low": number(figure.low),
        "high": number(figure.high),
    }


def number(value: float) -> float | None:
    """The value, or None for NaN."""
    return None if math.isnan(value) else value
