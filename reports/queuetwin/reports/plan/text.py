"""A plan on the terminal: answer, how sure, what breaks it, the table, what-ifs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from queuetwin.model.planning.planner import Plan
from queuetwin.reports.plan.tables import plan_rows, setting_rows, what_if_rows
from queuetwin.reports.plan.thread_checks import (
    TAIL,
    ThreadCheck,
    checks_rows,
)
from queuetwin.reports.plan.wording import plan_assumptions, plan_findings
from queuetwin.reports.presentation.text import table

_WIDTH = 84


def plan_text(plan: Plan) -> str:
    """Answer, how sure, what breaks it, the table, what if."""
    parts = [*_told(list(plan_findings(plan))), "", table(plan_rows(plan))]
    if settings := setting_rows(plan):
        parts += ["", " The fewest that would be cheaper, by setting", table(settings)]
    if worlds := what_if_rows(plan):
        longest = max(len(name) for name, _ in worlds)
        parts += ["", " What if", *(f"   {name:<{longest}}  {text}" for name, text in worlds)]
    if assumes := plan_assumptions(plan):
        parts += ["", *_told(assumes)]
    return "\n".join(parts)


def checks_text(checks: Sequence[ThreadCheck]) -> str:
    """What the threads said, and what they cannot say."""
    lines = [f"   {number:>5}  {word:<10} {text}" for number, word, text in checks_rows(checks)]
    return "\n".join(["", " On real threads", *lines, f"   {TAIL}"])


def _told(findings: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Lines of a word and its sentences, side by side."""
    width = max(len(word) for word, _ in findings) + 3
    for word, text in findings:
        yield textwrap.fill(
            text,
            _WIDTH,
            initial_indent=f" {word:<{width - 1}}",
            subsequent_indent=" " * width,
            break_long_words=False,
            break_on_hyphens=False,
        )
