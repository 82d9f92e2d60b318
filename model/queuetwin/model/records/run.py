"""A Run says what happened to every item, whoever produced it: a model, threads, a log.

Three tables (items, attempts, workers) and a header that suffices to summarise and certify
without the Scenario.  Instants are seconds from the start of the run; NaN means "never came".
Attempts are sorted by (item, stage, attempt).  Records never change: arrays are read-only.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

SCHEMA = "queuetwin/run/1"

Columns = Mapping[str, NDArray[Any]]


class Outcome(IntEnum):
    """Every way in which an item, or an attempt, can end."""

    NOT_OFFERED = 0
    COMPLETED = 1
    FAILED = 2
    REJECTED = 3
    DROPPED = 4
    ABANDONED = 5
    LOST = 6
    UNFINISHED = 7


class Left(IntEnum):
    """Why a worker's presence ended: `why` in the workers' table."""

    STAYED = 0
    IDLE_TIMEOUT = 1
    SCHEDULE = 2


ITEM_COLUMNS: Mapping[str, type] = {
    "planned": np.float64,
    "offered": np.float64,
    "accepted": np.float64,
    "outcome": np.int8,
    "finished": np.float64,
    "class": np.int16,
    "priority": np.int16,
}
ATTEMPT_COLUMNS: Mapping[str, type] = {
    "item": np.int64,
    "attempt": np.int16,
    "stage": np.int16,
    "enqueued": np.float64,
    "taken": np.float64,
    "started": np.float64,
    "finished": np.float64,
    "released": np.float64,
    "worker": np.int32,
    "outcome": np.int8,
    "cpu": np.float64,
}
WORKER_COLUMNS: Mapping[str, type] = {
    "stage": np.int16,
    "worker": np.int32,
    "from": np.float64,
    "until": np.float64,
    "why": np.int8,
}
_TABLES: Mapping[str, Mapping[str, type]] = {
    "items": ITEM_COLUMNS,
    "attempts": ATTEMPT_COLUMNS,
    "workers": WORKER_COLUMNS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageHeader:
    """What a reader of the records must know of a stage."""

    name: str
    workers: int
    capacity: int | None
    when_full: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a Run needs to be summarised, certified and repeated without its Scenario.

    `engine` is "simpy" or a backend's name, `real` whether a clock was involved; `window` the
    end of the run in seconds (the last outcome, or the moment it was stopped); `ended` is
    "complete" or why the run ended early; `facts` are what `certify` judges; `errors` the
    texts of failed tasks by how often they came.
    """

    engine: str
    real: bool
    stages: tuple[StageHeader, ...]
    window: float
    seed: int
    replication: int
    digest: str
    scenario: Mapping[str, Any]
    ended: str = "complete"
    facts: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    schema: str = SCHEMA

    @property
    def ended_by_itself(self) -> bool:
        """Whether the scenario's own rules ended the run: all items did, or all workers left."""
        return self.ended in ("complete", "no worker left")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """What happened: `items`, `attempts` and `workers`, each indexed by column."""

    header: Header
    items: Columns
    attempts: Columns
    workers: Columns

    def __post_init__(self) -> None:
        """Type the columns, seal the arrays; ValueError unless the tables are whole."""
        for name, columns in _TABLES.items():
            given: Columns = getattr(self, name)
            if given.keys() != columns.keys():
                raise ValueError(f"{name} has columns {sorted(given)}")
            sealed = {key: _sealed(given[key], dtype) for key, dtype in columns.items()}
            if len({array.shape for array in sealed.values()}) != 1:
                raise ValueError(f"the columns of {name} differ in length")
            object.__setattr__(self, name, MappingProxyType(sealed))

    def __eq__(self, other: object) -> bool:
        """Equal headers and equal columns, NaN equal to NaN."""
        if not isinstance(other, Run):
            return NotImplemented
        return self.header == other.header and self.same_events(other)

    __hash__ = None  # type: ignore[assignment]

    def same_events(self, other: Run) -> bool:
        """Whether all three tables are equal, bit for bit, NaN equal to NaN."""
        return all(
            np.array_equal(mine[key], theirs[key], equal_nan=mine[key].dtype.kind == "f")
            for mine, theirs in zip(self._tables(), other._tables(), strict=True)
            for key in mine
        )

    def _tables(self) -> tuple[Columns, Columns, Columns]:
        return self.items, self.attempts, self.workers

    def save(self, path: str | Path) -> None:
        """Write one `.npz`: the columns as `table.column`, the header as JSON; no pickle."""
        arrays: dict[str, Any] = {
            f"{name}.{key}": array for name in _TABLES for key, array in _named(self, name)
        }
        arrays["header"] = np.array(json.dumps(asdict(self.header), sort_keys=True))
        with Path(path).open("wb") as file:
            np.savez_compressed(file, **arrays)

    @staticmethod
    def load(path: str | Path) -> Run:
        """Read what `save` wrote.

        Raises ValueError for a file that is no Run, OSError for one that cannot be read.
        """
        try:
            # Opened here: NumPy leaves a file open that only looks like an archive.
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
                content = {key: archive[key] for key in archive.files}
            raw = json.loads(str(content.pop("header")))
            schema = raw["schema"]
            if schema == SCHEMA:
                return _of(raw, content)
        except (KeyError, TypeError, EOFError, ValueError, BadZipFile, zlib.error) as fault:
            raise ValueError(f"{path} is not a saved Run") from fault
        raise ValueError(f"{path} is a Run of schema {schema}, this reads {SCHEMA}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What an engine gives: the three tables, the end of the window (seconds), how it ended."""

    items: Columns
    attempts: Columns
    workers: Columns
    window: float
    ended: str


def _of(raw: dict[str, Any], content: Mapping[str, NDArray[Any]]) -> Run:
    stages = tuple(StageHeader(**stage) for stage in raw.pop("stages"))
    tables: dict[str, dict[str, NDArray[Any]]] = {name: {} for name in _TABLES}
    for key, array in content.items():
        table, column = key.split(".", 1)
        tables[table][column] = array
    return Run(header=Header(stages=stages, **raw), **tables)


def _named(run: Run, name: str) -> list[tuple[str, NDArray[Any]]]:
    table: Columns = getattr(run, name)
    return list(table.items())


def _sealed(array: NDArray[Any], dtype: type) -> NDArray[Any]:
    sealed: NDArray[Any] = np.array(array, dtype=dtype)
    sealed.setflags(write=False)
    return sealed
