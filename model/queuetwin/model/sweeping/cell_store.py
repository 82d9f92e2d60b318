"""Finished cells of a sweep, kept line by line, so that a second start has only the rest to do.

A cell is known by a digest of its scenario, of what was asked and of the versions that computed
it: nothing else can stand in its place.  Each line is written at once and whole; the end of a
line that was being written when all stopped is dropped, and costs one cell.  Before the cells
stands the recipe of the sweep that asked for them, so that a file speaks for itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.estimation.slo_judgement import Decision, Judged, Judgement
from queuetwin.model.estimation.summary import Summary
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.statistics.estimate import Estimate


def cell_digest(scenario: Scenario, items: int, level: float, made_by: Mapping[str, str]) -> str:
    """By what a cell is known, hexadecimal."""
    recipe = [dict(made_by), items, level, scenario.to_dict()]
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:32]


class KeptCells:
    """Judgements by digest, in a file or, without a path, nowhere; closed as a `with` ends.

    `recipe` is that of the last sweep that began here, None where none has.  Raises ScenarioError
    for a file that holds something else.
    """

    def __init__(self, path: Path | None) -> None:
        self._lines: dict[str, dict[str, Any]] = {}
        self._file: BinaryIO | None = None
        self.recipe: dict[str, Any] | None = None
        if path is not None:
            whole = self._read(path) if path.exists() else 0
            self._file = path.open("ab")
            self._file.truncate(whole)

    @classmethod
    def of(cls, path: Path) -> KeptCells:
        """Those of a file, to be read only."""
        found = cls(None)
        found._read(path)
        return found

    def begin(self, recipe: dict[str, Any]) -> None:
        """A sweep of this recipe begins, or goes on."""
        if recipe != self.recipe:
            self.recipe = recipe
            self._write({"sweep": recipe})

    def get(self, digest: str, scenario: Scenario) -> Judgement | None:
        """The judgement of this scenario, if it is there."""
        line = self._lines.get(digest)
        return None if line is None else _judgement(line, scenario)

    def text(self, digest: str) -> str | None:
        """The same as it is written down, without its scenario."""
        line = self._lines.get(digest)
        return None if line is None else json.dumps(line)

    def add(self, digest: str, judgement: Judgement) -> None:
        """Keep one more."""
        if self._file is not None:
            self._write({"cell": digest, **_plain(judgement)})

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            self._file.flush()

    def __enter__(self) -> KeptCells:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def _read(self, path: Path) -> int:
        """Read the whole lines; their length in bytes."""
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                one = json.loads(line)
                if "sweep" in one:
                    self.recipe = one["sweep"]
                else:
                    self._lines[one.pop("cell")] = one
            except (ValueError, AttributeError, KeyError, TypeError):
                message = "holds no finished cell: remove the file, or name another output"
                problem = Problem(message=message, file=str(path), line=number)
                raise ScenarioError([problem]) from None
        return whole


def _plain(one: Judgement) -> dict[str, Any]:
    summary = one.summary
    told = None if summary is None else {
        "engine": summary.engine,
        "level": summary.level,
        "measures": {
            name: {key: asdict(figure) for key, figure in statistics.items()}
            for name, statistics in summary.measures.items()
        },
        "counts": dict(summary.counts),
        "notes": list(summary.notes),
        "provenance": dict(summary.provenance),
    }  # fmt: skip
    limits = [
        {
            "fate": limit.decision.value,
            "figure": asdict(limit.figure),
            "share_above": None if limit.share_above is None else asdict(limit.share_above),
            "allowed": limit.allowed,
        }
        for limit in one.limits
    ]
    return {"fate": one.decision.value, "growth": one.growth, "items": one.items,
            "limits": limits, "summary": told}  # fmt: skip


def _judgement(line: Mapping[str, Any], scenario: Scenario) -> Judgement:
    return Judgement(
        scenario=scenario,
        decision=Decision(line["fate"]),
        limits=tuple(
            Judged(
                slo=slo,
                decision=Decision(limit["fate"]),
                figure=_interval(limit["figure"]),
                share_above=limit["share_above"] and _interval(limit["share_above"]),
                allowed=limit["allowed"],
            )
            for slo, limit in zip(scenario.slo, line["limits"], strict=False)
        ),
        summary=None if line["summary"] is None else _summary(line["summary"], scenario),
        growth=line["growth"],
        items=line["items"],
    )


def _summary(told: Mapping[str, Any], scenario: Scenario) -> Summary:
    return Summary(
        engine=told["engine"],
        seed=scenario.seed,
        level=told["level"],
        scenario=scenario.to_dict(),
        measures={
            name: {key: _interval(figure) for key, figure in statistics.items()}
            for name, statistics in told["measures"].items()
        },
        counts=told["counts"],
        notes=tuple(told["notes"]),
        provenance=told["provenance"],
    )


def _interval(told: Mapping[str, Any]) -> Estimate:
    return Estimate(**{**told, "warnings": tuple(told["warnings"])})
