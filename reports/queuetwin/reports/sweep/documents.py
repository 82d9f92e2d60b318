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

__all__ = ["sweep_csv", "sweep_document", "sweep_markdown"]


def sweep_document(found: Sweep, measured: Sequence[Measured] = ()) -> dict[str, Any]:
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
        "scenario": found.scenario.to_dict(),
        "seed": found.scenario.seed,
        "level": found.level,
        "over": {axis.key: list(axis.values) for axis in found.axes},
        "planned": found.planned,
        **({"shard": list(found.shard)} if found.shard else {}),
        "cells": [_cell(found, cell) for cell in found.cells],
        **({"runs": runs} if runs else {}),
        "provenance": dict(found.made_by),
    }


def sweep_csv(found: Sweep) -> str:
    """A row for each cell, a column for each figure and each end of its interval."""
    names = [f"{name}.{statistic}" for name in _measures(found)
             for statistic in MEASURES[name].statistics if statistic != "max"]  # fmt: skip
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    figures = [f"{name}{end}" for name in names for end in ("", ".low", ".high")]
    slos = [f"{slo.measure} < {slo.limit_text()}" for slo in found.scenario.slo]
    keys = [axis.key for axis in found.axes]
    rows.writerow([*keys, "items", "growth_per_s", *slos, *figures])
    for cell in found.cells:
        one = cell.judgement
        values = [figure_of(cell, name).to_dict() for name in names]
        fates = [limit.fate.value for limit in one.limits] or [one.fate.value] * len(slos)
        rows.writerow([
            *(cell.changes[key] for key in keys),
            one.items,
            one.growth,
            *fates,
            *(value[end] for value in values for end in ("estimate", "low", "high")),
        ])  # fmt: skip
    return text.getvalue()


def sweep_markdown(found: Sweep) -> str:
    """Findings and the table."""
    head, *rows = sweep_rows(found)
    lines = [f"# {found.scenario.name}", "", scenario_text(found.scenario), ""]
    lines += [f"- **{word}** {text}" for word, text in sweep_findings(found)]
    lines += ["", f"| {' | '.join(head)} |", f"|{'---:|' * len(head)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _measures(found: Sweep) -> list[str]:
    """Every measure that some cell tells of, in the order of the one table."""
    told = {name for cell in found.cells if cell.judgement.summary is not None
            for name in cell.judgement.summary.measures}  # fmt: skip
    return [name for name in MEASURES if name in told]


def _cell(found: Sweep, cell: Cell) -> dict[str, Any]:
    one = cell.judgement
    summary = {} if one.summary is None else one.summary.to_dict()
    return {
        "changes": dict(cell.changes),
        "items": one.items,
        "growth": one.growth,
        "verdict": one.fate.value if found.scenario.slo else None,
        "slos": slo_documents(one),
        **{key: summary[key] for key in ("measures", "counts", "notes") if key in summary},
    }
