"""What a terminal shows: plain lines of text, data on standard output."""

from __future__ import annotations

from queuetwin.model.estimation.summary import Summary
from queuetwin.model.records.measures import MEASURES
from queuetwin.model.theory import Prediction
from queuetwin.reports.presentation.wording import figure_text, range_text


def table(rows: list[list[str]]) -> str:
    """Rows as aligned columns, the first to the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        " "
        + "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def summary_text(summary: Summary) -> str:
    """Every measure that says something, and where the items went."""
    rows = [["", "mean", "95 %", "p50", "p95", "p99"]]
    for name, figures in summary.measures.items():
        mean = figures["mean"]
        if mean.estimate == 0 and name not in _ALWAYS:
            continue
        quantiles = [
            figure_text(name, figures[key].estimate) if key in figures else ""
            for key in ("p50", "p95", "p99")
        ]
        rows.append(
            [
                MEASURES[name].title,
                figure_text(name, mean.estimate),
                range_text(name, mean),
                *quantiles,
            ]
        )
    counts = ", ".join(
        f"{count:,} {name.replace('_', ' ')}"
        for name, count in summary.counts.items()
        if count or name in ("planned", "completed")
    )
    notes = [f" NOTE  {note}" for note in summary.notes]
    return "\n".join([table(rows), "", f" {counts}", *notes])


_ALWAYS = ("response_time", "queue_depth", "utilisation", "loss_ratio")


def prediction_text(prediction: Prediction) -> str:
    """The closed form's figures."""
    rows = [["", "mean", "p50", "p95", "p99"]]
    for name, figures in prediction.measures.items():
        cells = [
            figure_text(name, figures[key]) if key in figures else ""
            for key in ("mean", "p50", "p95", "p99")
        ]
        rows.append([MEASURES[name].title, *cells])
    return f" {prediction.system}: {prediction.reading}\n\n{table(rows)}"
