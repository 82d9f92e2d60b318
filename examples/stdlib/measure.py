"""Measure the task alone, one file after the other on one real worker, for the model.

python measure.py        writes service_times.csv beside this file, and says how much of the time
                         the task needs the GIL, for cpu_share
"""

import csv
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from work import files, names  # noqa: E402

from queuetwin.model import Scenario  # noqa: E402
from queuetwin.realrun import execute  # noqa: E402

ROUNDS = 3


def main() -> None:
    titles = [path.name for path in files()]
    alone = Scenario.from_dict(
        {
            "items": len(titles) * ROUNDS,
            "arrivals": {"process": "backlog"},
            "queue": {"capacity": 1},
            "workers": {"count": 1},
            "service": {"distribution": "deterministic", "mean": "1s", "task": "work:process"},
        }
    )
    run = execute(alone)
    took = run.attempts["finished"] - run.attempts["started"]
    with (HERE / "service_times.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "service_ms"])
        for number, name in enumerate(titles):
            rows.writerow([name, statistics.median(took[number :: len(titles)]) * 1000])
    print(f"wrote service_times.csv: {len(titles)} files, mean {took.mean() * 1000:.1f} ms")
    began = time.thread_time()
    for path in files():
        names(path.read_bytes())
    share = (time.thread_time() - began) * ROUNDS / run.attempts["cpu"].sum()
    print(f"cpu_share = {share:.2f}")


if __name__ == "__main__":
    main()
