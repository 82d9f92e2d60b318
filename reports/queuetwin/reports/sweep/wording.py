"""A sweep in words and rows: the same in terminal, Markdown, CSV and page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from queuetwin.model.base.units import format_share
from queuetwin.model.estimation.slo_judgement import Decision
from queuetwin.model.language.traffic import long_run
from queuetwin.model.records.measures import parse_statistic
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.sweeping.cell import Cell
from queuetwin.model.sweeping.sweeper import Sweep
from queuetwin.reports.presentation.phrases import growth_text, growth_word
from queuetwin.reports.presentation.wording import estimate_text, figure_text, measure_title

_SHOWN = ("response_time.mean", "response_time.p95", "response_time.p99")
# What became of a limit in a cell, in the order in which it is reported.
_DECIDED = {Decision.MET: "kept", Decision.MISSED: "missed", Decision.UNDECIDED: "undecided"}


def sweep_findings(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """A word and its sentence."""
    done = len(sweep.cells)
    if sweep.shard is not None:
        number, many = sweep.shard
        text = f"{number} of {many}: queuetwin merge puts the kept cells of all parts together"
        yield "PART", text
    if not sweep.complete:
        yield "STOPPED", f"{done:,} of {sweep.planned:,} are done; start again for the rest"
    for number, slo in enumerate(sweep.scenario.slo):
        decisions = Counter(_decision_on(cell, number) for cell in sweep.cells)
        parts = [
            f"{_DECIDED[decision]} in {decisions[decision]:,}"
            for decision in _DECIDED
            if decisions[decision]
        ]
        limit = f"{measure_title(slo.measure)} < {slo.limit_text()}"
        yield "SLO", f"{limit}: {', '.join(parts)} of {done:,}"
    growing = [cell for cell in sweep.cells if cell.judgement.summary is None]
    if growing:
        fastest = max(growing, key=lambda cell: cell.judgement.growth)
        yield (
            "GROWS",
            (
                f"{len(growing):,} of {done:,} do not keep up and have no steady figures: at "
                f"{_changes_text(fastest)} {growth_text(fastest.judgement)}"
            ),
        )
    if steady := [cell for cell in sweep.cells if cell.judgement.summary is not None]:
        whole = not all(long_run(cell.judgement.scenario) for cell in steady)
        what = "in whole runs as written" if whole else "in the long run"
        least, *_, most = sorted(cell.judgement.items for cell in steady) * 2
        some = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        yield "ITEMS", f"{some} in each, the same draws in all; {what}"


def sweep_rows(sweep: Sweep) -> list[list[str]]:
    """A row for each cell, every figure with the range in which it lies."""
    slos = [f"{_short(one.measure)} < {one.limit_text()}" for one in sweep.scenario.slo]
    heads = [_short(name) for name in _SHOWN]
    rows = [[*(axis.key for axis in sweep.axes), "busy", *heads, "lost", *slos, ""]]
    for cell in sweep.cells:
        values = [value_text(cell.changes[axis.key]) for axis in sweep.axes]
        if cell.judgement.summary is None:
            figures = ["-"] * (2 + len(heads))
        else:
            figures = [
                format_share(figure_of(cell, "utilisation.mean").estimate),
                *(_ranged(name, figure_of(cell, name)) for name in _SHOWN),
                format_share(figure_of(cell, "loss_ratio.mean").estimate),
            ]
        decisions = [_decision_on(cell, number).value for number in range(len(slos))]
        rows.append([*values, *figures, *decisions, _note(cell)])
    return rows


def map_title(sweep: Sweep) -> str:
    """What the cells of the map hold."""
    title = measure_title(shown_measure(sweep)) + shown_scale(sweep)[1]
    return f"{title}, and how far off it may be; {sweep.axes[1].key} across"


def map_rows(sweep: Sweep) -> list[list[str]]:
    """Two axes as a table of one figure; `!` marks a missed limit, `?` an undecided one."""
    down, across = sweep.axes
    by_place = {(cell.changes[down.key], cell.changes[across.key]): cell for cell in sweep.cells}
    rows = [[down.key, *(value_text(value) for value in across.values)]]
    for value in down.values:
        cells = (by_place.get((value, other)) for other in across.values)
        rows.append([value_text(value), *(_in_map(sweep, cell) for cell in cells)])
    return rows


def shown_measure(sweep: Sweep) -> str:
    """The figure that a map shows: what the first SLO limits, else the p99."""
    return sweep.scenario.slo[0].measure if sweep.scenario.slo else "response_time.p99"


def shown_scale(sweep: Sweep) -> tuple[float, str]:
    """By what its figure is multiplied for people, and the unit that it then has."""
    unit = parse_statistic(shown_measure(sweep))[0].unit
    return {"seconds": (1000.0, ", ms"), "share": (100.0, ", %")}.get(unit, (1.0, ""))


def figure_of(cell: Cell, name: str) -> Estimate:
    """A figure of a cell; NaN where it has none."""
    measure, statistic = parse_statistic(name)
    summary = cell.judgement.summary
    limits = (limit.figure for limit in cell.judgement.limits if limit.slo.measure == name)
    known = summary and summary.measures.get(measure.name, {}).get(statistic)
    return known or next(limits, Estimate(estimate=math.nan))


def value_text(value: object) -> str:
    """A value of an axis as people read it."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _decision_on(cell: Cell, number: int) -> Decision:
    limits = cell.judgement.limits
    return limits[number].decision if limits else Decision.MISSED


def _note(cell: Cell) -> str:
    if cell.judgement.summary is None:
        return growth_text(cell.judgement)
    return (
        "" if not math.isnan(figure_of(cell, "response_time.p99").low) else ("p99 needs more items")
    )


def _ranged(name: str, figure: Estimate) -> str:
    """A figure with its bounds, unless they are the figure itself."""
    if figure.low == figure.high:
        return figure_text(name, figure.estimate)
    return estimate_text(name, figure)


def _in_map(sweep: Sweep, cell: Cell | None) -> str:
    if cell is None:
        return ""
    if cell.judgement.summary is None:
        return growth_word(cell.judgement)
    figure, (scale, _) = figure_of(cell, shown_measure(sweep)), shown_scale(sweep)
    text = f"{figure.estimate * scale:,.4g}"
    off = max(figure.high - figure.estimate, figure.estimate - figure.low) * scale
    if off > 0:
        text += f" ±{off:,.2g}"
    marks = {Decision.MISSED: " !", Decision.UNDECIDED: " ?"}
    return text + (marks.get(cell.judgement.decision, "") if sweep.scenario.slo else "")


def _changes_text(cell: Cell) -> str:
    return ", ".join(f"{key} {value_text(value)}" for key, value in cell.changes.items())


def _short(name: str) -> str:
    return measure_title(name).replace("response time", "response")
