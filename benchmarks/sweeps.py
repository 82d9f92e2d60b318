"""How soon a sweep is done, and whether it is the same after it was killed.

A sweep of 400 combinations that all keep up, 100,000 items each, by the command line in a fresh
process, timed from its start: when the first cells are kept, and when all is written.  Then a
sweep that is killed (SIGKILL) at random moments and started again, against one that was left
alone: the CSV, JSON and page have to be the same bytes, and so have the kept cells, sorted.

    python benchmarks/sweeps.py [times] [kills]
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
    sys.executable, "-c", "from queuetwin.reports.cli import main; main()", "sweep", "pool.toml",
]  # fmt: skip
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
    found: dict[str, bytes] = {}
    begun, seconds = time.perf_counter(), 0.0
    for end in ENDS:
        assert started(folder, *SMALL, "--items", "20000", "-o", f"some{end}").wait() == 0
        found[end] = (folder / f"some{end}").read_bytes()
        seconds = seconds or time.perf_counter() - begun
    found["cells"] = b"\n".join(sorted((folder / "some.cells.jsonl").read_bytes().splitlines()))
    return found, seconds


def killed(folder: Path, times: int, seconds: float, chance: random.Random) -> list[int]:
    """How many cells were kept after each kill, of a start, early or late in it."""
    keep = folder / "some.cells.jsonl"
    kept: list[int] = []
    while len(kept) < times:
        if len(kept) % 3 == 0:
            keep.unlink(missing_ok=True)
        running = started(folder, *SMALL, "--items", "20000", "-o", "some.csv")
        time.sleep(chance.uniform(seconds / 4, seconds))
        running.kill()
        running.wait()
        kept.append(keep.read_bytes().count(CELL) if keep.exists() else 0)
    return kept


def main(times: int, kills: int) -> None:
    """Measure and print."""
    for _ in range(times):
        with tempfile.TemporaryDirectory() as name:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            first, whole, cells = timed(Path(name))
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{cells} cells: first kept after {first:.2f} s, all written after {whole:.2f} s"
                  f" ({busy:.1f} s of processor time)", flush=True)  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        undisturbed, seconds = documents(Path(name))
    with tempfile.TemporaryDirectory() as name:
        kept = killed(Path(name), kills, seconds, random.Random(7))
        again, _ = documents(Path(name))
    print(f"{kills} kills left {kept} of 100 cells (anew after every third)")
    same = [end for end, content in undisturbed.items() if again[end] == content]
    print(f"the same bytes as undisturbed: {', '.join(same)} ({len(same)} of {len(undisturbed)})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5, int(sys.argv[2]) if sys.argv[2:] else 20)
