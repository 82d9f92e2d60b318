"""The scenario that a window of a log makes, and its text: every value with how it was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from queuetwin.model.base.faults import written
from queuetwin.model.base.units import format_share
from queuetwin.model.fitting.arrival_choice import chosen
from queuetwin.model.fitting.arrival_fits import ArrivalFit, likely_comings
from queuetwin.model.fitting.distribution_choice import Fitted, fit_times
from queuetwin.model.fitting.distribution_fits import length_text, rounded, written_duration
from queuetwin.model.fitting.observations import Observations
from queuetwin.model.fitting.scenario_parts import length_of, rounded_instants, scenario_with
from queuetwin.model.language.scenario import Scenario

__all__ = ["Draft", "beside", "drafted", "scenario_text"]


_FITTED = ("arrivals", "service")

_COMMENT_AT = 34
_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The tables of a scenario file, how each value was found, and what stands beside the file."""

    tables: Mapping[str, Any]
    reasons: Mapping[str, str]
    comings: ArrivalFit
    service: Fitted

    def scenario(self, name: str, seed: int) -> Scenario:
        """The scenario itself, with recorded times in the place of files."""
        rest = {key: one for key, one in self.tables.items() if key not in _FITTED}
        return scenario_with(self.comings, self.service, {**rest, "name": name, "seed": seed})

    def remembering(self, log: str, off: float | None, assumes: Sequence[str]) -> Draft:
        """The draft that says what it was fitted to, how well that foretells, what it assumes."""
        fitted: dict[str, Any] = {"log": log}
        reasons = dict(self.reasons)
        if off is not None:
            fitted["foretold"] = round(off, 4)
            reasons["fitted.foretold"] = "by so much the mean response of its second half was off"
        if assumes:
            fitted["assumes"] = list(assumes)
        return replace(self, tables={**self.tables, "fitted": fitted}, reasons=reasons)


def drafted(seen: Observations, generator: np.random.Generator) -> Draft:
    """The scenario of what was seen."""
    law = fit_times(seen.services, generator)
    likely = likely_comings(seen.arrivals, seen.seconds, generator)
    comings, service = chosen(likely, law, seen)
    count = len(seen.services)
    tables: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for key, value in length_of(comings, seen).items():
        tables[key] = value
        reasons[key] = "as in the window of the log"
    tables["arrivals"] = comings.table
    reasons["arrivals.process"] = comings.why
    reasons["arrivals.rate"] = f"{len(seen.arrivals):,} items in {seen.seconds:,.0f} s"
    if seen.capacity is not None:
        tables["queue"] = {"capacity": seen.capacity, "when_full": "reject"}
        reasons["queue.capacity"] = f"{seen.rejected:,} items were refused when so many waited"
    tables["workers"] = {"count": seen.workers}
    reasons["workers.count"] = seen.workers_why
    tables["service"] = service.table
    reasons["service.distribution"] = service.why
    mean = length_text(float(seen.services.mean()))
    spread = length_text(float(seen.services.std()) / math.sqrt(count))
    reasons["service.mean"] = f"{count:,} services of {mean}, give or take {spread}"
    if seen.failed:
        tables["failures"] = _failures(seen, reasons)
    return Draft(tables=tables, reasons=reasons, comings=comings, service=service)


def _failures(seen: Observations, reasons: dict[str, str]) -> dict[str, Any]:
    reasons["failures.probability"] = f"{format_share(seen.failed)} of attempts failed"
    table: dict[str, Any] = {"probability": rounded(seen.failed), "attempts": seen.attempts}
    reasons["failures.attempts"] = "the most that an item was tried"
    if seen.backoff is not None:
        table["backoff"] = written_duration(seen.backoff)
        reasons["failures.backoff"] = "the median pause that the log says"
    return table


def scenario_text(draft: Draft, name: str, seed: int, head: list[str]) -> str:
    """The TOML of a scenario; `head` says in comments where it comes from."""
    lines = [f"# {line}" for line in head]
    lines += [f"name = {written(name)}", f"seed = {seed}"]
    for key, value in draft.tables.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{key}]"]
            table = _with_files(value, name)
            for inner, one in table.items():
                lines += _line(inner, one, draft.reasons.get(f"{key}.{inner}", ""))
        else:
            lines += _line(key, value, draft.reasons.get(key, ""))
    return "\n".join(lines) + "\n"


def beside(draft: Draft, name: str) -> dict[str, str]:
    """What stands beside the scenario: file names and their content."""
    files = {}
    if draft.comings.instants is not None:
        rows = map(repr, rounded_instants(draft.comings.instants))
        files[_trace_file(name)] = "\n".join(["time_s", *rows]) + "\n"
    if draft.service.samples is not None:
        rows = map(repr, draft.service.samples.tolist())
        files[_samples_file(name)] = "\n".join(["service_s", *rows]) + "\n"
    return files


def _with_files(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    known = {"file": _trace_file(name), "samples": _samples_file(name)}
    return {key: known.get(key, one) for key, one in table.items()}


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
