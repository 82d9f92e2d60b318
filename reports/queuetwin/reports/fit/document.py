"""A fit as plain data, for JSON."""

from __future__ import annotations

from typing import Any

from queuetwin.model.fitting.fitter import Fit
from queuetwin.reports.presentation.document import number
from queuetwin.reports.presentation.flags import with_flags


def fit_document(fit: Fit) -> dict[str, Any]:
    """The fit as a document of schema ``queuetwin/fit/1``; no scenario where `stop` says why."""
    holdout = fit.holdout
    return {
        "schema": "queuetwin/fit/1",
        "scenario": None if fit.scenario is None else fit.scenario.to_dict(),
        "seed": None if fit.scenario is None else fit.scenario.seed,
        "stop": fit.stop or None,
        "advice": [with_flags(step) for step in fit.advice],
        "log": {
            "kind": fit.kind,
            "lines": fit.lines,
            "worker_processes": fit.groups,
            "left_out": [
                {"reason": one.reason, "count": one.count, "first": one.place, "wrong": one.wrong}
                for one in fit.left_out
            ],
            "notes": list(fit.notes),
            "busy_time": dict(fit.tasks),
            "rate": fit.whole_rate,
        },
        "window": {
            "when": fit.when,
            "why": fit.window.why,
            "seconds": fit.window.seconds,
            "items": fit.items,
            "rate": fit.rate,
            "late_stamps": fit.late,
        },
        "reasons": dict(fit.reasons),
        "assumes": list(fit.assumes),
        "foretold": None
        if holdout is None
        else {
            "off": number(holdout.relative_error),
            "response": number(holdout.predicted_response),
            "response_seen": number(holdout.observed_response),
            "waiting": number(holdout.predicted_wait),
            "waiting_seen": number(holdout.observed_wait),
            "as_logged": holdout.logged,
        },
    }
