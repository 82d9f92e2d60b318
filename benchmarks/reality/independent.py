"""An independent check: a loop with an executor and nothing of queuetwin, beside `execute`.

Both get the same arrivals and services, in turn, so that what else the machine does meets both.
The pool is four workers, a queue without limit, sleeps of 10 ms at load .8.

    python benchmarks/reality/independent.py [pairs] [seconds a run]
"""

from __future__ import annotations

import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from calibrated import WORKERS, pool
from queuetwin.model import Workload
from queuetwin.realrun import execute

LOAD, MEAN_MS = 0.8, 10


def responses_of(planned: list[float], services: list[float]) -> list[float]:
    """Response times in seconds, from the plan to the end of service."""
    began = time.monotonic() + 0.05

    def serve(plan: float, service: float) -> float:
        time.sleep(service)
        return time.monotonic() - began - plan

    with ThreadPoolExecutor(WORKERS) as executor:
        done = []
        for plan, service in zip(planned, services, strict=True):
            if (wait := began + plan - time.monotonic()) > 0:
                time.sleep(wait)
            done.append(executor.submit(serve, plan, service))
        return [future.result() for future in done]


def main(pairs: int, seconds: float) -> None:
    """Measure and print."""
    rate = LOAD * WORKERS / MEAN_MS * 1000
    scenario = pool(rate, MEAN_MS, {}).changed({"duration": f"{seconds}s"})
    ratios, foreign = [], []
    for replication in range(pairs):
        workload = Workload.draw(scenario, replication=replication)
        draws = workload.all()
        theirs = responses_of(np.cumsum(draws.gap).tolist(), draws.lengths()[0].tolist())
        run = execute(scenario, workload)
        ours = run.items["finished"] - run.items["planned"]
        ratios.append(
            [np.mean(ours) / np.mean(theirs), np.quantile(ours, 0.95) / np.quantile(theirs, 0.95)]
        )
        foreign.append(run.header.facts.get("foreign_cores", 0.0))
    print(f"{pairs} pairs of runs of {seconds:g} s; "
          f"foreign {statistics.median(foreign):.2f} cores, most {max(foreign):.2f}")  # fmt: skip
    for title, column in (("mean", 0), ("p95", 1)):
        off = sorted((ratio[column] - 1) * 100 for ratio in ratios)
        print(f"   {title:4} of execute against the loop: {statistics.median(off):+.2f} % "
              f"({off[0]:+.2f} to {off[-1]:+.2f})")  # fmt: skip


if __name__ == "__main__":
    first, second = sys.argv[1:3] or ("5", "6")
    main(int(first), float(second))
