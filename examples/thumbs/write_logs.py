"""Run the scenario on real threads, and write the logs that such a system would write.

python write_logs.py     three minutes: writes worker.log.gz and access.log.gz beside this file

Three hours of the day pass in three minutes, the middle one as busy as the scenario says.  The
worker's log stamps a task "received" when the worker fetched it; when it came, only the access
log of the web server knows, which put it into the queue.  Task ids are numbered, so that the
files stay small.
"""

import gzip
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np

from queuetwin.model import Run, Scenario, Workload
from queuetwin.realrun import execute

HERE = Path(__file__).parent
BEGIN = datetime(2024, 5, 6, 8, tzinfo=UTC)
SHARES_OF_RATE = (0.1, 1.0, 0.15)  # of each hour
QUICKER = 60
HOUR = 3600.0


def three_hours(scenario: Scenario) -> np.ndarray:
    """When tasks come, in seconds from the begin of the first hour."""
    came = []
    for hour, share in enumerate(SHARES_OF_RATE):
        rate = f"{share * (scenario.arrivals.mean_rate or 0)}/s"
        draws = Workload.draw(scenario.changed({"arrivals.rate": rate}), replication=hour).all()
        came.append(hour * HOUR + np.cumsum(draws.gap))
    return np.concatenate(came)


def quickened(scenario: Scenario, came: np.ndarray) -> Scenario:
    """The same work, so many times quicker; recorded arrivals in the place of the hour's."""
    times = [f"{one!r}s" for one in ((came - came[0]) / QUICKER).tolist()]
    service = scenario.stage.service.mean_time / QUICKER
    rest = {name: one for name, one in scenario.to_dict().items() if name != "duration"}
    changed = Scenario.from_dict({**rest, "arrivals": {"process": "trace", "times": times}})
    return changed.changed({"service.mean": f"{service!r}s"})


def moment(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


def worker_lines(run: Run, first: float) -> Iterator[str]:
    """Celery's lines of a run, in the order of time; `first` is when the first task came."""
    lines = []
    for row in range(len(run.attempts["item"])):
        number = int(run.attempts["item"][row])
        received, started, ended = (
            first + QUICKER * float(run.attempts[name][row])
            for name in ("enqueued", "started", "finished")
        )
        task = f"Task thumbs.make[{UUID(int=number)}]"
        process = f"ForkPoolWorker-{run.attempts['worker'][row] + 1}"
        took = f"succeeded in {ended - started:.4f}s: None"
        lines.append((received, "MainProcess", f"{task} received"))
        lines.append((ended, process, f"{task} {took}"))
    for second, process, text in sorted(lines):
        stamp = f"{moment(second):%Y-%m-%d %H:%M:%S,%f}"[:-3]
        yield f"[{stamp}: INFO/{process}] {text}"


def access_lines(run: Run, first: float) -> Iterator[str]:
    """The web server's lines: when each task came, with the time that the request took."""
    generator = np.random.default_rng(run.header.seed)
    planned = first + QUICKER * run.items["planned"]
    took = 0.002 + 0.002 * generator.standard_exponential(len(planned))
    for ended, length in sorted(zip((planned + took).tolist(), took.tolist(), strict=True)):
        stamp = f"{moment(ended):%d/%b/%Y:%H:%M:%S +0000}"
        yield f'192.0.2.1 - - [{stamp}] "POST /thumbs HTTP/1.1" 202 0 "-" "app/1.0" {length:.3f}'


def write(name: str, lines: Iterator[str]) -> None:
    text = "\n".join(itertools.chain(lines, [""]))
    (HERE / name).write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"wrote {name}: {text.count(chr(10)):,} lines")


def main() -> None:
    scenario = Scenario.load(HERE / "scenario.toml")
    came = three_hours(scenario)
    run = execute(quickened(scenario, came))
    write("worker.log.gz", worker_lines(run, float(came[0])))
    write("access.log.gz", access_lines(run, float(came[0])))


if __name__ == "__main__":
    main()
