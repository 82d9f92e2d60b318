"""A Summary is a fold over rows: `add` them in order, then ask for `summary()`.

Every figure comes from events, never from polling, and every average is a ratio of two sums over
base batches (`accumulators`), so that records and streams of any length go through the same code.
The fold knows the one measure table and nothing of engines.  A figure of one run that is not
stationary carries no interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.traffic import NEVER_SETTLES, backlog_growth, long_run, offered_load
from queuetwin.model.records.figures import figures_of
from queuetwin.model.records.measures import MEASURES, POPULATIONS, Measure, MeasureRows
from queuetwin.model.records.run import Header, Outcome, Run
from queuetwin.model.statistics.accumulators import Accumulator, AddValues, Batches, add_values
from queuetwin.model.statistics.batch_means import BatchSizes
from queuetwin.model.statistics.estimate import Estimate
from queuetwin.model.statistics.quantiles import Tail
from queuetwin.model.statistics.ratio_estimators import (
    TOO_FEW,
    plans_of,
    ratio_interval,
    share_interval,
)
from queuetwin.model.statistics.statistic import MAXIMUM, Statistic

_ONE_RUN = "one run that is not stationary: compare several runs for an interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Figures of one Run: measure -> statistic -> interval, and how many items went where.

    `reached` says whether a precision that was asked for was reached; None where none was.
    """

    engine: str
    seed: int
    level: float
    scenario: Mapping[str, Any]
    measures: Mapping[str, Mapping[str, Estimate]]
    counts: Mapping[str, int]
    notes: tuple[str, ...]
    provenance: Mapping[str, Any]
    reached: bool | None = None

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


class SummaryAccumulator:
    """MeasureRows in item order, in any number of parts, then one Summary.

    What is kept does not grow with the number of items; quantiles are within .1 %.  `add` is
    what adds the values up, where there is a sooner one.  Who needs only some `measures`, or knows
    how many `items` will come, is sooner served.
    """

    def __init__(
        self,
        *,
        level: float = 0.95,
        add: AddValues = add_values,
        measures: Iterable[str] = tuple(MEASURES),
        items: int = 1,
    ) -> None:
        self._level = level
        self._measures = tuple(MEASURES[name] for name in measures)
        # Histogram only the measures that are reported: bins are most of the work.
        self.batches = Batches(
            {
                one.name: one.unit == "seconds" and one in self._measures
                for one in MEASURES.values()
                if one.owner is not None
            },
            add,
            items=items,
        )
        # Of the values so far, by measure; made once for all its quantiles.
        self._tails: dict[str, Tail] = {}
        # Of the figures so far, by measure and statistic; made at once for all of them.
        self._plans: dict[tuple[str, str], BatchSizes] = {}
        self._outcomes = np.zeros(len(Outcome), dtype=np.int64)
        self._unplanned = self._attempts = 0

    def add(self, rows: MeasureRows) -> None:
        """The next consecutive rows."""
        planned, outcome = rows.items["planned"], rows.items["outcome"]
        self.batches.add(
            planned,
            {
                one.name: (one.owner(rows), one.source(rows))
                for one in MEASURES.values()
                if one.owner is not None
            },
        )
        self.count(
            np.bincount(outcome, minlength=len(Outcome)),
            unplanned=int(np.isnan(planned).sum()),
            attempts=len(rows.attempts["item"]),
        )

    def count(self, outcomes: NDArray[np.int64], *, unplanned: int, attempts: int) -> None:
        """How many of the next items went where, by `Outcome`."""
        self._tails.clear()
        self._plans.clear()
        self._outcomes += outcomes
        self._unplanned += unplanned
        self._attempts += attempts

    def summary(self, header: Header, presence: float, whole: MeasureRows | None = None) -> Summary:
        """Every measure that the rows speak of.

        `presence` are the seconds that workers were there.  With the rows of a `whole` Run
        every figure is exact, and the greatest numbers at once are known too.
        """
        scenario = Scenario.of(header.scenario)
        has_intervals = long_run(scenario)
        if has_intervals:
            self._plan(header.window, presence)
        measures: dict[str, dict[str, Estimate]] = {}
        for measure in self._measures:
            exact = {} if whole is None else figures_of(whole, measure, measure.statistics)
            for statistic in measure.statistics:
                known = exact.get(statistic, math.nan)
                figure = self.figure(measure, statistic, header.window, presence, known)
                if figure is None:
                    continue
                if not has_intervals:
                    figure = Estimate(estimate=figure.estimate, warnings=(_ONE_RUN,))
                figure = figure.within(*measure.domain)
                measures.setdefault(measure.name, {})[statistic] = figure
        return Summary(
            engine=header.engine,
            seed=header.seed,
            level=self._level,
            scenario=header.scenario,
            measures=measures,
            counts=counts_of(self._outcomes, unplanned=self._unplanned, attempts=self._attempts),
            notes=_notes(header, scenario),
            provenance=header.provenance,
        )

    def share_above(self, measure: Measure, limit: float) -> Estimate:
        """The share of an item measure's values above a limit, from the bins."""
        tally = self._tally(measure)
        if not tally.number:
            return Estimate(estimate=math.nan, warnings=(TOO_FEW,))
        return self._tail(measure).share_above(limit, tally.share_above(limit))

    def figure(
        self,
        measure: Measure,
        statistic: Statistic,
        window: float,
        presence: float,
        exact: float = math.nan,
    ) -> Estimate | None:
        """One figure; None where the rows do not speak of it.  `exact` is it, where known."""
        empty = measure.kind != "events" and not self._tally(measure).number
        if (statistic == MAXIMUM and math.isnan(exact)) or (measure.kind != "item" and not window):
            return None
        if empty and (measure.kind == "item" or measure.name in POPULATIONS):
            return None
        if statistic == MAXIMUM:
            return Estimate(estimate=exact)
        sums = self.ratio(measure, window, presence)
        assert sums is not None, "a measure without values has no figure"
        if measure.kind == "item":
            figure = self._of_items(measure, statistic, exact, sums)
        else:
            plan = self._plans.get((measure.name, statistic))
            figure = ratio_interval(*sums, level=self._level, plan=plan)
        return figure if math.isnan(exact) else replace(figure, estimate=exact)

    def ratio(
        self, measure: Measure, window: float, presence: float
    ) -> tuple[Floats, Floats] | None:
        """The two sums over base batches whose ratio is a measure's mean; None without values."""
        tally, number = self._tally(measure), self.batches.number
        if measure.kind == "item":
            return (tally.numerator[:number], tally.denominator[:number]) if tally.number else None
        if measure.kind == "events":
            over = tally.denominator[:number]
        else:
            parts = [self.batches.tallies[name].numerator[:number] for name in measure.parts]
            over = np.sum(parts, axis=0)
        seconds = self.batches.seconds(window)
        if measure.kind == "presence" and presence:
            seconds = seconds * (presence / window)
        return over, seconds

    def _plan(self, window: float, presence: float) -> None:
        """Which batches each figure takes: together they are sooner found than one by one."""
        if not window or not self.batches.number:
            return
        ratios: dict[tuple[str, str], tuple[NDArray[Any], Floats]] = {}
        for measure in self._measures:
            for statistic in measure.statistics:
                sums = self._sums(measure, statistic, window, presence)
                if sums is not None:
                    ratios[measure.name, statistic] = sums
        plans = zip(ratios, plans_of(list(ratios.values())), strict=True)
        self._plans = {asked: plan for asked, plan in plans if plan}

    def _sums(
        self, measure: Measure, statistic: Statistic, window: float, presence: float
    ) -> tuple[NDArray[Any], Floats] | None:
        """The two sums over base batches that a figure's interval is found from."""
        if statistic.share_beyond is None:
            return None if statistic == MAXIMUM else self.ratio(measure, window, presence)
        if not self._tally(measure).number:
            return None
        tail = self._tail(measure)
        place = tail.nearest(statistic.share_beyond)
        return None if place is None else tail.ratio(place)

    def _of_items(
        self, measure: Measure, statistic: Statistic, exact: float, sums: tuple[Floats, Floats]
    ) -> Estimate:
        tally, plan = self._tally(measure), self._plans.get((measure.name, statistic))
        if measure.unit == "share":
            size = self._independent()
            return share_interval(*sums, level=self._level, effective_size=size, plan=plan)
        quantile = statistic.quantile
        if quantile is None:
            return ratio_interval(*sums, level=self._level, variance=tally.variance, plan=plan)
        estimate = tally.quantile(quantile) if math.isnan(exact) else exact
        found = self._tail(measure).quantile(quantile, estimate, plan)
        return found.within(tally.least, tally.greatest)

    def _independent(self) -> float | None:
        """How many independent items the response times are worth, for a share of none or all."""
        tally, number = self.batches.tallies["response_time"], self.batches.number
        if not tally.number or MEASURES["response_time"] not in self._measures:
            return None
        over, under = tally.numerator[:number], tally.denominator[:number]
        plan = self._plans.get(("response_time", "mean"))
        figure = ratio_interval(over, under, level=self._level, variance=tally.variance, plan=plan)
        return None if math.isnan(figure.effective_size) else figure.effective_size

    def _tail(self, measure: Measure) -> Tail:
        if measure.name not in self._tails:
            tally, number = self._tally(measure), self.batches.number
            counts, edges, totals = tally.histogram(number)
            margins = (tally.denominator[:number], totals)
            self._tails[measure.name] = Tail(counts, edges, self._level, margins=margins)
        return self._tails[measure.name]

    def _tally(self, measure: Measure) -> Accumulator:
        return self.batches.tallies[measure.parts[0] if measure.parts else measure.name]


def counts_of(outcomes: Integers, *, unplanned: int, attempts: int) -> dict[str, int]:
    """Where the items went, by name, from the number with each `Outcome`."""
    items = int(outcomes.sum())
    counts = {outcome.name.lower(): int(outcomes[outcome]) for outcome in Outcome}
    not_offered = counts.pop("not_offered")
    return {
        "planned": items - unplanned,
        "not_offered": not_offered - unplanned,
        "offered": items - not_offered,
        **counts,
        "attempts": attempts,
    }


def with_figures(
    run: Run, measures: Mapping[str, Mapping[str, Estimate]], *, level: float
) -> Summary:
    """The summary of a Run with figures that were found elsewhere; counts and notes are its own."""
    header, planned = run.header, run.items["planned"]
    return Summary(
        engine=header.engine,
        seed=header.seed,
        level=level,
        scenario=header.scenario,
        measures=measures,
        counts=counts_of(
            np.bincount(run.items["outcome"], minlength=len(Outcome)),
            unplanned=int(np.isnan(planned).sum()),
            attempts=len(run.attempts["item"]),
        ),
        notes=_notes(header, Scenario.of(header.scenario)),
        provenance=header.provenance,
    )


def summarise(run: Run, *, level: float = 0.95) -> Summary:
    """Every measure of a Run, with intervals at `level` where one run can give them."""
    rows, fold = MeasureRows.of(run), SummaryAccumulator(level=level)
    fold.add(rows)
    return fold.summary(run.header, rows.presence, rows)


def _notes(header: Header, scenario: Scenario) -> tuple[str, ...]:
    notes = []
    growth = backlog_growth(scenario)
    if growth is not None:
        so = f"the backlog grows by {growth * 60:,.0f} a minute" if growth else NEVER_SETTLES
        notes.append(
            f"overloaded: {offered_load(scenario):.0%} of what the workers can do is asked for; "
            f"{so}, and these figures speak of this run only"
        )
    if header.ended != "complete":
        notes.append(f"ended early ({header.ended}): upper quantiles are lower bounds")
    return tuple(notes)


def _plain(figure: Estimate) -> dict[str, Any]:
    remarks = {"warnings": list(figure.warnings), "method": figure.method}
    return {**figure.to_dict(), **{key: value for key, value in remarks.items() if value}}
