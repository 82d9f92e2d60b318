"""A fit as plain data, for JSON."""

from __future__ import annotations

from typing import Any

from queuetwin.model.fitting.fitter import Fit
from queuetwin.reports.presentation.document import number
from queuetwin.reports.presentation.flags import with_flags

__all__ = ["fit_document"]


def fit_document(found: Fit) -> dict[str, Any]:
    """The fit as a document of schema ``queuetwin/fit/1``; no scenario where `stop` says why."""
    holdout = found.holdout
    return {
        "schema": "queuetwin/fit/1",
        "scenario": None if found.scenario is None else found.scenario.to_dict(),
        "seed": None if found.scenario is None else found.scenario.seed,
        "stop": found.stop or None,
        "advice": [with_flags(step) for step in found.advice],
        "log": {
            "kind": found.kind, "lines": found.lines, "worker_processes": found.groups,
            "left_out": [
                {"reason": one.reason, "count": one.count, "first": one.place, "wrong": one.wrong}
                for one in found.left_out
            ],
            "notes": list(found.notes),
            "busy_time": dict(found.tasks),
            "rate": found.whole_rate,
        },
        "window": {
            "when": found.when, "why": found.window.why, "seconds": found.window.seconds,
            "items": found.items, "rate": found.rate, "late_stamps": found.late,
        },
        "reasons": dict(found.reasons),
        "assumes": list(found.assumes),
        "foretold": None if holdout is None else {
            "off": number(holdout.relative_error), "response": number(holdout.predicted_response),
            "response_seen": number(holdout.observed_response),
            "waiting": number(holdout.predicted_wait),
            "waiting_seen": number(holdout.observed_wait), "as_logged": holdout.logged,
        },
    }  # fmt: skip
