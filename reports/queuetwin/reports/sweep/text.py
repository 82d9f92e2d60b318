"""A sweep on the terminal: what was found, and one table."""

from __future__ import annotations

from queuetwin.model.sweeping.sweeper import Sweep
from queuetwin.reports.presentation.text import table
from queuetwin.reports.sweep.wording import map_rows, map_title, sweep_findings, sweep_rows

_MAP_AXES = 2


def sweep_text(sweep: Sweep) -> str:
    """What was found, and a table: of one figure over two keys, else a row for each cell."""
    findings = list(sweep_findings(sweep))
    width = max((len(word) for word, _ in findings), default=0)
    lines = [f" {word:<{width}}  {text}" for word, text in findings]
    if len(sweep.axes) == _MAP_AXES:
        marks = "; ! misses a limit, ? undecided" if sweep.scenario.slo else ""
        return "\n".join([*lines, "", f" {map_title(sweep)}{marks}", table(map_rows(sweep))])
    return "\n".join([*lines, "", table(sweep_rows(sweep))])
