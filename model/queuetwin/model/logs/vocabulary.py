"""Names of tasks and workers as numbers, and words for how an item ended."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.logs.log import Ended

_COMPLETED = ("", "ok", "success", "succeeded", "successful", "completed", "done", "finished")
_FAILED = ("failed", "failure", "fail", "error", "exception", "timeout", "retry")
_REJECTED = ("rejected", "refused", "dropped", "shed", "lost")
_MEANING = {
    **dict.fromkeys(_COMPLETED, int(Ended.COMPLETED)),
    **dict.fromkeys(_FAILED, int(Ended.FAILED)),
    **dict.fromkeys(_REJECTED, int(Ended.REJECTED)),
}
_UNKNOWN = -1
# Of HTTP: too many requests, and service unavailable, are how a full queue is told.
_FULL = (429, 503)
_SERVER_ERROR, _MOST = 500, 600


class NameIndex:
    """Gives each name a number, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": -1}

    def number(self, name: str) -> int:
        """The number of a name, -1 for none."""
        return self._numbers.setdefault(name, len(self._numbers) - 1)

    def numbers(self, names: Sequence[str]) -> NDArray[np.int32]:
        """The number of each name."""
        return np.array([self.number(name) for name in names], dtype=np.int32)

    def known(self) -> tuple[str, ...]:
        """The names by their numbers."""
        return tuple(self._numbers)[1:]


def statuses(cells: Sequence[str]) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """How each item ended, of words or of HTTP status codes; and which cells say neither."""
    meaning = {cell: _status(cell) for cell in set(cells)}
    ended = np.array([meaning[cell] for cell in cells], dtype=np.int8)
    wrong = ended == _UNKNOWN
    return np.where(wrong, np.int8(Ended.COMPLETED), ended), wrong


def _status(cell: str) -> int:
    word = cell.lower()
    if word in _MEANING:
        return _MEANING[word]
    if word.isdecimal() and 100 <= int(word) < _MOST:  # noqa: PLR2004 - HTTP begins there
        code = int(word)
        if code in _FULL:
            return int(Ended.REJECTED)
        return int(Ended.FAILED if code >= _SERVER_ERROR else Ended.COMPLETED)
    return _UNKNOWN
