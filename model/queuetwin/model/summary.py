"""A Summary is a fold over rows: `add` them in order, then ask for `summary()`.

Every figure comes from events, never from polling: time integrals and quantiles are exact.
The fold knows the one measure table and nothing of engines; records and, later, streams go
through the same code.  A figure of one run that is not stationary carries no interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.intervals import (
    BATCHES,
    Interval,
    batch_interval,
    mean_interval,
    quantile_interval,
)
from queuetwin.model.load import long_run, offered_load
from queuetwin.model.measures import MEASURES, POPULATIONS, Measure, Rows, Spans
from queuetwin.model.run import Header, Outcome, Run
from queuetwin.model.scenario import Scenario

__all__ = ["Fold", "Summary", "depth_steps", "share_above", "statistic_of", "summarise"]

Floats = NDArray[np.float64]

_FEWEST = 100
_ONE_RUN = "one run that is not stationary: compare several runs for an interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Figures of one Run: measure -> statistic -> interval, and how many items went where."""

    engine: str
    seed: int
    level: float
    scenario: Mapping[str, Any]
    measures: Mapping[str, Mapping[str, Interval]]
    counts: Mapping[str, int]
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As a document of schema ``queuetwin/summary/1``; NaN becomes None."""
        return {
            "schema": "queuetwin/summary/1",
            "scenario": self.scenario,
            "seed": self.seed,
            "engine": self.engine,
            "level": self.level,
            "measures": {
                name: {key: _plain(value) for key, value in statistics.items()}
                for name, statistics in self.measures.items()
            },
            "counts": dict(self.counts),
            "notes": list(self.notes),
            "provenance": dict(self.provenance),
        }


class Fold:
    """Rows in item order, in any number of parts, then one Summary."""

    def __init__(self, header: Header, *, level: float = 0.95) -> None:
        self._header = header
        self._level = level
        self._parts: list[Rows] = []
        self._values: dict[str, Floats] = {}
        self._ordered: dict[str, Floats] = {}

    def add(self, rows: Rows) -> None:
        """The next consecutive rows."""
        self._parts.append(rows)
        self._values.clear()
        self._ordered.clear()

    def summary(self) -> Summary:
        """Every measure that the rows speak of."""
        header = self._header
        scenario = Scenario.from_dict(header.scenario)
        stationary = long_run(scenario)
        measures = {}
        for measure in MEASURES.values():
            figures = self._figures(measure, stationary)
            if figures:
                measures[measure.name] = figures
        return Summary(
            engine=header.engine,
            seed=header.seed,
            level=self._level,
            scenario=header.scenario,
            measures=measures,
            counts=self._counts(),
            notes=_notes(header, scenario),
            provenance=header.provenance,
        )

    def _figures(self, measure: Measure, stationary: bool) -> dict[str, Interval]:
        figures = {}
        for statistic in measure.statistics:
            figure = self.figure(measure, statistic)
            if figure is None:
                continue
            if not stationary:
                figure = Interval(estimate=figure.estimate, warnings=(_ONE_RUN,))
            figures[statistic] = figure.within(*measure.domain)
        return figures

    def figure(self, measure: Measure, statistic: str) -> Interval | None:
        """One figure as if the run were stationary; None where the rows do not speak of it."""
        if measure.kind == "item":
            return self._of_items(measure, statistic)
        if self._header.window == 0:
            return None
        if measure.kind == "events":
            return self._of_events(measure)
        return self._of_spans(measure, statistic)

    def _of_items(self, measure: Measure, statistic: str) -> Interval | None:
        name = measure.name
        if name not in self._values:
            self._values[name] = np.concatenate([measure.source(rows) for rows in self._parts])
        values = self._values[name]
        if not len(values):
            return None
        if statistic == "mean":
            return mean_interval(values, self._level)
        # Sorted once for all of its quantiles.
        if name not in self._ordered:
            self._ordered[name] = np.sort(values)
        quantile = float(statistic[1:]) / 100
        return quantile_interval(values, quantile, self._level, self._ordered[name])

    def _of_events(self, measure: Measure) -> Interval:
        instants = np.concatenate([measure.source(rows) for rows in self._parts])
        # The window ends with an event, so an edge belongs to the part before it.
        counted = np.searchsorted(np.sort(instants), self._edges(), side="right")
        counted[0] = 0
        return self._over_time(counted)

    def _of_spans(self, measure: Measure, statistic: str) -> Interval | None:
        begins, ends = self._spans(measure)
        if measure.name in POPULATIONS and not len(begins):
            return None
        if statistic == "max":
            return Interval(estimate=float(depth_steps((begins, ends))[1].max()))
        presence = sum(_presence(rows) for rows in self._parts[:1]) / self._header.window
        share = 1 / presence if measure.kind == "presence" and presence else 1.0
        return self._over_time(_integral(begins, ends, self._edges()) * share)

    def _spans(self, measure: Measure) -> Spans:
        spans = [measure.source(rows) for rows in self._parts]
        return np.concatenate([one for one, _ in spans]), np.concatenate([two for _, two in spans])

    def _edges(self) -> Floats:
        return np.linspace(0.0, self._header.window, BATCHES + 1)

    def _over_time(self, integral: NDArray[Any]) -> Interval:
        """A time average from an integral at the edges of equal windows, shape (windows+1,)."""
        whole = float(integral[-1] - integral[0]) / self._header.window
        if sum(len(rows.items["planned"]) for rows in self._parts) < _FEWEST:
            return Interval(estimate=whole, warnings=("too few data for an interval",))
        windows = np.diff(integral) / (self._header.window / BATCHES)
        return batch_interval(whole, windows, self._level)

    def _counts(self) -> dict[str, int]:
        outcomes = np.concatenate([rows.items["outcome"] for rows in self._parts])
        planned = np.concatenate([rows.items["planned"] for rows in self._parts])
        counts = {
            outcome.name.lower(): int((outcomes == outcome).sum())
            for outcome in Outcome
            if outcome is not Outcome.NOT_OFFERED
        }
        not_offered = (outcomes == Outcome.NOT_OFFERED) & ~np.isnan(planned)
        attempts = sum(len(rows.attempts["item"]) for rows in self._parts)
        return {
            "planned": int((~np.isnan(planned)).sum()),
            "not_offered": int(not_offered.sum()),
            "offered": int((outcomes != Outcome.NOT_OFFERED).sum()),
            **counts,
            "attempts": attempts,
        }


def summarise(run: Run, *, level: float = 0.95) -> Summary:
    """Every measure of a Run, with intervals at `level` where one run can give them."""
    fold = Fold(run.header, level=level)
    fold.add(Rows.of(run))
    return fold.summary()


def statistic_of(run: Run, measure: Measure, statistic: str) -> float:
    """One figure of a Run without its interval; NaN where the Run does not speak of it."""
    fold = Fold(run.header)
    fold.add(Rows.of(run))
    figure = fold.figure(measure, statistic)
    return math.nan if figure is None else figure.estimate


def share_above(run: Run, measure: Measure, limit: float) -> float:
    """The share of a Run's values of an item measure above a limit; NaN without values."""
    values = measure.source(Rows.of(run))
    return float((values > limit).mean()) if len(values) else math.nan


def depth_steps(spans: Spans) -> tuple[Floats, NDArray[np.int64]]:
    """How many spans are open: instants and the number from each on, both shape (2 spans,).

    At one instant ends come before beginnings, so an empty span counts for nothing.
    """
    begins, ends = spans
    real = ends > begins
    instants = np.concatenate([ends[real], begins[real]])
    change = np.repeat(np.array([-1, 1]), real.sum())
    order = np.argsort(instants, kind="stable")
    instants, depth = instants[order], np.cumsum(change[order])
    return np.append(0.0, instants), np.append(0, depth)


def _integral(begins: Floats, ends: Floats, edges: Floats) -> Floats:
    """Time spent in spans before each edge, shape (edges,)."""
    return np.array([np.clip(np.minimum(ends, edge) - begins, 0.0, None).sum() for edge in edges])


def _presence(rows: Rows) -> float:
    return float((rows.until_window(rows.workers["until"]) - rows.workers["from"]).sum())


def _notes(header: Header, scenario: Scenario) -> tuple[str, ...]:
    notes = []
    load = offered_load(scenario)
    if load is not None and not long_run(scenario):
        notes.append(
            f"overloaded: {load:.0%} of what the workers can do is asked for; the backlog grows, "
            "and these figures speak of this run only"
        )
    if header.ended != "complete":
        notes.append(f"ended early ({header.ended}): upper quantiles are lower bounds")
    return tuple(notes)


def _plain(figure: Interval) -> dict[str, float | list[str] | None]:
    numbers = {"estimate": figure.estimate, "low": figure.low, "high": figure.high}
    plain: dict[str, float | list[str] | None] = {
        key: None if math.isnan(value) else value for key, value in numbers.items()
    }
    return {**plain, "warnings": list(figure.warnings)} if figure.warnings else plain
