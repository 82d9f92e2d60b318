"""The one table of measures: what each is called, its unit, its range, where it comes from.

JSON, tables, SLOs, comparisons and pages all read this table; a measure is defined here or it
does not exist.  Each interval belongs to one population and each population is a time
integral, so Little's law can be checked between the two (`POPULATIONS`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.base.arrays import Floats, Integers
from queuetwin.model.records.run import Columns, Outcome, Run
from queuetwin.model.statistics.statistic import MAXIMUM, MEAN, Statistic

Spans = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRows:
    """Consecutive items with their attempts, and the end of the window in seconds."""

    items: Columns
    attempts: Columns
    workers: Columns
    window: float
    first: int = 0

    @staticmethod
    def of(run: Run) -> MeasureRows:
        """All rows of a Run."""
        return MeasureRows(
            items=run.items,
            attempts=run.attempts,
            workers=run.workers,
            window=run.header.window,
        )

    @property
    def presence(self) -> float:
        """The seconds that workers were there, all together."""
        return float((self.until_window(self.workers["until"]) - self.workers["from"]).sum())

    def until_window(self, instants: Floats) -> Floats:
        """The instants, with the window's end where none came."""
        return np.where(np.isnan(instants), self.window, instants)

    def had(self, *outcomes: Outcome) -> NDArray[np.bool_]:
        """Which items ended in one of these ways, shape (items,)."""
        outcome = self.items["outcome"]
        had: NDArray[np.bool_] = np.logical_or.reduce([outcome == one for one in outcomes])
        return had

    def first_started(self) -> Floats:
        """The start of each item's first attempt at the first stage, shape (items,)."""
        started = np.full(len(self.items["planned"]), np.nan)
        first = (self.attempts["attempt"] == 1) & (self.attempts["stage"] == 0)
        started[self.attempts["item"][first] - self.first] = self.attempts["started"][first]
        return started

    def retried(self, attempts: Integers) -> NDArray[np.bool_]:
        """Which of these rows of attempts another one of the same item and stage follows."""
        item, stage = self.attempts["item"], self.attempts["stage"]
        following = np.minimum(attempts + 1, len(item) - 1)
        retried: NDArray[np.bool_] = (
            (following > attempts)
            & (item[following] == item[attempts])
            & (stage[following] == stage[attempts])
        )
        return retried


def _in_system(rows: MeasureRows) -> Spans:
    planned = rows.until_window(rows.items["planned"])
    return planned, np.maximum(rows.until_window(rows.items["finished"]), planned)


def _held_back(rows: MeasureRows) -> Spans:
    planned = rows.until_window(rows.items["planned"])
    refused = np.where(np.isnan(rows.items["accepted"]), rows.items["finished"], np.nan)
    entered = np.where(np.isnan(refused), rows.items["accepted"], refused)
    return planned, np.maximum(rows.until_window(entered), planned)


def _queued(rows: MeasureRows) -> Spans:
    started, left = rows.attempts["started"], rows.attempts["finished"]
    return rows.attempts["enqueued"], rows.until_window(np.where(np.isnan(started), left, started))


def _in_service(rows: MeasureRows) -> Spans:
    began = _began(rows)
    finished = rows.attempts["finished"][began]
    return rows.attempts["started"][began], rows.until_window(finished)


def _backing_off(rows: MeasureRows) -> Spans:
    """From a failure to the next attempt at the stage, or to the item's end where none came."""
    failed = _not_final(rows)
    retried = rows.retried(failed)
    ends = rows.items["finished"][rows.attempts["item"][failed] - rows.first]
    ends[retried] = rows.attempts["enqueued"][failed[retried] + 1]
    return rows.attempts["finished"][failed], rows.until_window(ends)


def _every_item(rows: MeasureRows) -> Integers:
    return np.arange(len(rows.items["planned"]))


def _items_that(*outcomes: Outcome) -> Callable[[MeasureRows], Integers]:
    def owner(rows: MeasureRows) -> Integers:
        return np.flatnonzero(rows.had(*outcomes))

    return owner


def _offered(rows: MeasureRows) -> Integers:
    return np.flatnonzero(rows.items["outcome"] != Outcome.NOT_OFFERED)


def _attempts_that(
    chosen: Callable[[MeasureRows], NDArray[Any]],
) -> Callable[[MeasureRows], Integers]:
    def owner(rows: MeasureRows) -> Integers:
        return np.asarray(rows.attempts["item"][chosen(rows)] - rows.first)

    return owner


def _every_attempt(rows: MeasureRows) -> Integers:
    return np.asarray(rows.attempts["item"] - rows.first)


def _began(rows: MeasureRows) -> NDArray[np.bool_]:
    return ~np.isnan(rows.attempts["started"])


def _not_final(rows: MeasureRows) -> Integers:
    """Row indices of the failed attempts after which their item was not given up."""
    failed: Integers = np.flatnonzero(rows.attempts["outcome"] == Outcome.FAILED)
    item_failed = (
        rows.items["outcome"][rows.attempts["item"][failed] - rows.first] == Outcome.FAILED
    )
    not_final: Integers = failed[rows.retried(failed) | ~item_failed]
    return not_final


def _lengths(spans: Callable[[MeasureRows], Spans]) -> Callable[[MeasureRows], Floats]:
    def values(rows: MeasureRows) -> Floats:
        begins, ends = spans(rows)
        return ends - begins

    return values


def _response(outcome: Outcome) -> Callable[[MeasureRows], Floats]:
    def values(rows: MeasureRows) -> Floats:
        chosen = rows.had(outcome)
        return np.asarray((rows.items["finished"] - rows.items["planned"])[chosen])

    return values


def _waiting(rows: MeasureRows) -> Floats:
    chosen = rows.had(Outcome.COMPLETED)
    return np.asarray((rows.first_started() - rows.items["planned"])[chosen])


def _share_of_offered(*outcomes: Outcome) -> Callable[[MeasureRows], Floats]:
    def values(rows: MeasureRows) -> Floats:
        offered = ~rows.had(Outcome.NOT_OFFERED)
        return rows.had(*outcomes)[offered].astype(np.float64)

    return values


def _completions(rows: MeasureRows) -> Floats:
    return np.asarray(rows.items["finished"][rows.had(Outcome.COMPLETED)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of the table.

    `kind` says how `source` becomes a figure: "item" values averaged over items; "population"
    spans integrated over time; "presence" the same, over the workers' presence; "events"
    instants counted per second.  `owner` gives the item of each value, counted from the first
    of the rows, ascending; `parts` the measures whose values add up to the integral, or whose
    number is that of the events.  `statistics` are those shown by default, `short_tables` the
    tables with room for a few measures that show it.  `streamed` says that the kernel of
    first-come streams adds it up as items are served; without second attempts a measure
    `only_with_retries` has no values.
    """

    name: str
    title: str
    unit: Literal["seconds", "items", "share", "per second"]
    kind: Literal["item", "population", "presence", "events"]
    source: Callable[[MeasureRows], Any]
    owner: Callable[[MeasureRows], Integers] | None = None
    parts: tuple[str, ...] = ()
    statistics: tuple[Statistic, ...] = (MEAN,)
    short_tables: tuple[Literal["plan", "sweep"], ...] = ()
    streamed: bool = False
    only_with_retries: bool = False

    @property
    def domain(self) -> tuple[float, float]:
        """The range that no figure of this measure leaves."""
        return (0.0, 1.0) if self.unit == "share" else (0.0, float("inf"))


_TIMES = tuple(Statistic(name) for name in ("mean", "p50", "p90", "p95", "p99"))
_LEVELS = (MEAN, MAXIMUM)
_LOST = (Outcome.REJECTED, Outcome.DROPPED, Outcome.ABANDONED)

_PARTS = ("queue_time", "service_time", "producer_delay", "backoff_time")

_ALL = (
    Measure(name="response_time", title="response time", unit="seconds", kind="item",
            source=_response(Outcome.COMPLETED), owner=_items_that(Outcome.COMPLETED),
            statistics=_TIMES, streamed=True, short_tables=("plan", "sweep")),
    Measure(name="waiting_time", title="waiting time", unit="seconds", kind="item",
            source=_waiting, owner=_items_that(Outcome.COMPLETED), statistics=_TIMES,
            streamed=True, short_tables=("plan",)),
    Measure(name="queue_time", title="time in queue", unit="seconds", kind="item",
            source=_lengths(_queued), owner=_every_attempt, statistics=_TIMES, streamed=True),
    Measure(name="service_time", title="service time", unit="seconds", kind="item",
            source=_lengths(_in_service), owner=_attempts_that(_began), statistics=_TIMES,
            streamed=True),
    Measure(name="producer_delay", title="producer delay", unit="seconds", kind="item",
            source=_lengths(_held_back), owner=_every_item, statistics=_TIMES, streamed=True),
    Measure(name="backoff_time", title="back-off time", unit="seconds", kind="item",
            source=_lengths(_backing_off), owner=_attempts_that(_not_final), statistics=_TIMES,
            only_with_retries=True),
    Measure(name="failed_response_time", title="response time of failed items", unit="seconds",
            kind="item", source=_response(Outcome.FAILED), owner=_items_that(Outcome.FAILED),
            statistics=_TIMES, streamed=True),
    Measure(name="queue_depth", title="queue depth", unit="items", kind="population",
            source=_queued, parts=("queue_time",), statistics=_LEVELS,
            short_tables=("plan", "sweep")),
    Measure(name="busy_workers", title="busy workers", unit="items", kind="population",
            source=_in_service, parts=("service_time",), statistics=_LEVELS),
    Measure(name="held_back", title="held back at the door", unit="items", kind="population",
            source=_held_back, parts=("producer_delay",), statistics=_LEVELS),
    Measure(name="backing_off", title="backing off", unit="items", kind="population",
            source=_backing_off, parts=("backoff_time",), statistics=_LEVELS),
    Measure(name="in_system", title="in system", unit="items", kind="population",
            source=_in_system, parts=_PARTS, statistics=_LEVELS),
    Measure(name="utilisation", title="utilisation", unit="share", kind="presence",
            source=_in_service, parts=("service_time",), short_tables=("plan", "sweep")),
    Measure(name="loss_ratio", title="loss ratio", unit="share", kind="item",
            source=_share_of_offered(*_LOST), owner=_offered, streamed=True,
            short_tables=("plan", "sweep")),
    Measure(name="failure_ratio", title="failure ratio", unit="share", kind="item",
            source=_share_of_offered(Outcome.FAILED), owner=_offered, streamed=True,
            short_tables=("sweep",)),
    Measure(name="throughput", title="throughput", unit="per second", kind="events",
            source=_completions, parts=("response_time",), short_tables=("sweep",)),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _ALL}

# population -> the interval that an item spends in it
POPULATIONS: Mapping[str, str] = {
    one.name: one.parts[0] for one in _ALL if one.kind == "population" and len(one.parts) == 1
}


def parse_statistic(text: str) -> tuple[Measure, Statistic]:
    """The measure and statistic of a name such as ``response_time.p99`` or ``loss_ratio``.

    Raises ValueError for a measure or statistic that does not exist.

    >>> measure, statistic = parse_statistic("response_time.p99")
    >>> measure.unit, statistic
    ('seconds', 'p99')
    """
    name, _, asked = text.partition(".")
    if name not in MEASURES:
        import difflib

        near = difflib.get_close_matches(name, MEASURES, n=1)
        advice = f'did you mean "{near[0]}"?' if near else f"one of {', '.join(MEASURES)}"
        raise ValueError(f'unknown measure "{name}": {advice}')
    measure = MEASURES[name]
    with contextlib.suppress(ValueError):
        statistic = Statistic(asked or "mean")
        has_quantiles = measure.statistics == _TIMES
        if statistic in measure.statistics or (has_quantiles and statistic.quantile is not None):
            return measure, statistic
    raise ValueError(f'{name} has no "{asked}": it has {", ".join(measure.statistics)}')
