"""What real runs of the examples said, as it is kept beside them: whole, and right in its sums.

Real times are never the same twice, so these texts are read, not made again.
"""

import re
from pathlib import Path

import pytest

from project import ROOT

EXAMPLES = ROOT / "examples"
KEPT = sorted([*EXAMPLES.glob("expected/*-on-*.txt"), *EXAMPLES.glob("stdlib/expected/*.txt")])
STEP = re.compile(r"^ {3,}([+-]?\d+\.\d\d)  (.+)$", re.MULTILINE)


def ladder_of(path: Path) -> list[tuple[str, str]]:
    _, _, ladder = path.read_text(encoding="utf-8").partition("From formula to reality")
    return STEP.findall(ladder)


def test_they_are_kept() -> None:
    """Of the example that computes, and of the one with a task."""
    assert {path.parents[1].name for path in KEPT} == {"examples", "stdlib"}


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_steps_lead_from_formula_to_reality(path: Path) -> None:
    """To the rounding of each, and one of them is what sharing costs."""
    (first, _), *steps, (real, name) = ladder_of(path)
    assert name.startswith("real ")
    assert all(value[0] in "+-" for value, _ in steps)
    whole = float(first) + sum(float(value) for value, _ in steps)
    assert whole == pytest.approx(float(real), abs=0.005 * (len(steps) + 2))
    shared = [text for _, text in steps if "workers share" in text]
    assert len(shared) == 1
