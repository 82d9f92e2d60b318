"""How well logs are fitted, and how quickly.

    python benchmarks/fitting/fits.py speed|long|laws [SEED]|celery|trace FILE

speed: a million lines, packed, read, fitted and planned on; seconds and peak memory.
long [LINES]: as many lines, ten million, through a pipe; seconds and peak memory.
laws: 8 families of services, 5 kinds of arrivals, 20,000 items each, load 0.7.
celery: pods that prefetch; the share of late stamps, found and true, and workers with --arrivals.
trace: FILE's requests, sizes as services; odd five-minute blocks foretell the even ones, load 0.8.
"""

from __future__ import annotations

import gzip
import heapq
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from queuetwin.model import Scenario, Workload, fit, simulate
from queuetwin.model.engines.fcfs_waits import fcfs_waits
from queuetwin.model.fitting.arrival_choice import mean_waits
from queuetwin.model.fitting.arrival_fits import likely_arrival_fits
from queuetwin.model.fitting.distribution_choice import choose_distribution
from queuetwin.model.fitting.fitter import Fit
from queuetwin.model.fitting.holdout import holdout_of
from queuetwin.model.fitting.observations import observations_in
from queuetwin.model.fitting.window import window_of
from queuetwin.model.logs.column_mapping import LogColumns
from queuetwin.model.logs.reading import read_log

ITEMS, LOAD, WORKERS = 20_000, 0.7, 8
MEAN = 0.02
LONG = 1_000_000
SERVICES: dict[str, dict[str, Any]] = {
    "deterministic": {},
    "exponential": {},
    "erlang": {"shape": 3},
    "gamma": {"cv": 0.8},
    "weibull": {"cv": 0.6},
    "lognormal": {"cv": 1.0},
    "hyperexponential": {"cv": 2.0},
    "pareto": {"shape": 2.5},
}
RATE = LOAD * WORKERS / MEAN
GAP = {"mean": f"{1 / RATE!r}s"}
ARRIVALS: dict[str, dict[str, Any]] = {
    "poisson": {"process": "poisson", "rate": f"{RATE}/s"},
    "regular": {"process": "renewal", "gap": {"distribution": "erlang", "shape": 4, **GAP}},
    "wild": {"process": "renewal", "gap": {"distribution": "hyperexponential", "cv": 1.8, **GAP}},
    "bursty": {
        "process": "bursty", "rates": ["420/s", "210/s"], "stays": ["2s", "4s"],
        "rate": f"{RATE}/s",
    },
    "profile": {
        "process": "profile", "rate": f"{RATE}/s",
        "points": [["0s", "200/s"], ["18s", "300/s"], ["36s", "350/s"], ["54s", "250/s"],
                   ["71.4s", "250/s"]],
    },
}  # fmt: skip
LOAD_OF_TRACE = 0.8
HARD = ("wild", "bursty", "hyperexponential", "pareto")


def pool(arrivals: dict[str, Any], service: dict[str, Any], **rest: Any) -> Scenario:
    """A pool of the benchmark's size."""
    end = {} if "duration" in rest else {"items": ITEMS}
    return Scenario.from_dict(
        {**end, "workers": {"count": WORKERS}, "arrivals": arrivals, "service": service, **rest}
    )


def write_log(path: Path, scenario: Scenario, seed: int) -> None:
    """Arrivals, starts and ends of one run, as a table."""
    run = simulate(scenario, Workload.draw(scenario, seed=seed))
    columns = [run.items["planned"][run.attempts["item"]], run.attempts["started"],
               run.attempts["finished"]]  # fmt: skip
    rows = "\n".join(
        ",".join(f"{value:.9f}" for value in row) for row in zip(*columns, strict=True)
    )
    text = f"arrival_s,start_s,end_s\n{rows}\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), 1))
    else:
        path.write_text(text)


def p99_wait(scenario: Scenario) -> float:
    """p99 of the waiting time: of a million items, or of many runs where a run is the whole."""
    if scenario.items is not None:
        scenario, runs = scenario.changed({"items": LONG}), 1
    else:
        runs = LONG // len(Workload.draw(scenario).all())
    waits = []
    for replication in range(runs):
        run = simulate(scenario, Workload.draw(scenario, replication=replication), engine="fast")
        planned = run.items["planned"][run.attempts["item"]]
        waits.append(run.attempts["started"] - planned)
    return float(np.quantile(np.concatenate(waits), 0.99))


def laws(first_seed: str = "100") -> None:
    """Families, means, and the tail of the wait behind the fit against the law's own."""
    families, kinds, means, close, cells = 0, 0, 0, 0, 0
    for kind, arrivals in ARRIVALS.items():
        for family, parameters in SERVICES.items():
            service = {"distribution": family, "mean": f"{MEAN}s", **parameters}
            rest = {"duration": "71.4s"} if kind == "profile" else {}
            truth = pool(arrivals, service, **rest)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "log.csv"
                write_log(path, truth, seed=int(first_seed) + cells)
                log_fit = fit(path, window="all")
            assert log_fit.scenario is not None
            own, fitted = p99_wait(truth), p99_wait(log_fit.scenario.changed({"workers.count": 8}))
            name = log_fit.scenario.stage.service.distribution
            process = log_fit.scenario.arrivals.process
            times = Workload.draw(truth.changed({"seed": 3})).all().demand[0]
            error = (log_fit.scenario.stage.service.mean_time - MEAN) / (
                max(float(times.std()), MEAN * 1e-6) / np.sqrt(ITEMS)
            )
            allowed = 0.25 if kind in HARD or family in HARD else 0.10
            off = fitted / own - 1
            families += name == family
            kinds += process == arrivals["process"]
            means += abs(error) <= 3
            close += abs(off) <= allowed
            cells += 1
            foretold = "-" if log_fit.holdout is None else f"{log_fit.holdout.relative_error:+.1%}"
            print(f"{kind:8} {process:8} {family:17} {name:17} mean {error:+.1f} SE  "
                  f"p99 wait {own * 1000:7.2f} ms, off {off:+6.1%} (allowed {allowed:.0%})  "
                  f"second half {foretold}", flush=True)  # fmt: skip
    print(f"family right {families} of {cells}, process right {kinds}, mean within 3 SE {means}, "
          f"p99 wait within what is allowed {close}")  # fmt: skip


def speed() -> None:
    """A log of a million lines, made by a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv.gz"
        subprocess.run([sys.executable, __file__, "million", str(path)], check=True)
        before = time.perf_counter()
        read_log([path])
        read = time.perf_counter() - before
        before = time.perf_counter()
        log_fit = fit(path)
        took = time.perf_counter() - before
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"read {read:.1f} s; read and fitted {took:.1f} s; {log_fit.lines:,} lines; "
              f"peak {peak:.0f} MB")  # fmt: skip
        scenario, limit = Path(folder) / "log.toml", ("--slo", "response_time.p99 < 150ms")
        before = time.perf_counter()
        _queuetwin("fit", path, "-o", scenario)
        _queuetwin("plan", scenario, *limit)
        took = time.perf_counter() - before
        before = time.perf_counter()
        _queuetwin("plan", scenario, *limit, "--log", path)
        more = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"fit, then plan with its what-ifs: {took:.1f} s; plan --log: {more:.1f} s; "
          f"peak of a process {peak:.0f} MB")  # fmt: skip


def _queuetwin(*words: Any, **pipes: Any) -> subprocess.CompletedProcess[str]:
    command = "from queuetwin.reports.cli.main import main; main()"
    command_line = [sys.executable, "-c", command, *map(str, words)]
    return subprocess.run(command_line, check=True, capture_output=True, text=True, **pipes)


def long(lines: str = "10_000_000") -> None:
    """So many lines of a quiet system through a pipe, of which only the busiest hour is fitted."""
    with tempfile.TemporaryDirectory() as folder:
        writer = subprocess.Popen(
            [sys.executable, __file__, "stream", lines], stdout=subprocess.PIPE
        )
        before = time.perf_counter()
        completed = _queuetwin("fit", "-", "-o", Path(folder) / "log.toml", stdin=writer.stdout)
        took = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(completed.stdout)
    print(f"{took:.0f} s; peak of a process {peak / 1e6:.0f} MB, {peak / int(lines):.0f} bytes a "
          "line")  # fmt: skip


def stream(lines: str) -> None:
    """Lines of a table on standard output: a hundred items a second, each started at once."""
    generator, now, left = np.random.default_rng(1), 0.0, int(lines)
    sys.stdout.write("arrival_s,start_s,end_s,task,worker\n")
    while left:
        count = min(left, 100_000)
        came = now + np.cumsum(generator.standard_exponential(count)) / 100
        ended = came + 0.02 * generator.standard_exponential(count)
        sys.stdout.writelines(
            f"{one:.6f},{one:.6f},{other:.6f},a.b,w{number % 16}\n"
            for number, (one, other) in enumerate(zip(came.tolist(), ended.tolist(), strict=True))
        )
        now, left = float(came[-1]), left - count


def million(file: str) -> None:
    """The log of a million lines."""
    service = {"distribution": "lognormal", "mean": "20ms", "cv": 1.0}
    write_log(Path(file), pool(ARRIVALS["poisson"], service, items=1_000_000), seed=1)


def prefetched(
    arrivals: Any, services: Any, pods: int, workers: int, prefetch: int
) -> tuple[Any, Any, Any]:
    """What pods that prefetch stamp as received, their starts, and the pod, of each item."""
    free = [[0.0] * workers for _ in range(pods)]
    begun: list[list[float]] = [[] for _ in range(pods)]
    rows, turn = [], 0
    for came, length in zip(arrivals.tolist(), services.tolist(), strict=True):
        room = [starts[-prefetch] if len(starts) >= prefetch else 0.0 for starts in begun]
        order = [(turn + step) % pods for step in range(pods)]
        pod = min(order, key=lambda candidate: max(room[candidate], came))
        turn = pod + 1
        received = max(came, room[pod])
        start = max(received, heapq.heappop(free[pod]))
        heapq.heappush(free[pod], start + length)
        begun[pod].append(start)
        rows.append((received, start, pod))
    received_at, starts, where = np.array(rows).T
    return received_at, starts, where


def celery_log(path: Path, received: Any, starts: Any, services: Any, where: Any) -> None:
    """Celery's lines, each pod's marked as kubectl does."""
    base = np.datetime64("2024-05-01T09:00:00", "ms")
    lines = []
    for number, (came, start, length, pod) in enumerate(
        zip(received.tolist(), starts.tolist(), services.tolist(), where.tolist(), strict=True)
    ):
        name, mark = f"thumbs.make[{number}]", f"[pod/thumbs-{pod:.0f}/worker] "
        for second, process, said in (
            (came, "MainProcess", "received"),
            (start + length, "ForkPoolWorker-1", f"succeeded in {length!r}s: None"),
        ):
            stamp = str(base + np.timedelta64(int(second * 1000), "ms")).replace("T", " ")
            text = f"{mark}[{stamp.replace('.', ',')}: INFO/{process}] Task {name} {said}"
            lines.append((second, text))
    path.write_text("\n".join(line for _, line in sorted(lines)) + "\n")


def workers_needed(scenario: Scenario, limit: float) -> int:
    """The fewest workers that keep p99 of the wait below a limit."""
    for count in range(1, 100):
        load = (scenario.arrivals.mean_rate or 0) * scenario.stage.service.mean_time / count
        if load < 1 and p99_wait(scenario.changed({"workers.count": count})) < limit:
            return count
    raise AssertionError


def celery() -> None:
    """Prefetching pods at several loads."""
    for pods in (1, 3):
        for load in (0.5, 0.7, 0.8, 0.9, 0.95, 1.02):
            workers = 4
            rate = load * pods * workers / 0.18
            truth = pool({"process": "poisson", "rate": f"{rate}/s"},
                         {"distribution": "lognormal", "mean": "180ms", "cv": 1.0},
                         workers={"count": pods * workers})  # fmt: skip
            draws = Workload.draw(truth, seed=5).all()
            arrivals, services = np.cumsum(draws.gap), draws.demand[0]
            received, starts, where = prefetched(arrivals, services, pods, workers, 2 * workers)
            late = float(np.mean(received > arrivals + 1e-9))
            with tempfile.TemporaryDirectory() as folder:
                log, access = Path(folder) / "worker.log", Path(folder) / "access.csv"
                celery_log(log, received, starts, services, where)
                base = np.datetime64("2024-05-01T09:00:00", "us")
                stamps = (base + (arrivals * 1e6).astype("m8[us]")).astype(str)
                access.write_text("arrival\n" + "\n".join(stamps.tolist()) + "\n")
                log_fit = fit(log, window="all")
                mended: Fit = fit(log, window="all", arrivals=access)
            assert mended.scenario is not None
            need, right = (workers_needed(scenario, 0.3) for scenario in (mended.scenario, truth))
            verdict = "refused" if log_fit.stop else "planned on"
            print(f"{pods} pods, load {load:.2f}: late {late:.1%}, found {log_fit.late:.1%}, "
                  f"{verdict}; with --arrivals {need} workers, truly {right}",
                  flush=True)  # fmt: skip


def trace(file: str) -> None:
    """Odd five-minute blocks of real arrivals foretell the even ones."""
    columns = LogColumns(arrival="TIMESTAMP", duration="GeneratedTokens", unit="25ms",
                      duration_is="service")  # fmt: skip
    log = read_log([file], columns)
    window = window_of(log.first_seen(), None, clock=True)
    work = float(np.nansum(log.duration)) / window.seconds
    for workers in (1, 4, 16, 36):
        factor = LOAD_OF_TRACE * workers / work
        scaled = log.having(duration=log.duration * factor)
        observations = observations_in(scaled, window, workers, None, np.random.default_rng(1))
        holdout = holdout_of(observations, seed=1, blocks=round(window.seconds / 300))
        assert holdout is not None
        off = holdout.predicted_wait / holdout.observed_wait - 1
        print(f"{workers:2} workers: mean wait foretold {holdout.predicted_wait:.3f} s, was "
              f"{holdout.observed_wait:.3f} s, off {off:+.0%}; "
              f"mean response off {holdout.relative_error:+.1%}", flush=True)  # fmt: skip
        recorded = float(fcfs_waits(observations.arrivals, observations.services, workers).mean())
        distribution = choose_distribution(observations.services, np.random.default_rng(1))
        print(f"   mean wait of the whole hour, its items served in order: {recorded:.3f} s")
        for kind in likely_arrival_fits(
            observations.arrivals, observations.seconds, np.random.default_rng(1)
        ):
            means = mean_waits(kind, distribution, observations, workers, 1.0)
            print(f"   behind {kind.name:8} {means.mean():.3f} s, from run to run "
                  f"{means.std(ddof=1) / means.mean():.0%}", flush=True)  # fmt: skip


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "laws"
    parts: dict[str, Any] = {"laws": laws, "speed": speed, "celery": celery, "trace": trace,
                             "million": million, "long": long, "stream": stream}  # fmt: skip
    parts[what](*sys.argv[2:])
