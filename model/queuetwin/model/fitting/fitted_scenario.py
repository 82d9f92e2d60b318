"""The scenario that a window of a log makes, and its text: every value with how it was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from queuetwin.model.base.faults import written
from queuetwin.model.base.units import format_share
from queuetwin.model.fitting.arrival_choice import choose_arrivals
from queuetwin.model.fitting.arrival_fits import ArrivalFit, likely_arrival_fits
from queuetwin.model.fitting.distribution_choice import ChosenDistribution, choose_distribution
from queuetwin.model.fitting.distribution_fits import length_text, rounded, written_duration
from queuetwin.model.fitting.observations import Observations
from queuetwin.model.fitting.scenario_parts import length_of, rounded_instants, scenario_with
from queuetwin.model.language.scenario import Scenario

_FITTED = ("arrivals", "service")

_COMMENT_AT = 34
_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedScenario:
    """The tables of a scenario file, how each value was found, and the fits behind them."""

    tables: Mapping[str, Any]
    reasons: Mapping[str, str]
    arrival_fit: ArrivalFit
    service: ChosenDistribution

    def scenario(self, name: str, seed: int) -> Scenario:
        """The scenario itself, with recorded times in the place of files."""
        rest = {key: value for key, value in self.tables.items() if key not in _FITTED}
        return scenario_with(self.arrival_fit, self.service, {**rest, "name": name, "seed": seed})

    def with_provenance(
        self, log: str, error: float | None, assumes: Sequence[str]
    ) -> FittedScenario:
        """The scenario with what it was fitted to, its error on the holdout, what it assumes."""
        fitted: dict[str, Any] = {"log": log}
        reasons = dict(self.reasons)
        if error is not None:
            fitted["foretold"] = round(error, 4)
            reasons["fitted.foretold"] = "by so much the mean response of its second half was off"
        if assumes:
            fitted["assumes"] = list(assumes)
        return replace(self, tables={**self.tables, "fitted": fitted}, reasons=reasons)


def fitted_scenario(observations: Observations, generator: np.random.Generator) -> FittedScenario:
    """The scenario whose arrivals and services fit the observations best."""
    distribution = choose_distribution(observations.services, generator)
    likely = likely_arrival_fits(observations.arrivals, observations.seconds, generator)
    arrival_fit, service = choose_arrivals(likely, distribution, observations)
    count = len(observations.services)
    tables: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for key, value in length_of(arrival_fit, observations).items():
        tables[key] = value
        reasons[key] = "as in the window of the log"
    tables["arrivals"] = arrival_fit.table
    reasons["arrivals.process"] = arrival_fit.why
    reasons["arrivals.rate"] = (
        f"{len(observations.arrivals):,} items in {observations.seconds:,.0f} s"
    )
    if observations.capacity is not None:
        tables["queue"] = {"capacity": observations.capacity, "when_full": "reject"}
        reasons["queue.capacity"] = (
            f"{observations.rejected:,} items were refused when so many waited"
        )
    tables["workers"] = {"count": observations.workers}
    reasons["workers.count"] = observations.workers_why
    tables["service"] = service.table
    reasons["service.distribution"] = service.why
    mean = length_text(float(observations.services.mean()))
    spread = length_text(float(observations.services.std()) / math.sqrt(count))
    reasons["service.mean"] = f"{count:,} services of {mean}, give or take {spread}"
    if observations.failed:
        tables["failures"] = _failures(observations, reasons)
    return FittedScenario(tables=tables, reasons=reasons, arrival_fit=arrival_fit, service=service)


def _failures(observations: Observations, reasons: dict[str, str]) -> dict[str, Any]:
    reasons["failures.probability"] = f"{format_share(observations.failed)} of attempts failed"
    table: dict[str, Any] = {
        "probability": rounded(observations.failed),
        "attempts": observations.attempts,
    }
    reasons["failures.attempts"] = "the most that an item was tried"
    if observations.backoff is not None:
        table["backoff"] = written_duration(observations.backoff)
        reasons["failures.backoff"] = "the median pause that the log says"
    return table


def scenario_text(fitted: FittedScenario, name: str, seed: int, head: list[str]) -> str:
    """The TOML of a scenario; `head` says in comments where it comes from."""
    lines = [f"# {line}" for line in head]
    lines += [f"name = {written(name)}", f"seed = {seed}"]
    for key, value in fitted.tables.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{key}]"]
            table = _with_files(value, name)
            for inner, inner_value in table.items():
                lines += _line(inner, inner_value, fitted.reasons.get(f"{key}.{inner}", ""))
        else:
            lines += _line(key, value, fitted.reasons.get(key, ""))
    return "\n".join(lines) + "\n"


def companion_files(fitted: FittedScenario, name: str) -> dict[str, str]:
    """The files that the scenario refers to, of recorded times: names and content."""
    files = {}
    if fitted.arrival_fit.instants is not None:
        rows = map(repr, rounded_instants(fitted.arrival_fit.instants))
        files[_trace_file(name)] = "\n".join(["time_s", *rows]) + "\n"
    if fitted.service.samples is not None:
        rows = map(repr, fitted.service.samples.tolist())
        files[_samples_file(name)] = "\n".join(["service_s", *rows]) + "\n"
    return files


def _with_files(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    known = {"file": _trace_file(name), "samples": _samples_file(name)}
    return {key: known.get(key, value) for key, value in table.items()}


def _trace_file(name: str) -> str:
    return f"{name}-arrivals.csv"


def _samples_file(name: str) -> str:
    return f"{name}-services.csv"


def _line(key: str, value: object, reason: str) -> list[str]:
    """The key, its reason behind it, or in front of it where the line would be too long."""
    line = f"{key} = {written(value)}"
    if not reason:
        return [line]
    beside_it = f"{line.ljust(_COMMENT_AT - 1)} # {reason}"
    return [beside_it] if len(beside_it) <= _LONGEST else [f"# {reason}", line]
