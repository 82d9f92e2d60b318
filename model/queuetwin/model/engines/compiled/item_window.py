"""The window of items that are held: added when drawn, removed when all before have ended too.

Law: tables hold the items from the oldest that has not ended to the last that was drawn, in rows
that are used again, so memory grows with the number of open items and not with the run's length.
Items are removed in their order, each with all its attempts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.engines.compiled.event_heap import new_heap
from queuetwin.model.engines.compiled.state import (
    ITEM,
    NUMBER,
    ROW,
    StationState,
    StructArray,
    Variates,
)
from queuetwin.model.records.run import Columns, Outcome
from queuetwin.model.sampling.draws import Draws

Array = NDArray[Any]

_ITEM_COLUMNS = ("offered", "accepted", "outcome")
_ROW_COLUMNS = tuple(ROW.names or ())


def new_items(room: int) -> StructArray:
    """Rows for items that no producer has planned yet."""
    items = np.zeros(room, dtype=ITEM)
    _reset(items)
    return items


def _reset(items: StructArray) -> None:
    # Column by column: to copy whole rows takes numpy eight times as long.
    for name in ("offered", "accepted", "ended"):
        items[name] = np.nan
    items["attempt"], items["level"], items["outcome"] = 1, 0, Outcome.NOT_OFFERED


# -- in --------------------------------------------------------------------------------------


def add_items(
    station: StationState, oldest: int, draws: Draws, planned: Array, level: Array | None
) -> StationState:
    """Add the next items, in the rows of items before the `oldest`; without a `level` it is 0."""
    begin = int(station.state["drawn"][0])
    end = begin + len(draws)
    if end - oldest > len(station.items):
        station = _enlarged(station, oldest, end)
    room = len(station.items)
    spans = list(_spans(begin, end, room))
    for rows, span in spans:
        _reset(station.items[rows])
        if level is not None:
            station.items["level"][rows] = level[span]
        station.planned[rows] = planned[span]
    tables = {}
    for name, values in _columns(draws).items():
        table = _fitting(getattr(station.draws, name), values, begin, room)
        if table.shape[1] > 1:
            for rows, span in spans:
                table[:, rows] = values[:, span]
        tables[name] = table
    station.state["drawn"] = end
    return station._replace(draws=Variates(**tables))


def _columns(draws: Draws) -> dict[str, Array]:
    """The variates that kernels read, each of shape (attempts or 1, items)."""
    unused = np.broadcast_to(0.0, (1, len(draws)))
    return {
        "gap": draws.gap[None],
        "lateness": draws.lateness[None],
        "length": draws.lengths(),
        "fails": draws.fails,
        "backoff": draws.backoff,
        "hand_off": draws.hand_off,
        "turn_round": draws.turn_round,
        "patience": unused if draws.patience is None else draws.patience,
        "route": unused if draws.route is None else draws.route,
    }


def _fitting(table: Array, values: Array, begin: int, room: int) -> Array:
    """A table that can hold the values: one column while they are the same for all items."""
    if table.shape[1] > 1:
        return table
    first = values[:, :1]
    same = values.strides[1] == 0 or bool(
        (values[:, -1:] == first).all() and (values == first).all()
    )
    if same and begin == 0:
        return first.copy()
    if same and np.array_equal(table, first):
        return table
    return np.repeat(table if begin else first, room, axis=1)


def _spans(begin: int, end: int, room: int) -> Iterator[tuple[slice, slice]]:
    """The rows of consecutive items, and which of them these are: in two spans at most."""
    row, count = begin & (room - 1), end - begin
    first = min(count, room - row)
    yield slice(row, row + first), slice(0, first)
    if first < count:
        yield slice(0, count - first), slice(first, count)


def _enlarged(station: StationState, oldest: int, end: int) -> StationState:
    """The same state with room for all items from the oldest on."""
    rules, room = station.rules[0], 1 << max(end - oldest - 1, 1).bit_length()
    numbers = np.arange(oldest, int(station.state["drawn"][0]))
    old, new = numbers & int(rules["mask"]), numbers & (room - 1)
    items, planned = new_items(room), np.empty(room)
    items[new], planned[new] = station.items[old], station.planned[old]
    tables = {}
    for name, table in station.draws._asdict().items():
        tables[name] = table
        if table.shape[1] > 1:
            tables[name] = np.empty((len(table), room), dtype=table.dtype)
            tables[name][:, new] = table[:, old]
    rules["mask"] = room - 1
    wider = station._replace(items=items, planned=planned, draws=Variates(**tables))
    if rules["has_patience"]:
        wider = wider._replace(patience=_enlarged_heap(station.patience, room))
    if rules["attempts"] > 1:
        wider = wider._replace(retries=_enlarged_heap(station.retries, room))
    return wider


def _enlarged_heap(heap: StructArray, room: int) -> StructArray:
    """The same heap of items, for more of them."""
    wider, size = new_heap(room), int(heap["member"][0])
    wider[: size + 1] = heap[: size + 1]
    due = wider[1 : size + 1]
    due["member"] = (due["order"] & NUMBER) & (room - 1)
    return wider


# -- out -------------------------------------------------------------------------------------


def remove_items(station: StationState, oldest: int, end: int) -> tuple[Columns, Columns]:
    """The items from the oldest to an end, and all attempts at them, by item and attempt."""
    spans = [rows for rows, _ in _spans(oldest, end, len(station.items))]
    items = {name: _joined(station.items[name], spans) for name in _ITEM_COLUMNS}
    items["planned"] = _joined(station.planned, spans)
    items["finished"] = _joined(station.items["ended"], spans)
    rows = station.rows[: int(station.state["rows"][0])]
    number = rows["item"].copy()
    ended = number < end
    mine, others = np.flatnonzero(ended), np.flatnonzero(~ended)
    mine = mine[np.argsort(number[mine], kind="stable")]
    attempts = {name: rows[name][mine] for name in _ROW_COLUMNS}
    attempts["stage"] = np.broadcast_to(np.int16(0), mine.shape)
    station.rows[: len(others)] = rows[others]
    station.state["rows"] = len(others)
    # The last attempt of an item is the one that it is at.
    station.items["row"][number[others] & (len(station.items) - 1)] = np.arange(len(others))
    return items, attempts


def _joined(column: Array, spans: list[slice]) -> Array:
    return np.concatenate([column[rows] for rows in spans])
