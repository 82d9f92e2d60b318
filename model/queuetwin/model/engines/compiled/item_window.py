"""The items under way: laid in when they are drawn, taken out when all before them have ended too.

Law: tables hold the items from the oldest that has not ended to the last that was drawn, in rows
that are used again and again, so what is held grows with what is under way and not with the run.
Items are taken out in their order, each with all its attempts.
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
    Chance,
    StationState,
    StructArray,
)
from queuetwin.model.records.run import Columns, Outcome
from queuetwin.model.sampling.draws import Draws

__all__ = ["lay_in", "new_items", "take_out"]

Array = NDArray[Any]

_ITEM_COLUMNS = ("offered", "accepted", "outcome")
_ROW_COLUMNS = tuple(ROW.names or ())


def new_items(room: int) -> StructArray:
    """Room for items to which no producer has turned yet."""
    items = np.zeros(room, dtype=ITEM)
    _reset(items)
    return items


def _reset(items: StructArray) -> None:
    # Column by column: to copy whole rows takes numpy eight times as long.
    for name in ("offered", "accepted", "ended"):
        items[name] = np.nan
    items["attempt"], items["level"], items["outcome"] = 1, 0, Outcome.NOT_OFFERED


# -- in --------------------------------------------------------------------------------------


def lay_in(
    pool: StationState, oldest: int, draws: Draws, planned: Array, level: Array | None
) -> StationState:
    """The next items, on the rows of those before the `oldest`; without a `level` it is 0."""
    begin = int(pool.state["drawn"][0])
    end = begin + len(draws)
    if end - oldest > len(pool.items):
        pool = _wider(pool, oldest, end)
    room = len(pool.items)
    spans = list(_spans(begin, end, room))
    for rows, some in spans:
        _reset(pool.items[rows])
        if level is not None:
            pool.items["level"][rows] = level[some]
        pool.planned[rows] = planned[some]
    tables = {}
    for name, values in _columns(draws).items():
        table = _fitting(getattr(pool.draws, name), values, begin, room)
        if table.shape[1] > 1:
            for rows, some in spans:
                table[:, rows] = values[:, some]
        tables[name] = table
    pool.state["drawn"] = end
    return pool._replace(draws=Chance(**tables))


def _columns(draws: Draws) -> dict[str, Array]:
    """What the calendar reads, each of shape (attempts or 1, items)."""
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


def _wider(pool: StationState, oldest: int, end: int) -> StationState:
    """The same with room for all items from the oldest on."""
    rules, room = pool.rules[0], 1 << max(end - oldest - 1, 1).bit_length()
    numbers = np.arange(oldest, int(pool.state["drawn"][0]))
    old, new = numbers & int(rules["mask"]), numbers & (room - 1)
    items, planned = new_items(room), np.empty(room)
    items[new], planned[new] = pool.items[old], pool.planned[old]
    tables = {}
    for name, table in pool.draws._asdict().items():
        tables[name] = table
        if table.shape[1] > 1:
            tables[name] = np.empty((len(table), room), dtype=table.dtype)
            tables[name][:, new] = table[:, old]
    rules["mask"] = room - 1
    return pool._replace(
        items=items,
        planned=planned,
        draws=Chance(**tables),
        patience=_wider_heap(pool.patience, room) if rules["has_patience"] else pool.patience,
        returning=_wider_heap(pool.returning, room) if rules["attempts"] > 1 else pool.returning,
    )


def _wider_heap(heap: StructArray, room: int) -> StructArray:
    """The same heap of items, for more of them."""
    wider, size = new_heap(room), int(heap["member"][0])
    wider[: size + 1] = heap[: size + 1]
    due = wider[1 : size + 1]
    due["member"] = (due["order"] & NUMBER) & (room - 1)
    return wider


# -- out -------------------------------------------------------------------------------------


def take_out(pool: StationState, oldest: int, end: int) -> tuple[Columns, Columns]:
    """The items from the oldest to an end, and all attempts at them, by item and attempt."""
    spans = [rows for rows, _ in _spans(oldest, end, len(pool.items))]
    items = {name: _joined(pool.items[name], spans) for name in _ITEM_COLUMNS}
    items["planned"] = _joined(pool.planned, spans)
    items["finished"] = _joined(pool.items["ended"], spans)
    rows = pool.rows[: int(pool.state["rows"][0])]
    number = rows["item"].copy()
    ended = number < end
    mine, others = np.flatnonzero(ended), np.flatnonzero(~ended)
    mine = mine[np.argsort(number[mine], kind="stable")]
    attempts = {name: rows[name][mine] for name in _ROW_COLUMNS}
    pool.rows[: len(others)] = rows[others]
    pool.state["rows"] = len(others)
    # The last attempt of an item is the one that it is at.
    pool.items["row"][number[others] & (len(pool.items) - 1)] = np.arange(len(others))
    return items, attempts


def _joined(column: Array, spans: list[slice]) -> Array:
    return np.concatenate([column[rows] for rows in spans])
