"""The program that this project grew from: its flags, and the document that it printed.

Its flags are changes on one built-in scenario: all items at once through one waiting producer,
workers that take a fixed time, failing items that take none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.figures import statistic_of
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.records.run import Columns, Outcome, Run
from queuetwin.reports.commands.flags import ORIGINAL_FLAGS

_SAMPLE = 10


def original_scenario() -> Scenario:
    """The built-in scenario."""
    return Scenario.from_dict(
        {
            "name": "original",
            "items": 20,
            "arrivals": {"process": "backlog"},
            "queue": {"capacity": 10},
            "workers": {"count": 3},
            "service": {"distribution": "deterministic", "mean": "10ms"},
            "failures": {"cost": "none"},
        }
    )


def original_changes(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that the original flags among these mean; empty without any."""
    given = {
        flag: flags[flag[2:].replace("-", "_")]
        for flag in ORIGINAL_FLAGS
        if flags.get(flag[2:].replace("-", "_")) is not None
    }
    changes: dict[str, Any] = {ORIGINAL_FLAGS[flag][0]: value for flag, value in given.items()}
    for key in ("service.mean", "workers.idle_timeout"):
        if key in changes:
            changes[key] = _with_unit(changes[key])
    if "arrivals.rate" in changes:
        pause = changes.pop("arrivals.rate")
        changes["arrivals"] = {"process": "periodic", "pacing": "gap", "rate": _per_pause(pause)}
    return changes


def original_document(run: Run) -> dict[str, Any]:
    """The original program's `config`, `stats` and `results_sample`."""
    stage, attempts = run.header.stages[0], run.attempts
    spent = (attempts["finished"] - attempts["started"]) * 1000
    done = attempts["outcome"] == Outcome.COMPLETED
    deepest = statistic_of(run, MEASURES["queue_depth"], "max")
    last = {int(item): row for row, item in enumerate(attempts["item"])}
    return {
        "config": {
            "num_items": len(run.items["planned"]),
            "num_consumers": stage.workers,
            "queue_capacity": stage.capacity,
        },
        "stats": {
            "produced": int((~np.isnan(run.items["accepted"])).sum()),
            "consumed": int((run.items["outcome"] == Outcome.COMPLETED).sum()),
            "failed": int((run.items["outcome"] == Outcome.FAILED).sum()),
            "avg_processing_ms": float(spent[done].mean()) if done.any() else 0.0,
            "max_queue_depth": 0 if np.isnan(deepest) else int(deepest),
            "by_worker": _by_worker(attempts, spent, done),
        },
        "results_sample": [
            {
                "task_id": f"task-{item:04d}",
                "status": "completed" if done[row] else "failed",
                "worker": f"worker-{attempts['worker'][row]}",
                "duration_ms": float(spent[row]),
            }
            for item, row in sorted(last.items())[:_SAMPLE]
        ],
    }


def _by_worker(
    attempts: Columns, spent: NDArray[np.float64], done: NDArray[np.bool_]
) -> dict[str, dict[str, float]]:
    """What each worker did that served anything: how many items, and their average time."""
    return {
        f"worker-{number}": {
            "consumed": int(mine.sum()),
            "avg_processing_ms": float(spent[mine].mean()),
        }
        for number in np.unique(attempts["worker"][done])
        for mine in (done & (attempts["worker"] == number),)
    }


def _with_unit(text: str) -> str:
    try:
        return f"{float(text)!r}s"
    except ValueError:
        return text


def _per_pause(text: str) -> str:
    from queuetwin.model.base.errors import Problem, ScenarioError
    from queuetwin.model.base.units import parse_duration

    try:
        return f"{1 / parse_duration(_with_unit(text))!r}/s"
    except (ValueError, ZeroDivisionError):
        message = 'a pause is a time above 0, such as "0.01" (seconds) or "10ms"'
        raise ScenarioError([Problem(key="rate-limit", value=text, message=message)]) from None
