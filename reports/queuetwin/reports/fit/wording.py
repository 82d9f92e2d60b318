"""What was made of a log, in the words that people read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from queuetwin.model.base.units import format_share
from queuetwin.model.fitting.distribution_fits import length_text
from queuetwin.model.fitting.fitter import Fit
from queuetwin.model.language.traffic import offered_load
from queuetwin.model.logs.log import SORTED, LeftOut
from queuetwin.reports.presentation.flags import with_flags
from queuetwin.reports.presentation.wording import counted

_WIDTH, _INDENT = 84, 11
_NAMED = 2
_HOUR = 3600


def fit_text(fit: Fit, wrote: str) -> str:
    """A word and its sentence on each line; the last says what was written."""
    lines: list[str] = []
    for word, text in _findings(fit):
        lines += textwrap.wrap(
            text,
            _WIDTH,
            initial_indent=f" {word:<{_INDENT - 2}} ",
            subsequent_indent=" " * _INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join([*lines, f" {wrote}"])


def _findings(fit: Fit) -> Iterator[tuple[str, str]]:
    yield "read", _read(fit)
    for note in fit.notes:
        if note != SORTED:
            yield "note", note
    if fit.left_out:
        yield "left out", _left_out(fit.left_out)
    if fit.tasks:
        yield "tasks", _tasks(fit.tasks)
    yield "hour" if fit.window.seconds == _HOUR else "window", _window(fit)
    if fit.stop:
        yield "STOP", fit.stop
        yield "DO", with_flags("; ".join(fit.advice))
        return
    assert fit.scenario is not None
    scenario, reasons = fit.scenario, fit.reasons
    service = scenario.stage.service
    came = _plain(reasons["arrivals.process"])
    yield "arrivals", f"{fit.rate:.3g}/s, {scenario.arrivals.process}: {came}"
    yield (
        "service",
        f"{length_text(service.mean_time)}, {service.distribution}: "
        f"{reasons['service.distribution']}",
    )
    yield "workers", f"{scenario.stage.workers.number:,}: {reasons['workers.count']}"
    for key, title in (("queue.capacity", "queue"), ("failures.probability", "failures")):
        if key in reasons:
            yield title, reasons[key]
    yield "foretold", _foretold(fit)
    for text in fit.assumes:
        yield "ASSUMES", text


def fit_findings(fit: Fit) -> Iterator[tuple[str, str]]:
    """The first three lines of a page: what was found, why to trust it, what was not shown."""
    assert fit.scenario is not None
    scenario = fit.scenario
    load = offered_load(scenario)
    busy = "" if load is None else f", busy for {format_share(min(load, 1.0))} of the time"
    service = scenario.stage.service
    yield (
        "FITTED",
        f"{fit.rate:.3g}/s {scenario.arrivals.process} -> {scenario.stage.workers.text()}"
        f"{busy}, {length_text(service.mean_time)} {service.distribution}",
    )
    yield "TRUST", f"foretold: {_foretold(fit)}; {fit.items:,} items, {when_text(fit)}"
    yield "NOT SHOWN", "; ".join(fit.assumes) or "nothing that a plan would need"


def value_rows(fit: Fit) -> list[list[str]]:
    """Each value of the scenario, and how it was found."""
    assert fit.scenario is not None
    tables = fit.scenario.to_dict()
    rows = []
    for key, reason in fit.reasons.items():
        value: Any = tables
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        rows.append([key, "" if value is None else str(value), reason])
    return rows


def left_out_rows(fit: Fit) -> list[list[str]]:
    """How many rows were left out, why, and where the first of them stands."""
    return [[f"{one.count:,}", one.reason, one.place] for one in fit.left_out]


def _read(fit: Fit) -> str:
    pods = f", {fit.groups} worker processes" if fit.groups > 1 else ""
    in_order = f", {SORTED}" if SORTED in fit.notes else ""
    return f"{fit.kind}, {fit.lines:,} lines{pods}{in_order}"


def _left_out(left_out: tuple[LeftOut, ...]) -> str:
    total = sum(one.count for one in left_out)
    each = ", ".join(
        f"{one.count:,} {one.reason}" + (f" (first: {one.place})" if one.wrong else "")
        for one in left_out
    )
    return f"{counted(total, 'row')}: {each}"


def _tasks(tasks: tuple[tuple[str, float], ...]) -> str:
    named, rest = tasks[:_NAMED], tasks[_NAMED:]
    first, *others = (f"{name} {share:.0%}" for name, share in named)
    text = ", ".join([f"{first} of the busy time", *others])
    if rest:
        share = sum(share for _, share in rest)
        text += f", {counted(len(rest), 'other')} {share:.0%}"
    return text.replace("%", " %")


def _window(fit: Fit) -> str:
    what = "tasks" if fit.tasks else "items"
    whole = "" if fit.window.why == "all of the log" else f" (all: {fit.whole_rate:.3g}/s)"
    return f"{when_text(fit)}: {fit.items:,} {what}, {fit.rate:.3g}/s{whole}"


def when_text(fit: Fit) -> str:
    """The window, and why it is this one."""
    why = fit.window.why
    return f"{fit.when} {why}" if why.startswith("is") else f"{fit.when}, {why}"


def _plain(reason: str) -> str:
    """A reason without the costs, which stand in the file."""
    before, bracket, after = reason.partition(" (cost of")
    return before + after.partition(")")[2] if bracket else reason


def _foretold(fit: Fit) -> str:
    if fit.holdout is None:
        return "nothing: too few items, or more work than the workers can do"
    how = "as logged" if fit.holdout.logged else "its items served in order"
    return (
        f"the second half of the log from the first: mean response off by "
        f"{fit.holdout.relative_error * 100:+.0f} % ({how})"
    )
