"""What was made of a log: a scenario with its reasons, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from queuetwin.model.errors import Problem, ScenarioError
from queuetwin.model.fitting.day import Day
from queuetwin.model.fitting.log import LeftOut
from queuetwin.model.fitting.seen import Seen
from queuetwin.model.fitting.trial import Trial
from queuetwin.model.fitting.window import Window
from queuetwin.model.scenario import Scenario

__all__ = ["Fit"]


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
    trial: Trial | None = None
    seen: Seen | None = None
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
