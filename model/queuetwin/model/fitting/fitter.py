"""From a log to a scenario: read, choose the window, find what it does not show, fit, validate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.base.randomness import analysis_generator
from queuetwin.model.fitting.fitted_scenario import companion_files, fitted_scenario, scenario_text
from queuetwin.model.fitting.holdout import Holdout, holdout_of
from queuetwin.model.fitting.late_stamps import late_stamps
from queuetwin.model.fitting.observations import Observations, observations_in
from queuetwin.model.fitting.rounding import step_of
from queuetwin.model.fitting.service_times import services_of, with_services
from queuetwin.model.fitting.shortcomings import (
    assumed,
    late_in,
    missing,
    refuse_little,
    refuse_much,
)
from queuetwin.model.fitting.window import Day, Window, clock_text, day_of, only_task, window_of
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.log import SECOND, LeftOut, Log
from queuetwin.model.logs.reading import read_log
from queuetwin.model.logs.text_source import refusal


def fit(
    logs: str | Path | Sequence[str | Path],
    *,
    columns: LogColumns | None = None,
    only: str | None = None,
    window: str | None = None,
    workers: int | None = None,
    arrivals: str | Path | None = None,
    name: str = "scenario",
    seed: int = 1,
) -> Fit:
    """A scenario from logs, with how each value was found.

    `columns` says which column of a table is what; `only` picks one task; `window` is "all", a
    length or hours of the day (left out, the busiest hour); `workers` says how many served where
    the log does not; `arrivals` is another log that shows when items came.  Where the log does
    not show what a plan needs, the Fit says so in `stop` and holds no scenario.  Raises
    ScenarioError, with file and row, for input that cannot be used.
    """
    paths = [logs] if isinstance(logs, (str, Path)) else list(logs)
    if not paths:
        raise refusal("", "no log was named")
    columns = columns or LogColumns()
    log = with_services(read_log(paths, columns), workers)
    others = None if arrivals is None else _arrivals_of(arrivals, columns)
    chosen = log if only is None else only_task(log, only)
    seen_at = chosen.first_seen()
    part = window_of(seen_at, window, clock=log.clock)
    late = late_stamps(log, max(step_of(log.arrival), int(log.facts.get("tick", 1))))
    late_here = late_in(log, late, part)
    within = chosen.rows(part.holds(seen_at))
    inside = len(within)
    refuse_much(log, inside)
    facts: dict[str, Any] = {
        "kind": log.kind, "lines": log.lines, "left_out": log.left_out, "tasks": _shares(log),
        "groups": int(log.facts.get("groups", 1)), "window": part, "late": late_here,
        "when": clock_text(part, clock=log.clock), "whole_rate": _rate(chosen),
        "day": day_of(seen_at if others is None else others.first_seen(), clock=log.clock),
    }  # fmt: skip
    stop, advice = missing(log, late, late_here, others is not None)
    if stop:
        return Fit(**facts, files={}, reasons={}, notes=log.notes, items=inside,
                   rate=inside / part.seconds, stop=stop, advice=tuple(advice))  # fmt: skip
    generator = analysis_generator(seed)
    observations = observations_in(chosen, part, workers, others, generator)
    refuse_little(observations, inside, others is not None)
    fitted = fitted_scenario(observations, generator)
    assumes = assumed(within, observations, late_here if others is None else 0.0, fitted.service)
    holdout = holdout_of(observations, seed)
    whence = f"{_files(paths, arrivals)}, {facts['when']}, {len(observations.arrivals):,} "
    fitted = fitted.with_provenance(
        f"{whence}{'tasks' if log.tasks else 'items'}{_only(only)}",
        None if holdout is None else holdout.relative_error,
        assumes,
    )
    head = _head(paths, log, part, only)
    return Fit(
        **facts, scenario=fitted.scenario(name, seed), text=scenario_text(fitted, name, seed, head),
        files=companion_files(fitted, name), reasons=fitted.reasons,
        notes=(*log.notes, *_came_from(others), *observations.notes),
        items=len(observations.arrivals), rate=len(observations.arrivals) / observations.seconds,
        assumes=assumes, holdout=holdout, observations=observations,
    )  # fmt: skip


def _arrivals_of(path: str | Path, columns: LogColumns) -> Log:
    """The log that shows when items came; of a table, the same column as of the log."""
    log = read_log([path], LogColumns(arrival=columns.arrival, unit=columns.unit))
    if not log.shows("arrival"):
        raise refusal(str(path), "does not show when items came", parameter="arrivals")
    return log


def _came_from(others: Log | None) -> list[str]:
    if others is None:
        return []
    file = Path(str(others.facts["file"])).name
    return [f"arrivals from {file}: {others.kind}, {others.lines:,} lines"]


def _shares(log: Log) -> tuple[tuple[str, float], ...]:
    """Each task's share of the busy time, the largest first; empty where tasks have no names."""
    if not log.tasks:
        return ()
    busy = np.nan_to_num(services_of(log))
    known = log.task >= 0
    sums = np.bincount(log.task[known], weights=busy[known], minlength=len(log.tasks))
    total = max(float(sums.sum()), 1e-300)
    shares = [(task, float(one) / total) for task, one in zip(log.tasks, sums, strict=True)]
    return tuple(sorted(shares, key=lambda one: -one[1]))


def _rate(log: Log) -> float:
    instants = log.first_seen()
    return len(instants) / max((int(instants[-1]) - int(instants[0])) / SECOND, 1e-9)


def _head(paths: Sequence[str | Path], log: Log, part: Window, only: str | None) -> list[str]:
    """Where the scenario comes from."""
    return [
        f"Fitted by queuetwin to {_files(paths)}: {log.kind}, {log.lines:,} lines{_only(only)},",
        f"{clock_text(part, clock=log.clock)} ({part.why}).",
    ]


def _files(paths: Sequence[str | Path], arrivals: str | Path | None = None) -> str:
    """The names of the logs; where another shows the arrivals, that one too."""
    files = ", ".join("standard input" if str(path) == "-" else Path(path).name for path in paths)
    return files if arrivals is None else f"{files} + {Path(arrivals).name}"


def _only(task: str | None) -> str:
    return f", only {task}" if task else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """What was made of a log; `scenario` and `text` are None and empty where `stop` says why."""

    scenario: Scenario | None = None
    text: str = ""
    files: Mapping[str, str]
    """What stands beside the scenario file: name and content."""
    reasons: Mapping[str, str]
    """How each value was found, by its key."""
    kind: str
    lines: int
    groups: int
    notes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    tasks: tuple[tuple[str, float], ...]
    """Each task's share of the busy time, the largest first."""
    window: Window
    when: str
    day: Day
    """What came over the whole log."""
    items: int
    rate: float
    """Items a second in the window."""
    whole_rate: float
    """Items a second over the whole log."""
    late: float
    """The share of arrivals that are stamped late."""
    stop: str = ""
    advice: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    holdout: Holdout | None = None
    observations: Observations | None = None
    """What the window shows, to be laid beside the scenario."""

    def save(self, path: str | Path) -> list[Path]:
        """Write the scenario and what stands beside it; the paths that were written.

        Raises ScenarioError where there is no scenario to be written.
        """
        if self.scenario is None:
            raise ScenarioError([Problem(message=self.stop)])
        target = Path(path)
        contents = {target: self.text}
        contents |= {target.parent / name: content for name, content in self.files.items()}
        for each, content in contents.items():
            each.write_text(content, encoding="utf-8")
        return list(contents)
