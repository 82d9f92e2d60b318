"""A scenario file with a comment beside every value: how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queuetwin.model.faults import written
from queuetwin.model.fitting.draft import Draft
from queuetwin.model.fitting.tables import rounded_instants

__all__ = ["beside", "scenario_text"]

_COMMENT_AT = 34
_LONGEST = 100


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
