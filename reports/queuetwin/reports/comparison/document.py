"""A comparison as plain data, for JSON."""

from __future__ import annotations

from typing import Any

from queuetwin.model.estimation.summary import summarise
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Run
from queuetwin.model.theory import Prediction
from queuetwin.model.validity.certificate import Certificate
from queuetwin.reports.comparison.observed import Observed
from queuetwin.reports.comparison.paired_difference import Difference
from queuetwin.reports.comparison.result import ComparisonResult
from queuetwin.reports.comparison.verdicts import decision_text
from queuetwin.reports.presentation.document import number, slo_document


def comparison_document(comparison: ComparisonResult) -> dict[str, Any]:
    """A comparison as plain data: model levels, differences, verdicts, run checks."""
    levels, observed = comparison.model_levels, comparison.observed
    overheads = comparison.overheads
    return {
        "schema": "queuetwin/comparison/1",
        "scenario": comparison.scenario.to_dict(),
        "seed": comparison.real[0].header.seed,
        "verdict": comparison.verdict.value,
        "level": comparison.level,
        "verdicts": {
            difference.measure: difference.verdict.value for difference in comparison.differences
        },
        "differences": [_difference(difference) for difference in comparison.differences],
        "slos": [
            slo_document(
                measured.slo, decision_text(measured.decision), measured.figure, measured.allowed
            )
            for measured in comparison.limits
        ],
        "rungs": {
            "theory": None if comparison.theory is None else _theory(comparison.theory),
            "nominal": [summarise(run).to_dict() for run in levels.nominal],
            "calibrated": [summarise(run).to_dict() for run in levels.calibrated],
            "replay": [summarise(run).to_dict() for run in levels.replays],
            "real": [_real_summary(run) for run in comparison.real],
        },
        "certificate": [_certificate(certificate) for certificate in comparison.certificates],
        "overheads": None if overheads is None else overheads.to_dict(),
        "notes": list(comparison.notes),
        "advice": comparison.advice,
        "observed": None if observed is None else _observed(observed),
    }


def _difference(difference: Difference) -> dict[str, Any]:
    document = {
        "measure": difference.measure,
        "theory": number(difference.theory),
        "nominal": difference.nominal,
        "calibrated": number(difference.calibrated),
        "replay": difference.replay,
        "real": difference.real,
        "off": difference.off.to_dict(),
        "allowed": difference.margin.allowed,
        "relative": difference.margin.relative,
        "verdict": difference.verdict.value,
    }
    if difference.observed is not None:
        document["observed"] = number(difference.observed)
    return document


def _theory(prediction: Prediction) -> dict[str, Any]:
    return {
        "system": prediction.system,
        "reading": prediction.reading,
        "measures": {name: dict(figures) for name, figures in prediction.measures.items()},
    }


def _certificate(certificate: Certificate) -> dict[str, Any]:
    return {
        "trust": certificate.trust.value,
        "checks": [
            {"name": check.name, "trust": check.trust.value, "figure": check.figure}
            for check in certificate.checks
        ],
    }


def _observed(observed: Observed) -> dict[str, Any]:
    return {"name": observed.name, "mean_response_time": observed.mean_response().to_dict()}


def _real_summary(run: Run) -> dict[str, Any] | None:
    """None for a run whose records contradict themselves: it has no figures."""
    return None if broken_accounts(run) else summarise(run).to_dict()
