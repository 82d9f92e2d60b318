"""How soon a sweep is done, and whether it is the same after it was killed.

A sweep of 400 combinations that all keep up, 100,000 items each, by the command line in a fresh
process, timed from its start: when the first cells are kept, and when all is written.  Then a
sweep that is killed (SIGKILL) at random moments and started again, against one that was left
alone: the CSV, JSON and page have to be the same bytes, and so have the kept cells, sorted.
At last cells of about a fifth of a second on a Dask cluster of two workers on loopback, against
two processes of one machine, in turn, both warmed up.

    python benchmarks/planning/sweeps.py [times] [kills] [rounds against Dask]
"""

from __future__ import annotations

import contextlib
import multiprocessing
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

from queuetwin.model import Scenario, sweep
from queuetwin.reports.sweep.dask_cluster import executor_at

FILE = """name = "pool"
seed = 7
items = 1000
arrivals = { process = "poisson", rate = "320/s" }
queue = { capacity = 100 }
workers = { count = 8 }
service = { distribution = "exponential", mean = "20ms" }
slo = [{ measure = "response_time.p99", below = "150ms" }]
"""
COMMAND = [
    sys.executable,
    "-c",
    "from queuetwin.reports.cli.main import main; main()",
    "sweep",
    "pool.toml",
]
LARGE = ["--over", "workers.count=9..28", "--over", "arrivals.rate=x0.15..x1.1:0.05"]
SMALL = ["--over", "workers.count=6..15", "--over", "arrivals.rate=x0.5..x1.4:0.1"]
CELL = b'{"cell":'
ENDS = (".csv", ".json", ".md", ".html")


def started(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A sweep in a fresh process, its words kept to itself."""
    (folder / "pool.toml").write_text(FILE, encoding="utf-8")
    quiet = subprocess.DEVNULL
    return subprocess.Popen([*COMMAND, *words], cwd=folder, stdout=quiet, stderr=quiet)


def timed(folder: Path) -> tuple[float, float, int]:
    """Seconds until the first cell was kept and until the end, and how many were kept."""
    keep = folder / "all.cells.jsonl"
    begun = time.perf_counter()
    running = started(folder, *LARGE, "-o", "all.csv")
    first = 0.0
    while running.poll() is None:
        if not first and keep.exists() and CELL in keep.read_bytes():
            first = time.perf_counter() - begun
        time.sleep(0.01)
    return first, time.perf_counter() - begun, keep.read_bytes().count(CELL)


def documents(folder: Path) -> tuple[dict[str, bytes], float]:
    """Every document of the small sweep, and its kept cells in order; seconds of the first."""
    contents: dict[str, bytes] = {}
    begun, seconds = time.perf_counter(), 0.0
    for end in ENDS:
        assert started(folder, *SMALL, "--items", "20000", "-o", f"some{end}").wait() == 0
        contents[end] = (folder / f"some{end}").read_bytes()
        seconds = seconds or time.perf_counter() - begun
    contents["cells"] = b"\n".join(sorted((folder / "some.cells.jsonl").read_bytes().splitlines()))
    return contents, seconds


def killed(folder: Path, times: int, seconds: float, chance: random.Random) -> list[int]:
    """How many cells were kept after each kill, of a start, early or late in it."""
    keep = folder / "some.cells.jsonl"
    cells_kept: list[int] = []
    while len(cells_kept) < times:
        if len(cells_kept) % 3 == 0:
            keep.unlink(missing_ok=True)
        running = started(folder, *SMALL, "--items", "20000", "-o", "some.csv")
        time.sleep(chance.uniform(seconds / 4, seconds))
        running.kill()
        running.wait()
        cells_kept.append(keep.read_bytes().count(CELL) if keep.exists() else 0)
    return cells_kept


@contextlib.contextmanager
def two_dask_workers() -> Iterator[Executor]:
    """A cluster of its own, on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    place, quiet = f"127.0.0.1:{port}", subprocess.DEVNULL
    worker = ["worker", place, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    running = [
        subprocess.Popen([sys.executable, "-m", "dask", *words], stdout=quiet, stderr=quiet)
        for words in (scheduler, worker, worker)
    ]
    try:
        # Time for everybody to find each other; the warming up does the rest.
        time.sleep(8)
        with executor_at(f"dask://{place}") as executor:
            yield executor
    finally:
        for process in running:
            process.kill()
            process.wait()


def seconds_for(executor: Executor, cells: int, items: int) -> float:
    """How long so many cells take there."""
    over = {"arrivals.rate": [f"{100 + place}/s" for place in range(cells)]}
    begun = time.perf_counter()
    sweep(Scenario.load("pool.toml"), over, items=items, executor=executor)
    return time.perf_counter() - begun


def against_processes(rounds: int) -> None:
    """Throughput on Dask over that of two processes, for each round."""
    cells, items = 30, 2_000_000
    context = multiprocessing.get_context("spawn")
    shares, durations = [], []
    with two_dask_workers() as cluster, ProcessPoolExecutor(2, mp_context=context) as here:
        for executor in (cluster, here):
            seconds_for(executor, 6, items)
        for _ in range(rounds):
            local = seconds_for(here, cells, items)
            shares.append(local / seconds_for(cluster, cells, items))
            durations.append(2 * local / cells)
    print(
        f"{rounds} rounds of {cells} cells of {statistics.median(durations):.2f} s: "
        f"two Dask workers do {statistics.median(shares):.0%} "
        f"({min(shares):.0%} to {max(shares):.0%}) of what two processes do"
    )


def compared_with_undisturbed(kills: int) -> None:
    """Whether a sweep that was killed so often is the same to the byte."""
    with tempfile.TemporaryDirectory() as name:
        undisturbed, seconds = documents(Path(name))
    with tempfile.TemporaryDirectory() as name:
        kept = killed(Path(name), kills, seconds, random.Random(7))
        again, _ = documents(Path(name))
    print(f"{kills} kills left {kept} of 100 cells (anew after every third)")
    same = [end for end, content in undisturbed.items() if again[end] == content]
    print(f"the same bytes as undisturbed: {', '.join(same)} ({len(same)} of {len(undisturbed)})")


def main(times: int, kills: int, rounds: int) -> None:
    """Measure and print."""
    for _ in range(times):
        with tempfile.TemporaryDirectory() as name:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            first, whole, cells = timed(Path(name))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{cells} cells: first kept after {first:.2f} s, all written after {whole:.2f} s"
                  f" ({busy:.1f} s of processor time)", flush=True)  # fmt: skip
    if kills:
        compared_with_undisturbed(kills)
    if rounds:
        with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
            Path("pool.toml").write_text(FILE, encoding="utf-8")
            against_processes(rounds)


if __name__ == "__main__":
    first, second, third = (*sys.argv[1:4], *("5", "20", "5")[len(sys.argv[1:4]) :])
    main(int(first), int(second), int(third))
