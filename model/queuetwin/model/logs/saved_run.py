"""A saved Run read as a log: it shows everything that a log can show."""

from __future__ import annotations

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.log import NEVER, SECOND, Ended, Instants, LeftOut, Log, joined_columns
from queuetwin.model.logs.text_source import Text, refusal
from queuetwin.model.records.run import Outcome, Run

KIND = "saved run"
_LOST = (Outcome.REJECTED, Outcome.DROPPED, Outcome.ABANDONED)


def recognises(text: Text) -> bool:
    """Whether the file is an archive."""
    return text.is_archive


def read(text: Text, _columns: LogColumns) -> Log:
    """The log of a Run: a row for each attempt, and one for each item that was refused."""
    path = text.name
    try:
        run = Run.load(path)
    except ValueError:
        raise refusal(path, "is not a saved run") from None
    items, attempts = run.items, run.attempts
    item, number = attempts["item"], attempts["attempt"]
    done = np.isin(attempts["outcome"], (Outcome.COMPLETED, Outcome.FAILED))
    lost = np.isin(items["outcome"], _LOST)
    came = np.where(number == 1, items["planned"][item], attempts["enqueued"])
    served = {
        "arrival": _instants(came), "start": _instants(attempts["started"]),
        "end": _instants(attempts["finished"]), "worker": attempts["worker"],
        "ended": np.where(attempts["outcome"] == Outcome.FAILED, Ended.FAILED, Ended.COMPLETED),
        "attempt": number,
    }  # fmt: skip
    served = {name: values[done] for name, values in served.items()}
    never = np.full(int(lost.sum()), NEVER)
    refused = {
        "arrival": _instants(items["planned"][lost]), "start": never, "end": never,
        "worker": np.full(len(never), -1), "attempt": np.ones(len(never)),
        "ended": np.full(len(never), Ended.REJECTED),
    }  # fmt: skip
    count = int(done.sum()) + len(never)
    if not count:
        raise refusal(path, "is a run in which nothing was served")
    unfinished = len(items["planned"]) - int(lost.sum()) - len(np.unique(item[done]))
    left = LeftOut(reason="not finished", count=unfinished, wrong=False)
    names = tuple(str(worker) for worker in range(int(attempts["worker"].max(initial=0)) + 1))
    return Log(
        **joined_columns([served, refused], count), kind=KIND, means="service",
        lines=len(items["planned"]), clock=False, workers=names,
        left_out=(left,) if unfinished else (), facts={"file": path},
    )  # fmt: skip


def _instants(seconds: Floats) -> Instants:
    known = ~np.isnan(seconds)
    whole = np.rint(np.where(known, seconds, 0.0) * SECOND).astype(np.int64)
    return np.where(known, whole, NEVER)
