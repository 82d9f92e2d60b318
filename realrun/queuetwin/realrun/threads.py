"""The backend of real threads: a line in this process, and daemon threads that work on it.

A backend supplies only these two; pacing, recording and the end of a run are the same for all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from queuetwin.realrun.line import Line
from queuetwin.realrun.rules import Rules

__all__ = ["join_all", "make_line", "start_threads"]


def make_line(rules: Rules) -> Line:
    """What producers and workers share."""
    return Line(rules)


def start_threads(lives: Sequence[Callable[[], None]], kind: str) -> list[threading.Thread]:
    """One daemon thread for each life, named `kind-0`, `kind-1` and so on."""
    threads = [
        threading.Thread(target=life, name=f"{kind}-{number}", daemon=True)
        for number, life in enumerate(lives)
    ]
    for thread in threads:
        thread.start()
    return threads


def join_all(threads: Sequence[threading.Thread], seconds: float) -> list[str]:
    """The names of the threads that have not ended within so many seconds, all together."""
    limit = threading.Event()
    timer = threading.Timer(seconds, limit.set)
    timer.daemon = True
    timer.start()
    for thread in threads:
        while thread.is_alive() and not limit.is_set():
            thread.join(0.05)
    timer.cancel()
    timer.join()
    return [thread.name for thread in threads if thread.is_alive()]
