"""Small logs with known content, for tests."""

import heapq
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from queuetwin.model.logs.log import COLUMNS, SECOND, Log

DAY = datetime(2024, 5, 1, 9, tzinfo=UTC).timestamp()


def log_of(**columns: Sequence[float] | np.ndarray) -> Log:
    """A log of instants in seconds and of other columns as they are."""
    count = len(next(iter(columns.values())))
    whole = {name: np.full(count, missing, dtype=kind) for name, (kind, missing) in COLUMNS.items()}
    for name, values in columns.items():
        array = np.asarray(values, dtype=np.float64)
        if name in ("arrival", "start", "end"):
            array = np.rint(array * SECOND)
        whole[name] = array.astype(COLUMNS[name][0])
    return Log(**whole, kind="CSV", lines=count, clock=False, facts={"file": "test.csv"})


def served(
    arrivals: np.ndarray, services: np.ndarray, workers: int
) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends, first come first served, written as a loop of its own."""
    free = [0.0] * workers
    starts = np.empty(len(arrivals))
    for number, (came, length) in enumerate(zip(arrivals, services, strict=True)):
        starts[number] = max(came, heapq.heappop(free))
        heapq.heappush(free, starts[number] + length)
    return starts, starts + services


def prefetched(
    arrivals: np.ndarray, services: np.ndarray, pods: int, workers: int, prefetch: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What pods of some workers stamp as received, their starts, and which pod it was.

    A pod takes the next item while fewer than `prefetch` wait in it; else the broker keeps it.
    """
    free = [[0.0] * workers for _ in range(pods)]
    begun: list[list[float]] = [[] for _ in range(pods)]
    received, starts, where = (np.empty(len(arrivals)) for _ in range(3))
    turn = 0
    for number, (came, length) in enumerate(zip(arrivals, services, strict=True)):
        room = [one[-prefetch] if len(one) >= prefetch else 0.0 for one in begun]
        waiting = [(turn + step) % pods for step in range(pods)]
        pod = min(waiting, key=lambda one: max(room[one], came))
        turn = pod + 1
        received[number] = max(came, room[pod])
        starts[number] = max(received[number], heapq.heappop(free[pod]))
        heapq.heappush(free[pod], starts[number] + length)
        begun[pod].append(starts[number])
        where[number] = pod
    return received, starts, where


def stamp(second: float) -> str:
    """A time of day as Celery writes it."""
    return f"{datetime.fromtimestamp(DAY + second, UTC):%Y-%m-%d %H:%M:%S,%f}"[:-3]


def celery_lines(
    received: Iterable[float], starts: Iterable[float], services: Iterable[float], task: str = "a.b"
) -> list[str]:
    """A worker's log, in the order of time."""
    lines = []
    for number, (came, start, length) in enumerate(zip(received, starts, services, strict=True)):
        name = f"{task}[id-{number}]"
        lines.append((came, f"[{stamp(came)}: INFO/MainProcess] Task {name} received"))
        end = start + length
        said = f"succeeded in {float(length)!r}s: {{'secret': 1}}"
        lines.append((end, f"[{stamp(end)}: INFO/ForkPoolWorker-1] Task {name} {said}"))
    return [line for _, line in sorted(lines)]


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
