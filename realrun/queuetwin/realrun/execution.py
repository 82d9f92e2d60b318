"""`execute`: the same scenario and workload as the model's, on real workers, into a Run.

The main thread paces nothing and serves nothing.  It starts producers, return line and
workers, waits until the line is quiet, watches for a stop and for a worker that hangs, sends
everyone home, and lays the logs together.  Whatever ends a run, what was done is kept.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from queuetwin.model.errors import RunError
from queuetwin.model.run import Run
from queuetwin.model.scenario import Scenario
from queuetwin.model.simulation import Stop, header_of, workers_of
from queuetwin.model.workload import Draws, Workload
from queuetwin.realrun.line import Line
from queuetwin.realrun.machine import facts_between, provenance, read_machine
from queuetwin.realrun.pacer import clock
from queuetwin.realrun.producers import Plan, PutLog, produce, run_return_line
from queuetwin.realrun.recorder import error_texts, tables
from queuetwin.realrun.tasks import load_task
from queuetwin.realrun.threads import join_all, make_line, start_threads
from queuetwin.realrun.worker import Log, Service, Sleep, Task, work

__all__ = ["execute"]

_SECOND_NS = 1_000_000_000
# Time for all threads to have started before the first item is due.
_LEAD_NS = 50_000_000
_LOOK_EVERY_S = 0.05
_GO_HOME_S = 2.0
_FAR_NS = 1 << 62

Observer = Callable[[int, int], None]


def execute(
    scenario: Scenario,
    workload: Workload | None = None,
    *,
    backend: Literal["threads"] = "threads",
    observer: Observer | None = None,
    stop: Stop | None = None,
) -> Run:
    """Run every item of the scenario on real threads, and say what happened to it.

    `observer(done, planned)` is told how far the run is; once `stop.is_set()`, the run ends and
    what was done is kept (`run.header.ended`).  Raises ScenarioError when the task cannot be
    imported, RunError when the machine cannot start so many threads.
    """
    if backend != "threads":
        raise ValueError(f"no backend called {backend!r}: there is threads")
    workload = workload or Workload.draw(scenario)
    task = load_task(scenario)
    draws = workload.all()
    stopping = threading.Event()
    crew = _Crew.hire(scenario, draws, _service(scenario, draws, task, stopping), stopping)
    before = read_machine()
    gc.collect()
    gc.freeze()
    try:
        crew.start()
        ended = _watch(crew, scenario, len(draws), observer, stop)
    finally:
        stopping.set()
        crew.line.close()
        gc.unfreeze()
    closed = clock()
    left = join_all(crew.threads, _GO_HOME_S)
    facts = {**facts_between(before, read_machine()), "threads_left": left}
    return _run(crew, scenario, workload, draws, ended, closed, facts)


@dataclass(slots=True)
class _Crew:
    """Everyone who takes part in a run, and what they write in."""

    line: Line
    plan: Plan
    puts: list[PutLog]
    returns: PutLog
    logs: list[Log]
    lives: dict[str, list[Callable[[], None]]]
    threads: list[threading.Thread]

    @staticmethod
    def hire(scenario: Scenario, draws: Draws, serve: Service, stopping: threading.Event) -> _Crew:
        stage, arrivals = scenario.stage, scenario.arrivals
        producers = min(arrivals.producers, len(draws))
        line = make_line(
            capacity=stage.queue.capacity,
            refuses=stage.queue.when_full == "reject",
            workers=stage.workers.count,
            producers=producers,
        )
        plan = _plan(scenario, draws, producers)
        puts = [PutLog() for _ in range(producers)]
        logs = [Log() for _ in range(stage.workers.count)]
        returns = PutLog()
        rules = {
            "attempts": stage.failures.attempts,
            "backoff": _nanoseconds(stage.failures.backoff),
        }
        lives: dict[str, list[Callable[[], None]]] = {
            "worker": [partial(work, line, serve, log, **rules) for log in logs],
            "return-line": [partial(run_return_line, line, returns)],
            "producer": [
                partial(produce, number, plan, line, log, stopping)
                for number, log in enumerate(puts)
            ],
        }
        return _Crew(line, plan, puts, returns, logs, lives, [])

    def done(self) -> int:
        """How many items have had their last attempt or were refused, never too many."""
        ended = sum(len(log.rows) for log in self.logs)
        return max(ended - self.line.sent_back, 0) + self.line.refused

    def start(self) -> None:
        """Start every thread; the first item is due shortly after the last has started."""
        self.plan.origin = clock() + _LEAD_NS + len(self.logs) * 100_000
        try:
            for kind, lives in self.lives.items():
                self.threads += start_threads(lives, kind)
        except RuntimeError as fault:
            count = sum(len(lives) for lives in self.lives.values())
            raise RunError(f"this machine cannot start {count:,} threads: {fault}") from None


def _plan(scenario: Scenario, draws: Draws, producers: int) -> Plan:
    by_gap = scenario.arrivals.pacing == "gap"
    # One nanosecond late rather than a rounding early: nothing is offered before its plan.
    schedule = (np.cumsum(draws.gap) * _SECOND_NS).astype(np.int64) + 1
    duration = scenario.duration
    return Plan(
        producers=producers,
        items=len(draws),
        schedule=None if by_gap else schedule.tolist(),
        gap=(draws.gap * _SECOND_NS).astype(np.int64).tolist(),
        # By schedule the workload holds just the items planned before the duration ends.
        end=_nanoseconds(duration) if by_gap and duration is not None else _FAR_NS,
    )


def _service(
    scenario: Scenario,
    draws: Draws,
    task: Callable[[int], Any] | None,
    stopping: threading.Event,
) -> Service:
    fails = draws.fails.tolist()
    costs = scenario.stage.failures.cost == "full"
    if task is not None:
        return Task(call=task, payload=draws.payload.tolist(), fails=fails, failing_costs=costs)
    demand = draws.demand if costs else np.where(draws.fails, 0.0, draws.demand)
    nanoseconds = (demand * _SECOND_NS).round().astype(np.int64).tolist()
    return Sleep(demand=nanoseconds, fails=fails, stopping=stopping)


def _watch(
    crew: _Crew, scenario: Scenario, items: int, observer: Observer | None, stop: Stop | None
) -> str:
    """Wait for the end of the run; "complete", or why it ends now."""
    limit = _nanoseconds(scenario.stage.service.hang_limit)
    while not crew.line.wait_quiet(_LOOK_EVERY_S):
        if observer is not None:
            observer(crew.done(), items)
        if stop is not None and stop.is_set():
            return "stopped"
        now = clock()
        for number, log in enumerate(crew.logs):
            entry, started = log.entry, log.started
            if entry is not None and scenario.stage.service.task and now - started > limit:
                seconds = limit / _SECOND_NS
                return f"worker-{number} hangs in item {entry[0]}, for more than {seconds:g} s"
    return "complete"


def _run(
    crew: _Crew,
    scenario: Scenario,
    workload: Workload,
    draws: Draws,
    ended: str,
    closed: int,
    facts: dict[str, Any],
) -> Run:
    by_gap = scenario.arrivals.pacing == "gap"
    # A worker that hangs may yet come back and write: from here on only copies are read.
    logs = [log.copy() for log in crew.logs]
    items, attempts = tables(
        crew.puts,
        crew.returns,
        logs,
        origin=crew.plan.origin,
        planned=np.full(len(draws), np.nan) if by_gap else np.cumsum(draws.gap),
        tries=scenario.stage.failures.attempts,
    )
    last = [items["finished"]]
    if ended != "complete":
        # Services that were under way when the line closed may have ended after that.
        last += [np.array([(closed - crew.plan.origin) / _SECOND_NS])]
        last += [items["offered"], attempts["started"], attempts["finished"]]
    window = float(np.nanmax(np.concatenate(last), initial=0.0))
    return Run(
        header=header_of(
            scenario,
            workload,
            engine="threads",
            real=True,
            window=window,
            ended=ended,
            facts=facts,
            errors=error_texts(logs),
            provenance={**provenance(), "finished_at": time.strftime("%Y-%m-%dT%H:%M:%S%z")},
        ),
        items=items,
        attempts=attempts,
        workers=workers_of(scenario.stage.workers.count, window),
    )


def _nanoseconds(seconds: float) -> int:
    return round(seconds * _SECOND_NS)
