"""A sweep as JSON, CSV and Markdown.  No time and no machine: the same sweep, the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from queuetwin.model.records.measures import MEASURES
from queuetwin.model.sweeping.cell import Cell
from queuetwin.model.sweeping.sweeper import Sweep
from queuetwin.reports.presentation.document import slo_documents
from queuetwin.reports.presentation.wording import scenario_text
from queuetwin.reports.sweep.measured_runs import Measured
from queuetwin.reports.sweep.wording import figure_of, sweep_findings, sweep_rows


def sweep_document(sweep: Sweep, measured: Sequence[Measured] = ()) -> dict[str, Any]:
    """The sweep, and what was measured on it, as a document of schema ``queuetwin/sweep/1``."""
    runs = [
        {
            "changes": dict(one.changes),
            "trust": one.trust.value,
            "reasons": list(one.reasons),
            "real": one.real.to_dict()["measures"],
            "model": one.model.to_dict()["measures"],
        }
        for one in measured
    ]
    return {
        "schema": "queuetwin/sweep/1",
        "scenario": sweep.scenario.to_dict(),
        "seed": sweep.scenario.seed,
        "level": sweep.level,
        "over": {axis.key: list(axis.values) for axis in sweep.axes},
        "planned": sweep.planned,
        **({"shard": list(sweep.shard)} if sweep.shard else {}),
        "cells": [_cell(sweep, cell) for cell in sweep.cells],
        **({"runs": runs} if runs else {}),
        "provenance": dict(sweep.made_by),
    }


def sweep_csv(sweep: Sweep) -> str:
    """A row for each cell, a column for each figure and each end of its interval."""
    names = [
        f"{name}.{statistic}"
        for name in _measures(sweep)
        for statistic in MEASURES[name].statistics
        if statistic != "max"
    ]
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    figures = [f"{name}{end}" for name in names for end in ("", ".low", ".high")]
    slos = [f"{slo.measure} < {slo.limit_text()}" for slo in sweep.scenario.slo]
    keys = [axis.key for axis in sweep.axes]
    rows.writerow([*keys, "items", "growth_per_s", *slos, *figures])
    for cell in sweep.cells:
        one = cell.judgement
        values = [figure_of(cell, name).to_dict() for name in names]
        decisions = [limit.decision.value for limit in one.limits] or [one.decision.value] * len(
            slos
        )
        rows.writerow(
            [
                *(cell.changes[key] for key in keys),
                one.items,
                one.growth,
                *decisions,
                *(value[end] for value in values for end in ("estimate", "low", "high")),
            ]
        )
    return text.getvalue()


def sweep_markdown(sweep: Sweep) -> str:
    """Findings and the table."""
    head, *rows = sweep_rows(sweep)
    lines = [f"# {sweep.scenario.name}", "", scenario_text(sweep.scenario), ""]
    lines += [f"- **{word}** {text}" for word, text in sweep_findings(sweep)]
    lines += ["", f"| {' | '.join(head)} |", f"|{'---:|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _measures(sweep: Sweep) -> list[str]:
    """Every measure that some cell tells of, in the order of the one table."""
    told = {
        name
        for cell in sweep.cells
        if cell.judgement.summary is not None
        for name in cell.judgement.summary.measures
    }
    return [name for name in MEASURES if name in told]


def _cell(sweep: Sweep, cell: Cell) -> dict[str, Any]:
    one = cell.judgement
    summary = {} if one.summary is None else one.summary.to_dict()
    return {
        "changes": dict(cell.changes),
        "items": one.items,
        "growth": one.growth,
        "verdict": one.decision.value if sweep.scenario.slo else None,
        "slos": slo_documents(one),
        **{key: summary[key] for key in ("measures", "counts", "notes") if key in summary},
    }
