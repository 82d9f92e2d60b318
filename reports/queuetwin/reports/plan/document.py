"""A plan as plain data, for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from queuetwin.model.planning.configurations import Configuration
from queuetwin.model.planning.planner import Plan
from queuetwin.reports.plan.thread_checks import (
    ThreadCheck,
    checks_document,
)
from queuetwin.reports.presentation.document import (
    judgement_document,
    number,
)

__all__ = ["plan_document"]


def plan_document(found: Plan, checks: Sequence[ThreadCheck] = ()) -> dict[str, Any]:
    """The plan as a document of schema ``queuetwin/plan/1``."""
    tried = {one: judgement_document(judgement) for one, judgement in found.tried.items()}
    return {
        "schema": "queuetwin/plan/1",
        "scenario": found.scenario.to_dict(),
        "seed": found.scenario.seed,
        "level": found.level,
        "verdict": found.fate.value,
        "winner": _candidate(found, found.winner, tried),
        "neighbour": _candidate(found, found.neighbour, tried),
        "candidates": [_candidate(found, one, tried) for one in tried],
        "over": {axis.key: list(axis.values) for axis in found.axes},
        "prices": dict(found.prices.each),
        "settings": [_setting(found, one) for one in found.settings],
        "of_100_logs": [
            {"changes": {found.key: one}, "logs": count} for one, count in found.of_logs.items()
        ],
        "bad_windows": [
            {"changes": {found.key: one}, "share": share.to_dict()}
            for one, share in found.bad_windows.items()
        ],
        "breaks_at": {
            "load_factor": number(found.load_factor),
            "service_factor": number(found.service_factor),
        },
        "what_if": [
            {
                "name": one.name,
                "needs": one.needs,
                "bad_windows": None if one.bad is None else one.bad.to_dict(),
                **judgement_document(one.judgement),
            }
            for one in found.what_ifs
        ],
        "rules_of_thumb": dict(found.rules),
        "items": found.items,
        "on_threads": checks_document(found, checks),
    }


def _candidate(
    found: Plan, one: int | None, tried: dict[int, dict[str, Any]]
) -> dict[str, Any] | None:
    return None if one is None else {"changes": {**found.changes, found.key: one}, **tried[one]}


def _setting(found: Plan, one: Configuration) -> dict[str, Any]:
    changes = dict(one.changes)
    if one.number is not None:
        changes[found.key] = one.number
    judgement = {} if one.judgement is None else judgement_document(one.judgement)
    return {"changes": changes, "cost": number(one.cost), **judgement, "verdict": one.fate.value}
