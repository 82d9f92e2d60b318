"""Which column of a table is what: as whoever asks says, or guessed from obvious names only.

A name is obvious where it can mean one thing alone: `started_at` is when an item started, but
`timestamp` may be anything, and `duration` may count the waiting or not.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from queuetwin.model.base.columns import time_exponent
from queuetwin.model.base.errors import Problem, ScenarioError

_OBVIOUS = {
    "arrival": ("arrival", "arrived", "arrived_at", "arrival_time", "enqueued", "enqueued_at",
                "queued_at", "submitted_at", "created_at", "planned"),
    "start": ("start", "started", "started_at", "start_time"),
    "end": ("end", "ended", "ended_at", "end_time", "finished", "finished_at", "completed_at"),
    "service": ("service", "service_time", "runtime", "run_time", "processing_time"),
    "response": ("response", "response_time", "sojourn_time"),
    "duration": ("duration",),
    "task": ("task", "task_name"),
    "worker": ("worker", "worker_id", "worker_name"),
    "status": ("status", "outcome"),
}  # fmt: skip
_NAMED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LogColumns:
    """The columns of each meaning, as whoever asks names them; None where left to be guessed.

    `unit` is what numbers are counted in where a column's name does not say it; `duration_is`
    says whether a duration is "service" or "response".
    """

    arrival: str | None = None
    start: str | None = None
    end: str | None = None
    duration: str | None = None
    task: str | None = None
    worker: str | None = None
    status: str | None = None
    unit: str | None = None
    duration_is: str | None = None


def mapped(file: str, names: Sequence[str], asked: LogColumns) -> tuple[dict[str, int], str]:
    """Meaning -> number of its column, and what a duration means ("" where nothing says it).

    Raises ScenarioError with the columns that there are.
    """
    columns: dict[str, int] = {}
    problems = []
    for meaning in ("arrival", "start", "end", "duration", "task", "worker", "status"):
        wanted = getattr(asked, meaning)
        if wanted is None:
            continue
        if wanted in names:
            columns[meaning] = names.index(wanted)
        else:
            near = difflib.get_close_matches(wanted, names, n=1)
            advice = f'did you mean "{near[0]}"?' if near else f"it has {_listed(names)}"
            problems.append(Problem(file=file, line=1, parameter=meaning, value=wanted,
                                    message=f"there is no such column: {advice}"))  # fmt: skip
    if problems:
        raise ScenarioError(problems)
    means = asked.duration_is or ""
    for meaning, known in _OBVIOUS.items():
        kind = "duration" if meaning in ("service", "response") else meaning
        found = [place for place, name in enumerate(names) if _plain(name) in known]
        if kind in columns or not found or found[0] in columns.values():
            continue
        columns[kind] = found[0]
        if kind != meaning and asked.duration_is is None:
            means = meaning
    if not {"arrival", "start", "end"} & columns.keys():
        message = (
            "which column says when an item arrives?  Write `arrival=NAME` (and `start`, "
            f"`end`, `duration` as far as there are): it has {_listed(names)}"
        )
        raise ScenarioError([Problem(file=file, line=1, message=message)])
    return columns, means


def _plain(name: str) -> str:
    """A column's name without its unit, in small letters."""
    base = name.strip().lower()
    return base.rpartition("_")[0] if time_exponent(base) is not None else base


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
