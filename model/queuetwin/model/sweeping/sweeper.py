"""`sweep`: every combination of some keys' values, each simulated on the same draws.

A cell is a pure function of its scenario and of how many items were asked for, so it does not
matter where, when and in which order cells are computed: the figures are the same to the bit.
Finished cells are kept as they come; a second start has only the rest to do.  A part of the cells
(a shard) can be computed apart, and `merge` puts the parts together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from queuetwin.model.base.environment import versions
from queuetwin.model.base.errors import RunError
from queuetwin.model.engines.simulation import Stop
from queuetwin.model.estimation.slo_judgement import Judgement
from queuetwin.model.language.axes import Axis, axes_of, grid
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.sweeping.cell import Cell, judged_cell
from queuetwin.model.sweeping.cell_store import KeptCells, cell_digest

CELL_ITEMS = 100_000
_LOOK_EVERY_S = 0.2
_AGAIN = "finished cells are kept: start again for the rest"

_Done = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The cells that are done, in the order of the axes, the last running fastest.

    `planned` is how many there are, in a shard (k, n) those that are its own; fewer are done
    only where somebody asked to stop.
    """

    scenario: Scenario
    axes: tuple[Axis, ...]
    items: int
    level: float
    planned: int
    cells: tuple[Cell, ...]
    made_by: Mapping[str, str]
    shard: tuple[int, int] | None = None

    @property
    def complete(self) -> bool:
        """Whether every cell is done."""
        return len(self.cells) == self.planned


def sweep(
    scenario: Scenario,
    over: Mapping[str, str | Iterable[Any]],
    *,
    items: int = CELL_ITEMS,
    level: float = 0.95,
    executor: Executor | None = None,
    keep: str | Path | None = None,
    shard: tuple[int, int] | None = None,
    observer: _Done | None = None,
    stop: Stop | None = None,
) -> Sweep:
    """Figures with intervals at `level` for every combination of the keys' values.

    `over` maps a key to its values: a text such as ``"2..16"``, ``"1,2,4"`` or ``"x0.5..x3"``
    (see `Axis.parse`), or the values themselves.  A stationary cell is one run of `items` items
    (full chunks of 131,072 where more are asked for); any other is so many whole runs as have
    about as many, and at least ten.  Cells run on `executor`, by default on a thread for each
    processor; `keep` is a file for finished cells; `shard` (k, n) takes the k-th of n parts, every
    n-th cell from the k-th on; `observer(done, planned)` is told at the start and of each cell;
    once `stop.is_set()` none is begun, and those that are done come back.

    Raises ScenarioError with every fault of the axes and cells before any is run, ValueError for
    fewer than one item, a level outside (0, 1) or a shard that there is not, RunError where a
    worker of the executor died or has other versions, or the executor gave up.

    >>> from queuetwin.model import Scenario
    >>> pool = Scenario.from_dict({"items": 1, "arrivals": {"process": "poisson", "rate": "5/s"},
    ...     "workers": {"count": 1}, "service": {"distribution": "exponential", "mean": "100ms"}})
    >>> found = sweep(pool, {"arrivals.rate": "5/s,20/s"}, items=20_000)
    >>> response = found.cells[0].judgement.summary.measures["response_time"]["mean"]
    >>> response.low < 0.2 < response.high, found.cells[1].judgement.growth
    (True, 10.0)
    """
    if items < 1 or not 0 < level < 1:
        raise ValueError("a sweep needs at least one item a cell and a level between 0 and 1")
    part, parts = shard or (1, 1)
    if not 1 <= part <= parts:
        raise ValueError("a shard is one of so many, such as (3, 8)")
    axes = axes_of(scenario, over)
    cells, made_by = grid(scenario, axes)[part - 1 :: parts], versions()
    if observer is not None:
        observer(0, len(cells))
    digests: list[str] = []
    found: dict[int, Judgement] = {}
    path = None if keep is None else Path(keep)
    with _told_of_deaths(), KeptCells(path) as kept, _on(executor) as workers:
        kept.begin({
            "scenario": scenario.to_dict(),
            "over": [[axis.key, list(axis.values)] for axis in axes],
            "items": items,
            "level": level,
            "made_by": made_by,
        })  # fmt: skip
        waiting: dict[Future[Judgement], int] = {}
        for place, (_, one) in enumerate(cells):
            digests.append(cell_digest(one, items, level, made_by))
            known = kept.get(digests[place], one)
            if known is not None:
                found[place] = known
            elif stop is None or not stop.is_set():
                waiting[workers.submit(judged_cell, one, items, level, made_by)] = place
        for judgement, place in _finished(waiting, stop):
            found[place] = judgement
            kept.add(digests[place], judgement)
            if observer is not None:
                observer(len(found), len(cells))
    return Sweep(
        scenario=scenario,
        axes=axes,
        items=items,
        level=level,
        planned=len(cells),
        cells=tuple(
            Cell(changes=cells[place][0], judgement=found[place]) for place in sorted(found)
        ),
        made_by=made_by,
        shard=shard,
    )


@contextmanager
def _on(executor: Executor | None) -> Iterator[Executor]:
    if executor is not None:
        yield executor
        return
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        yield threads


@contextmanager
def _told_of_deaths() -> Iterator[None]:
    try:
        yield
    except BrokenExecutor as fault:
        raise RunError(f"a worker died ({fault}); {_AGAIN}") from None


def _finished(
    waiting: Mapping[Future[Judgement], int], stop: Stop | None
) -> Iterator[tuple[Judgement, int]]:
    """Cells as they are done; after a stop those that had begun.  None is left behind.

    It looks for a stop in between too: an executor far away may be silent for long.
    """
    done: SimpleQueue[Future[Judgement]] = SimpleQueue()
    for one in waiting:
        one.add_done_callback(done.put)
    left, stopped = len(waiting), False
    try:
        while left:
            if stop is not None and stop.is_set() and not stopped:
                stopped = True
                _cancel(waiting)
            try:
                one = done.get(timeout=_LOOK_EVERY_S)
            except Empty:
                continue
            left -= 1
            if not one.cancelled():
                yield one.result(), waiting[one]
            elif not stopped:
                raise RunError(f"the executor gave cells up; {_AGAIN}")
    finally:
        _cancel(waiting)


def _cancel(futures: Iterable[Future[Judgement]]) -> None:
    for one in futures:
        one.cancel()
