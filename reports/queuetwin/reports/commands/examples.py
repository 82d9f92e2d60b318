"""The examples that come with the product: found by name, to start from."""

from __future__ import annotations

import difflib
from importlib.resources import files
from pathlib import Path

from queuetwin.model.base.errors import Problem, ScenarioError


def example_text(name: str) -> str:
    """The text of an example; ScenarioError, with those that there are, for an unknown name."""
    paths = {path.stem: path for path in sorted(_folder().glob("*.toml"))}
    if name in paths:
        return paths[name].read_text(encoding="utf-8")
    near = difflib.get_close_matches(name, paths, n=1)
    advice = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(paths)}"
    problem = Problem(message=f"no such example: {advice}", key="like", value=name)
    raise ScenarioError([problem])


def _folder() -> Path:
    packaged = Path(str(files("queuetwin.reports"))) / "examples"
    # A checkout that is worked in has them at its top, an installed package inside.
    return packaged if packaged.is_dir() else Path(__file__).parents[4] / "examples"
