"""Parts of a sweep, put together: the same as one place would have made it, or refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from builders import poisson
from queuetwin.model import RunError, ScenarioError, merge, sweep
from queuetwin.model.base import environment as made
from queuetwin.model.base.environment import versions
from queuetwin.model.sweeping.cell import judged_cell
from queuetwin.reports.sweep.documents import sweep_csv, sweep_document

POOL = poisson("320/s", "20ms", 8, {"slo": [{"measure": "response_time.p99", "below": "150ms"}]})
OVER = {"workers.count": "6..9", "arrivals.rate": "x0.5,x1"}
ITEMS = 2_000


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("parts")
    paths = [folder / f"{part}.jsonl" for part in (1, 2, 3)]
    done = [
        len(sweep(POOL, OVER, items=ITEMS, keep=path, shard=(part, 3)).cells)
        for part, path in enumerate(paths, start=1)
    ]
    assert done == [3, 3, 2]
    return paths


def test_three_parts_are_the_whole(parts: list[Path]) -> None:
    """To the byte, in whatever order, and though one is there twice."""
    whole, found = sweep(POOL, OVER, items=ITEMS), merge([*reversed(parts), parts[0]])
    assert found.complete
    assert json.dumps(sweep_document(found)) == json.dumps(sweep_document(whole))
    assert sweep_csv(found) == sweep_csv(whole)


def test_a_part_that_is_missing_is_said(parts: list[Path]) -> None:
    """What is there is there."""
    found = merge(parts[:2])
    assert (len(found.cells), found.planned, found.complete) == (6, 8, False)


def test_parts_of_other_sweeps_are_refused(parts: list[Path], tmp_path: Path) -> None:
    """With every way in which they differ."""
    other = tmp_path / "other.jsonl"
    sweep(POOL, {"workers.count": "7,8"}, items=ITEMS + 1, keep=other)
    with pytest.raises(ScenarioError, match=r"another sweep than .*: other values, other items"):
        merge([*parts, other])
    text = parts[0].read_text(encoding="utf-8")
    other.write_text(text.replace('"numpy":"', '"numpy":"9', 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"numpy 9[\d.]+, not \d"):
        merge([*parts, other])
    other.write_text("\n".join(text.splitlines()[1:]) + "\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match="says of no sweep"):
        merge([other])
    with pytest.raises(ScenarioError, match="no files"):
        merge([])


def test_figures_that_contradict_each_other_are_refused(parts: list[Path], tmp_path: Path) -> None:
    """Nobody could say which are right."""
    other = tmp_path / "other.jsonl"
    text = parts[2].read_text(encoding="utf-8")
    assert '"estimate":0.' in text
    other.write_text(text.replace('"estimate":0.', '"estimate":1.', 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"has other figures than .* at workers.count \d"):
        merge([*parts, other])


def test_a_cell_made_by_others_is_refused() -> None:
    """Whoever computes it, and wherever: not only those that were asked before."""
    with pytest.raises(RunError, match=r"has numpy [\d.]+, not 1.0: its figures might differ"):
        judged_cell(POOL, ITEMS, 0.95, {**versions(), "numpy": "1.0"})


def test_versions_know_how_this_machine_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logarithms that differ in the last bit are another arithmetic."""
    before = versions()["arithmetic"]
    log = np.log
    monkeypatch.setattr(np, "log", lambda some: np.nextafter(log(some), 1))
    assert made._arithmetic() != before


@pytest.mark.parametrize("shard", [(0, 3), (4, 3), (1, 0)])
def test_there_is_no_such_part(shard: tuple[int, int]) -> None:
    """Before anything is run."""
    with pytest.raises(ValueError, match="one of so many"):
        sweep(POOL, OVER, items=ITEMS, shard=shard)
