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


def plan_document(plan: Plan, checks: Sequence[ThreadCheck] = ()) -> dict[str, Any]:
    """The plan as a document of schema ``queuetwin/plan/1``."""
    tried = {one: judgement_document(judgement) for one, judgement in plan.tried.items()}
    return {
        "schema": "queuetwin/plan/1",
        "scenario": plan.scenario.to_dict(),
        "seed": plan.scenario.seed,
        "level": plan.level,
        "verdict": plan.decision.value,
        "winner": _candidate(plan, plan.winner, tried),
        "neighbour": _candidate(plan, plan.neighbour, tried),
        "candidates": [_candidate(plan, one, tried) for one in tried],
        "over": {axis.key: list(axis.values) for axis in plan.axes},
        "prices": dict(plan.prices.each),
        "settings": [_setting(plan, setting) for setting in plan.settings],
        "of_100_logs": [
            {"changes": {plan.key: one}, "logs": count} for one, count in plan.of_logs.items()
        ],
        "bad_windows": [
            {"changes": {plan.key: one}, "share": share.to_dict()}
            for one, share in plan.bad_windows.items()
        ],
        "breaks_at": {
            "load_factor": number(plan.load_factor),
            "service_factor": number(plan.service_factor),
        },
        "what_if": [
            {
                "name": what_if.name,
                "needs": what_if.needs,
                "bad_windows": None if what_if.bad is None else what_if.bad.to_dict(),
                **judgement_document(what_if.judgement),
            }
            for what_if in plan.what_ifs
        ],
        "rules_of_thumb": dict(plan.rules),
        "items": plan.items,
        "on_threads": checks_document(plan, checks),
    }


def _candidate(
    plan: Plan, one: int | None, tried: dict[int, dict[str, Any]]
) -> dict[str, Any] | None:
    return None if one is None else {"changes": {**plan.changes, plan.key: one}, **tried[one]}


def _setting(plan: Plan, one: Configuration) -> dict[str, Any]:
    changes = dict(one.changes)
    if one.number is not None:
        changes[plan.key] = one.number
    judgement = {} if one.judgement is None else judgement_document(one.judgement)
    return {
        "changes": changes,
        "cost": number(one.cost),
        **judgement,
        "verdict": one.decision.value,
    }
