"""What is counted in a plan, workers or machines, and what varies beside it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queuetwin.model.planning.planner import Plan


def change_texts(changes: Mapping[str, Any]) -> list[str]:
    """Each key that varies beside the number, with its value."""
    return [f"{key} {'none' if value is None else value}" for key, value in changes.items()]


def count_text(plan: Plan, number: int) -> str:
    """So many workers, as a bare number, or machines by their name."""
    return many_text(plan, number) if plan.key == "workers.machines" else f"{number}"


def many_text(plan: Plan, number: int) -> str:
    """So many workers or machines, by their name."""
    return f"{number} {things(plan)[: None if number != 1 else -1]}"


def things(plan: Plan) -> str:
    """What is counted."""
    return "machines" if plan.key == "workers.machines" else "workers"


def one_lost(plan: Plan) -> str:
    """What may happen to any of them."""
    return f"one {things(plan)[:-1]} lost"
