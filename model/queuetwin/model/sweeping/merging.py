"""`merge`: the parts of one sweep, computed apart, put together without any engine.

Every file of kept cells says of which sweep it is; only parts of the same sweep, made by the
same versions, belong together.  What comes out is the sweep as one place would have computed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from queuetwin.model.base.environment import differing
from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.estimation.slo_judgement import Judgement
from queuetwin.model.language.axes import Axis, grid
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.sweeping.cell import Cell
from queuetwin.model.sweeping.cell_store import KeptCells, cell_digest
from queuetwin.model.sweeping.sweeper import Sweep

_WHAT = {
    "scenario": "another scenario",
    "over": "other values",
    "items": "other items a cell",
    "level": "another level",
}


def merge(paths: Sequence[str | Path]) -> Sweep:
    """The sweep whose finished cells stand in these files, each kept by `sweep(..., keep=)`.

    Cells that are in none of them are not there (`Sweep.complete`).  Raises ScenarioError for
    files of different sweeps or versions, and where two disagree about a cell; OSError for one
    that cannot be read.
    """
    if not paths:
        raise ScenarioError([Problem(message="no files: name those that `sweep` kept")])
    parts = [(str(path), KeptCells.of(Path(path))) for path in paths]
    recipe = _one_recipe(parts)
    scenario = Scenario.from_dict(recipe["scenario"])
    axes = tuple(Axis(key=key, values=tuple(values)) for key, values in recipe["over"])
    cells = grid(scenario, axes)
    found: list[Cell] = []
    for changes, one in cells:
        digest = cell_digest(one, recipe["items"], recipe["level"], recipe["made_by"])
        judgement = _agreed(parts, digest, changes, one)
        if judgement is not None:
            found.append(Cell(changes=changes, judgement=judgement))
    return Sweep(
        scenario=scenario,
        axes=axes,
        items=recipe["items"],
        level=recipe["level"],
        planned=len(cells),
        cells=tuple(found),
        made_by=recipe["made_by"],
    )


def _one_recipe(parts: Sequence[tuple[str, KeptCells]]) -> dict[str, Any]:
    first, problems = parts[0][1].recipe, list[Problem]()
    for path, part in parts:
        if part.recipe is None:
            message = "says of no sweep that it is a part of it"
            problems.append(Problem(message=message, file=path, line=1))
        elif first is not None and part.recipe != first:
            others = [text for name, text in _WHAT.items() if part.recipe[name] != first[name]]
            others += [differing(first["made_by"], part.recipe["made_by"])]
            message = f"is of another sweep than {parts[0][0]}: {', '.join(filter(None, others))}"
            problems.append(Problem(message=message, file=path, line=1))
    if problems or first is None:
        raise ScenarioError(problems)
    return first


def _agreed(
    parts: Sequence[tuple[str, KeptCells]],
    digest: str,
    changes: Mapping[str, Any],
    scenario: Scenario,
) -> Judgement | None:
    """What all say that know the cell."""
    knowing = [(path, part) for path, part in parts if part.text(digest) is not None]
    if not knowing:
        return None
    (first, keeper), *others = knowing
    for path, part in others:
        if part.text(digest) != keeper.text(digest):
            text = ", ".join(f"{key} {value}" for key, value in changes.items())
            message = f"has other figures than {first} at {text}"
            raise ScenarioError([Problem(message=message, file=path)])
    return keeper.get(digest, scenario)
