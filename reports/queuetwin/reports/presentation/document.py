"""The parts that several JSON documents share: NaN is null, the figures are those of every face."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queuetwin.model.estimation.slo_judgement import Judgement
    from queuetwin.model.language.slo import Slo
    from queuetwin.model.statistics.estimate import Estimate


def judgement_document(judgement: Judgement) -> dict[str, Any]:
    """The decisions on the SLOs of one scenario, and its measures, as plain data."""
    summary = judgement.summary
    return {
        "verdict": judgement.decision.value,
        "growth": judgement.growth,
        "slos": slo_documents(judgement),
        "measures": {} if summary is None else summary.to_dict()["measures"],
    }


def slo_documents(judgement: Judgement) -> list[dict[str, Any]]:
    """Each SLO of a judgement; the share above the limit is None where no quantile is limited."""
    return [
        {
            **slo_document(judged.slo, judged.decision.value, judged.figure, judged.allowed),
            "share_above": None if judged.share_above is None else judged.share_above.to_dict(),
        }
        for judged in judgement.limits
    ]


def slo_document(slo: Slo, verdict: str, figure: Estimate, allowed: float) -> dict[str, Any]:
    """An SLO, the decision on it, and the figure it was decided by."""
    return {
        "measure": slo.measure,
        "below": slo.limit_text(),
        "verdict": verdict,
        "figure": figure.to_dict(),
        "allowed": number(allowed),
    }


def number(value: float) -> float | None:
    """The value, or None for NaN."""
    return None if math.isnan(value) else value
