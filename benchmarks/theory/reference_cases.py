"""The model against reference cases of queueing theory, in standard errors, by either engine.

Every figure of `reference_cases.toml` lies within 4.5 standard errors of what its source says,
and as few beyond 3, and outside its 95 % interval, as chance brings.  Ten replications give the
mean of a figure and, by their spread, its standard error; Student's t with 9 degrees of freedom
is told as the z of the same probability, so that the normal distribution's limits hold.

Runs start empty, so a figure speaks of the time from a tenth of the run until a producer has
run out of items.  The slowest cases (M/H2/2 at .9, M/M/1/100 at 1) forget their start by a
factor e in about 1,000 arrivals: of their bias e^-10 is left in runs of 100,000 items, and less
than half a standard error in runs of 10,000.

    python benchmarks/theory/reference_cases.py [items] [engine] [part of a name]

A million items a case, in all ten runs together, by "simpy", unless told otherwise; the other
engine is "fast".
"""

from __future__ import annotations

import math
import re
import sys
import time
import tomllib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import bdtr, ndtr, ndtri, stdtr  # type: ignore[import-untyped]

from queuetwin.model import Run, Scenario, Workload, simulate
from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.units import parse_duration
from queuetwin.model.engines.simulation import Engine
from queuetwin.model.records.figures import depth_steps
from queuetwin.model.records.measures import MEASURES, Measure, MeasureRows
from queuetwin.model.statistics.statistic import Statistic

RUNS = 10
WARM = 0.1
FAR = 3.0
OUTSIDE = 1.959963984540054
TOO_FAR = 4.5
LEVEL = 0.99
CASES = Path(__file__).with_suffix(".toml")


_FIGURE = re.compile(
    r"(?P<measure>\w+)"
    r"(?:\.(?P<statistic>mean|square|p\d\d) ?| (?P<sign>[>=]) (?P<limit>\S+) ?)"
    r"(?:of (?P<of>\w+))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A mean of something: of values, squares, or the share of those that meet a limit."""

    name: str
    measure: Measure
    statistic: str
    limit: float
    item_class: str | None
    expected: float

    @staticmethod
    def of(name: str, value: float) -> Figure:
        """As the file has it; a quantile is told as the share up to it, which has no bias."""
        match = _FIGURE.fullmatch(name)
        if match is None:
            raise ValueError(f'"{name}" is no figure')
        measure, statistic = MEASURES[match["measure"]], match["statistic"] or match["sign"]
        own = match["sign"] or statistic == "square"
        quantile = None if own else Statistic(statistic).quantile
        return Figure(
            name=f"up to {name}" if quantile is not None else name,
            measure=measure,
            statistic="up to" if quantile is not None else statistic,
            limit=value if quantile is not None else _limit(match["limit"], measure),
            item_class=match["of"],
            expected=value if quantile is None else quantile,
        )

    def mean_terms(self, values: Floats) -> Floats:
        """What each value adds to the mean."""
        match self.statistic:
            case "mean":
                terms = values
            case "square":
                terms = values**2
            case "up to":
                terms = (values <= self.limit).astype(np.float64)
            case ">":
                terms = (values > self.limit).astype(np.float64)
            case _:
                terms = (values == self.limit).astype(np.float64)
        return terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A pool and what is known of it."""

    name: str
    source: str
    scenario: Scenario
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A figure in the mean of the replications, and its distance in standard errors."""

    figure: Figure
    found: float
    z: float


class Look:
    """A run between two instants, when it has forgotten its start and nobody has stopped yet."""

    def __init__(self, run: Run, scenario: Scenario) -> None:
        arrivals = scenario.arrivals
        producers = 1 if arrivals.pacing == "schedule" else arrivals.producers
        # Each producer's last item is among the last ones: the first of them ends the look.
        self.end = float(run.items["planned"][-producers:].min())
        self.begin = WARM * self.end
        self._run = run
        self._classes = [job_class.name for job_class in scenario.classes]

    def value(self, figure: Figure) -> float:
        """A figure of this run."""
        match figure.measure.kind:
            case "item":
                values = figure.measure.source(self._planned_inside(figure.item_class))
                return float(figure.mean_terms(values).mean())
            case "population":
                number, lasting = self._depth(figure.measure)
                return float(np.average(figure.mean_terms(number), weights=lasting))
            case "events":
                instants = figure.measure.source(MeasureRows.of(self._run))
                inside = (instants >= self.begin) & (instants < self.end)
                return float(inside.sum() / (self.end - self.begin))
        raise ValueError(f"no figure is told of {figure.measure.name}")

    def _planned_inside(self, item_class: str | None) -> MeasureRows:
        items, attempts = self._run.items, self._run.attempts
        chosen = (items["planned"] >= self.begin) & (items["planned"] < self.end)
        if item_class is not None:
            chosen &= items["class"] == self._classes.index(item_class)
        kept = chosen[attempts["item"]]
        number = np.cumsum(chosen) - 1
        their_attempts = {key: column[kept] for key, column in attempts.items()}
        return MeasureRows(
            items={key: column[chosen] for key, column in items.items()},
            attempts={**their_attempts, "item": number[their_attempts["item"]]},
            workers=self._run.workers,
            window=self._run.header.window,
        )

    def _depth(self, measure: Measure) -> tuple[Floats, Floats]:
        """The numbers that were there one after the other, and how long each lasted."""
        instants, number = depth_steps(measure.source(MeasureRows.of(self._run)))
        edges = np.clip(np.append(instants, self.end), self.begin, self.end)
        return number.astype(np.float64), np.diff(edges)


def load_cases(path: Path = CASES) -> list[Case]:
    """The cases of a file, in order, each with draws of its own."""
    return [_case(**row) for row in tomllib.loads(path.read_text("utf-8"))["case"]]


def _case(name: str, source: str, expected: Mapping[str, float], **tables: Any) -> Case:
    # With one seed for all, cases would share their luck, and a chance miss be counted often.
    seed = zlib.crc32(name.encode())
    return Case(
        name=name,
        source=source,
        scenario=Scenario.from_dict({"items": 1, "seed": seed, **tables}),
        figures=tuple(Figure.of(key, value) for key, value in expected.items()),
    )


def _limit(text: str | None, measure: Measure) -> float:
    if text is None:
        return math.nan
    return parse_duration(text) if measure.unit == "seconds" else float(text)


def findings(case: Case, items: int, engine: Engine = "simpy") -> Iterator[Finding]:
    """Every figure of a case, from ten runs that have so many items together."""
    scenario = case.scenario.changed({"items": max(items // RUNS, 1)})
    values = []
    for replication in range(RUNS):
        run = simulate(scenario, Workload.draw(scenario, replication=replication), engine=engine)
        look = Look(run, scenario)
        values.append([look.value(figure) for figure in case.figures])
    for figure, series in zip(case.figures, np.array(values).T, strict=True):
        z = distance(series, figure.expected)
        yield Finding(figure=figure, found=float(series.mean()), z=z)


def distance(series: Floats, expected: float) -> float:
    """How far a mean lies from what is expected, in standard errors of a normal distribution."""
    error = float(series.std(ddof=1)) / math.sqrt(len(series))
    off = float(series.mean()) - expected
    if error == 0:
        return 0.0 if math.isclose(off, 0, abs_tol=1e-9 * abs(expected)) else math.inf
    beyond = float(stdtr(len(series) - 1, -abs(off / error)))
    return math.copysign(float(ndtri(beyond)), off)


def chance_band(figures: int, beyond: float = FAR) -> tuple[int, int]:
    """How many of so many figures lie beyond so many standard errors by chance, at the level."""
    share = 2 * float(ndtr(-beyond))
    cumulative = bdtr(np.arange(figures + 1), figures, share)
    low, high = np.searchsorted(cumulative, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return int(low), int(high)


def report(all_findings: Sequence[Finding], seconds: float) -> bool:
    """Print whether the misses are what chance brings; True when they are."""
    print(f"{len(all_findings)} figures: ", end="")
    sound = True
    for beyond, name in (
        (OUTSIDE, "outside their 95 % interval"),
        (FAR, "beyond 3 standard errors"),
    ):
        number = sum(abs(finding.z) > beyond for finding in all_findings)
        low, high = chance_band(len(all_findings), beyond)
        sound &= number <= high
        print(f"{number} {name} (chance: {low} to {high}), ", end="")
    largest = max(abs(finding.z) for finding in all_findings)
    print(f"the largest {largest:.2f} (limit {TOO_FAR:g}), {seconds:.0f} s")
    return sound and largest < TOO_FAR


def main(items: int, engine: Engine = "simpy", part: str = "") -> None:
    """Measure and print."""
    start, all_findings = time.perf_counter(), list[Finding]()
    for case in load_cases():
        if part.lower() not in case.name.lower():
            continue
        for finding in findings(case, items, engine):
            all_findings.append(finding)
            figure = finding.figure
            print(f"{case.name:34} {figure.name:30} expected {figure.expected:<11.6g} "
                  f"found {finding.found:<11.6g} z {finding.z:+.2f}", flush=True)  # fmt: skip
    if not all_findings:
        sys.exit(f'no case has "{part}" in its name')
    print(f"engine {engine}: ", end="")
    if not report(all_findings, time.perf_counter() - start):
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000, *sys.argv[2:4])  # type: ignore[arg-type]
