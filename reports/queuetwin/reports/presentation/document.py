"""The JSON documents: one schema each, NaN as null, the same figures as everywhere else."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from queuetwin.model.statistics.estimate import Estimate

if TYPE_CHECKING:
    from queuetwin.model.estimation.slo_judgement import Judgement

__all__ = ["interval_document", "judgement_document", "number"]


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


def interval_document(figure: Estimate) -> dict[str, float | None]:
    """An interval as plain data."""
    return {
        "estimate": number(figure.estimate),
        "low": number(figure.low),
        "high": number(figure.high),
    }


def number(value: float) -> float | None:
    """The value, or None for NaN."""
    return None if math.isnan(value) else value
