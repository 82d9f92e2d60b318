"""Processor time, memory and processes of their own for whatever is measured.

Nothing heavy is imported here: what a process holds is then its contender's.
"""

from __future__ import annotations

import importlib
import multiprocessing
import re
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

__all__ = ["OwnProcess", "Spent", "children_seconds", "processor_seconds", "row", "spread", "table"]

_STATUS = Path("/proc/self/status")


class Spent(NamedTuple):
    """What a call gave, its processor seconds, and the most memory its process has held, MB."""

    result: Any
    seconds: float
    peak: float


class OwnProcess:
    """A fresh process that stays for as many calls as one likes, one after another."""

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._executor = ProcessPoolExecutor(max_workers=1, mp_context=spawn)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.shutdown()

    def call(self, function: str, *given: Any) -> Spent:
        """Call `module:function` there."""
        return self._executor.submit(_called, function, given).result()


def _called(function: str, given: Sequence[Any]) -> Spent:
    module, _, name = function.partition(":")
    called: Callable[..., Any] = getattr(importlib.import_module(module), name)
    start = processor_seconds()
    result = called(*given)
    return Spent(result, processor_seconds() - start, _peak())


def processor_seconds() -> float:
    """Processor time of this process so far, and of the programs that it ran."""
    return time.process_time() + children_seconds()


def children_seconds() -> float:
    """Processor time of the programs that this process ran and saw end."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def _peak() -> float:
    # Not from getrusage: a new program inherits there what the one that started it has held.
    held = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
    assert held is not None
    return int(held[1]) / 1024


def spread(values: Sequence[float], form: str = ",.0f") -> str:
    """Median, least and greatest."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:{form}} ({low:{form}} to {high:{form}})"


def row(*cells: str) -> None:
    """One row of a Markdown table."""
    print("|", " | ".join(cells), "|", flush=True)


def table(*headings: str) -> None:
    """The head of a Markdown table."""
    print()
    row(*headings)
    row(*("---" for _ in headings))
