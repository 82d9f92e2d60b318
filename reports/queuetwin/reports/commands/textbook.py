"""A pool from flags or a Kendall name: Poisson arrivals, exponential service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.theory import parse_kendall


def textbook_scenario(changes: Mapping[str, Any]) -> Scenario:
    """The pool that the keys describe; raises ScenarioError for what is missing or wrong."""
    data: dict[str, Any] = {
        "name": "pool",
        "arrivals": {"process": "poisson"},
        "service": {"distribution": "exponential"},
        "workers": {"count": 1},
    }
    if "items" not in changes and "duration" not in changes:
        data["items"] = 20_000
    for key, value in changes.items():
        *tables, last = key.split(".")
        target = data
        for table in tables:
            target = target.setdefault(table, {})
        target[last] = value
    return Scenario.from_dict(data)


def kendall_scenario(name: str, rate: str | None, service: str | None) -> Scenario:
    """The pool of a Kendall name, K counting those in service; a rate and a time are needed."""
    try:
        kendall = parse_kendall(name)
    except ValueError as fault:
        raise ScenarioError([Problem(key="system", value=name, message=str(fault))]) from None
    changes: dict[str, Any] = {"workers.count": kendall.servers}
    if kendall.system_capacity is not None:
        changes["queue.capacity"] = kendall.system_capacity - kendall.servers
        changes["queue.when_full"] = "reject"
    given = {"arrivals.rate": rate, "service.mean": service}
    return textbook_scenario({**changes, **{key: v for key, v in given.items() if v is not None}})
