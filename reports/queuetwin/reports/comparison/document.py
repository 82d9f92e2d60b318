"""A comparison as plain data, for JSON."""

from __future__ import annotations

from typing import Any

from queuetwin.model.estimation.summary import summarise
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Run
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.verdicts import fate_text
from queuetwin.reports.presentation.document import number, slo_document

__all__ = ["comparison_document"]


def comparison_document(found: ComparisonResult) -> dict[str, Any]:
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
                "off": one.off.to_dict(),
                "allowed": one.margin.allowed,
                "relative": one.margin.relative,
                "verdict": one.verdict.value,
            }
            for one in found.differences
        ],
        "slos": [
            slo_document(one.slo, fate_text(one.fate), one.figure, one.allowed)
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
            "mean_response_time": found.observed.mean_response().to_dict(),
        },
    }


def _real_summary(run: Run) -> dict[str, Any] | None:
    """None for a run whose records contradict themselves: it has no figures."""
    return None if broken_accounts(run) else summarise(run).to_dict()
