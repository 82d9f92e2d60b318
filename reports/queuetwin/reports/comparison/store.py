"""What a comparison leaves behind: the raw runs, and all that the page can be made of again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from queuetwin.model.base.errors import Problem, ScenarioError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.records.run import Run
from queuetwin.reports.comparison.comparer import Comparison, compare
from queuetwin.reports.comparison.observed import Observed

_CALIBRATION, _ASKED, _OBSERVED = "calibration.json", "asked.json", "observed.npz"

_RECOMPUTE = '''"""Mean and p99 of the response time of every run here, with NumPy alone."""

from pathlib import Path

import numpy as np

for path in sorted(Path(__file__).parent.glob("*.npz")):
    run = np.load(path)
    done = run["items.outcome"] == 1
    response = np.sort((run["items.finished"] - run["items.planned"])[done])
    p99 = response[int(np.ceil(0.99 * len(response))) - 1]
    print(f"{path.name}: mean {response.mean() * 1000:.4f} ms, p99 {p99 * 1000:.4f} ms")
'''


def keep_runs(comparison: Comparison, folder: Path) -> Path:
    """Write the runs of a comparison, its calibration, and what was asked of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for before in (*folder.glob("*.npz"), folder / _CALIBRATION):
        before.unlink(missing_ok=True)
    if comparison.observed is not None:
        comparison.observed.run.save(folder / _OBSERVED)
    if comparison.overheads is not None:
        comparison.overheads.save(folder / _CALIBRATION)
    for number, run in enumerate(comparison.real, start=1):
        run.save(folder / f"run-{number:02}.npz")
    asked = {
        "scenario": comparison.scenario.to_dict(),
        "level": comparison.level,
        "advice": comparison.advice,
        "notes": list(comparison.notes),
        "observed": None if comparison.observed is None else comparison.observed.name,
    }
    (folder / _ASKED).write_text(json.dumps(asked, indent=2) + "\n", encoding="utf-8")
    (folder / "recompute.py").write_text(_RECOMPUTE, encoding="utf-8")
    return folder


def compared_again(folder: Path) -> Comparison:
    """The comparison of runs that were kept.  Raises ScenarioError where the folder has none."""
    paths = sorted(path for path in folder.glob("*.npz") if path.name != _OBSERVED)
    try:
        return _compared_as_asked(folder, [Run.load(path) for path in paths])
    except (ValueError, KeyError, IndexError) as fault:
        message = str(fault) if paths else "holds no saved runs"
        raise ScenarioError([Problem(message=message, file=str(folder))]) from None


def write_comparison(comparison: Comparison, target: str, command: str) -> None:
    """Write the report that the suffix asks for."""
    if target.endswith(".md"):
        text = comparison.to_markdown()
    elif target.endswith(".json"):
        text = json.dumps(comparison.to_dict(), indent=2) + "\n"
    else:
        text = comparison.to_html(command)
    Path(target).write_text(text, encoding="utf-8")


def _compared_as_asked(folder: Path, runs: list[Run]) -> Comparison:
    """As it was asked; of a folder of nothing but runs, with what they were told to run."""
    path, known = folder / _ASKED, folder / _CALIBRATION
    overheads = Overheads.load(known) if known.exists() else None
    if not path.exists():
        scenario = Scenario.of(runs[0].header.scenario)
        return compare(scenario, runs=runs, overheads=overheads)
    asked = json.loads(path.read_text("utf-8"))
    seen = None
    if asked["observed"] is not None:
        seen = Observed(name=asked["observed"], run=Run.load(folder / _OBSERVED))
    scenario = Scenario.from_dict(asked["scenario"])
    comparison = compare(
        scenario, runs=runs, overheads=overheads, observed=seen, level=asked["level"]
    )
    return replace(comparison, advice=asked["advice"], notes=tuple(asked["notes"]))
