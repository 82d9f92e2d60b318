"""`execute`: the same scenario and workload as the model's, on real workers, into a Run.

The main thread paces nothing and serves nothing.  It starts the producers and the backend's team,
waits until the line is quiet, watches for a stop and for a worker that hangs, ends all threads,
and puts the logs together.  Whatever ends a run, what was done is kept.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.base.errors import RunError
from queuetwin.model.engines.simulation import Stop, header_of
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Columns, Outcome, Run
from queuetwin.model.records.tables import Presence, presence_table
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.sampling.workload import Workload
from queuetwin.realrun.backends.backend import Backend, Job, Team, refuse
from queuetwin.realrun.backends.registry import backend_named
from queuetwin.realrun.backends.threads import join_all, start_threads
from queuetwin.realrun.line.line import Line
from queuetwin.realrun.line.line_rules import LineRules
from queuetwin.realrun.machine import facts_between, provenance, read_machine
from queuetwin.realrun.pacing.pacer import clock, wait_until
from queuetwin.realrun.pacing.pacing_limit import refuse_unpaced
from queuetwin.realrun.pacing.producers import PutLog, SendPlan, Wait, produce
from queuetwin.realrun.recorder import error_texts, tables
from queuetwin.realrun.serving.services import load_task, nanoseconds, service_of
from queuetwin.realrun.serving.worker import WorkerLog

# Time for all threads to have started before the first item is due.
_LEAD_NS = 50_000_000
_LOOK_EVERY_S = 0.05
_JOIN_S = 2.0
_FAR_NS = 1 << 62

Observer = Callable[[int, int], None]


def execute(
    scenario: Scenario,
    workload: Workload | None = None,
    *,
    backend: str = "threads",
    observer: Observer | None = None,
    stop: Stop | None = None,
    wait: Wait = wait_until,
) -> Run:
    """Run every item of the scenario on real workers, and say what happened to it.

    The `backend` is "threads", "processes", "asyncio", "executor" or "redis" (at the server that
    QUEUETWIN_REDIS names).  `observer(done, planned)` is told how far the run is; once
    `stop.is_set()`, the run ends and what was done is kept (`run.header.ended`).  Producers `wait`
    for their instants by the pacer; a faulty one is for the self-test.  Raises ValueError for
    a backend that does not exist, ScenarioError when the task cannot be imported or the scenario
    holds what the backend cannot do, RunError when the machine cannot start so many threads or
    processes, cannot send at such a rate, or has no Redis server.
    """
    chosen = backend_named(backend)
    workload = workload or Workload.draw(scenario)
    task = load_task(scenario)
    refuse(chosen, scenario, task)
    participants = _Participants.make_team(chosen, scenario, workload, task, wait)
    before = read_machine()
    gc.collect()
    gc.freeze()
    try:
        participants.start()
        ended = _watch(participants, scenario, observer, stop)
    finally:
        participants.stopping.set()
        participants.line.close()
        gc.unfreeze()
        closed = clock()
        participants.team.interrupt()
        left = join_all([*participants.threads, *participants.team.threads()], _JOIN_S)
    after = read_machine().with_own(participants.team.remote_processor_time())
    facts = {**facts_between(before, after), "threads_left": left, "hiccup": participants.hiccup}
    return _run(participants, scenario, workload, chosen, ended, closed, facts)


@dataclass(slots=True)
class _Participants:
    """The threads of a run, and the logs that they write.

    `hiccup` is by how much (s) the main thread, which only waits, woke too late at worst.
    """

    team: Team
    plan: SendPlan
    draws: Draws
    puts: list[PutLog]
    logs: list[WorkerLog]
    thread_targets: dict[str, list[Callable[[], None]]]
    stopping: threading.Event
    threads: list[threading.Thread] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    hiccup: float = 0.0

    @staticmethod
    def make_team(
        backend: Backend,
        scenario: Scenario,
        workload: Workload,
        task: Callable[[Any], Any] | None,
        wait: Wait,
    ) -> _Participants:
        draws, outages, stopping = workload.all(), workload.outages(), threading.Event()
        producers = min(scenario.arrivals.producers, len(draws))
        plan = _plan(scenario, draws, producers, wait)
        logs = [WorkerLog() for _ in range(scenario.stage.workers.most)]

        def origin() -> int:
            return plan.origin

        job = Job(
            scenario=scenario,
            workload=workload,
            draws=draws,
            outages=outages,
            rules=LineRules.of(scenario, draws, outages, producers),
            logs=logs,
            backoff=nanoseconds(draws.backoff).tolist(),
            serve=service_of(scenario, draws, outages, task, origin=origin, stopping=stopping),
            origin=origin,
            stopping=stopping,
        )
        team = backend.make_team(job)
        puts = [PutLog() for _ in range(producers)]
        produces: list[Callable[[], None]] = [
            partial(produce, number, plan, team.line, log, stopping)
            for number, log in enumerate(puts)
        ]
        thread_targets = {**team.thread_targets(), "producer": produces}
        return _Participants(team, plan, draws, puts, logs, thread_targets, stopping)

    @property
    def line(self) -> Line:
        """What producers and workers share."""
        return self.team.line

    def done(self) -> int:
        """How many items have had their last attempt or were refused, never too many."""
        ended = sum(len(log.rows) for log in self.logs)
        return max(ended - self.line.sent_back, 0) + len(self.line.unserved)

    def start(self) -> None:
        """Start every thread; the first item is due shortly after the last has started."""
        self.plan.origin = clock() + _LEAD_NS + len(self.logs) * 100_000
        self.line.open(self.plan.origin)
        try:
            for kind, thread_targets in self.thread_targets.items():
                self.threads += start_threads(
                    [partial(self._guarded, target) for target in thread_targets], kind
                )
        except RuntimeError as fault:
            count = sum(len(thread_targets) for thread_targets in self.thread_targets.values())
            raise RunError(f"this machine cannot start {count:,} threads: {fault}") from None

    def _guarded(self, target: Callable[[], None]) -> None:
        try:
            target()
        except Exception as fault:  # noqa: BLE001 - the main thread raises it again
            self.faults.append(fault)


def _plan(scenario: Scenario, draws: Draws, producers: int, wait: Wait) -> SendPlan:
    pacing, duration = scenario.arrivals.pacing, scenario.duration
    # One nanosecond late rather than a rounding early: nothing is offered before its plan.
    schedule = (np.cumsum(draws.gap) * SECOND_NS).astype(np.int64) + 1
    # By schedule the workload holds just the items planned before the duration ends.
    ends = pacing != "schedule" and duration is not None
    return SendPlan(
        producers=producers,
        items=len(draws),
        schedule=schedule.tolist() if pacing == "schedule" else None,
        gap=(draws.gap * SECOND_NS).astype(np.int64).tolist(),
        until_outcome=pacing == "outcome",
        end=round((duration or 0.0) * SECOND_NS) if ends else _FAR_NS,
        wait=wait,
    )


def _watch(
    participants: _Participants, scenario: Scenario, observer: Observer | None, stop: Stop | None
) -> str:
    """Wait for the end of the run; "complete", or why it ends now."""
    limit, items = round(scenario.stage.service.hang_limit * SECOND_NS), len(participants.draws)
    while not _is_quiet(participants):
        if participants.faults:
            raise participants.faults[0]
        if observer is not None:
            observer(participants.done(), items)
        if stop is not None and stop.is_set():
            return "stopped"
        now = clock()
        refuse_unpaced(scenario, participants.puts, participants.plan.origin, now)
        for number, log in enumerate(participants.logs):
            entry, started = log.entry, log.started
            if entry is not None and scenario.stage.service.task and now - started > limit:
                seconds = limit / SECOND_NS
                return f"worker-{number} hangs in item {entry[0]}, for more than {seconds:g} s"
    return participants.line.ended_early or "complete"


def _is_quiet(participants: _Participants) -> bool:
    """Whether the run is over, after a short wait; and how late that wait ended."""
    asked = clock()
    if participants.line.wait_quiet(_LOOK_EVERY_S):
        return True
    participants.hiccup = max(participants.hiccup, (clock() - asked) / SECOND_NS - _LOOK_EVERY_S)
    return False


def _run(
    participants: _Participants,
    scenario: Scenario,
    workload: Workload,
    backend: Backend,
    ended: str,
    closed: int,
    facts: dict[str, Any],
) -> Run:
    draws, origin = participants.draws, participants.plan.origin
    by_schedule = scenario.arrivals.pacing == "schedule"
    # A worker that hangs may yet come back and write: from here on only copies are read.
    logs = [log.copy() for log in participants.logs]
    items, attempts = tables(
        participants.puts,
        participants.line,
        logs,
        origin=origin,
        planned=np.cumsum(draws.gap) if by_schedule else np.full(len(draws), np.nan),
        draws=draws,
    )
    if ended == "no worker left" and _all_ended(items, len(draws)):
        # The last one left before the last producer had said that it was done.
        ended = "complete"
    last = [items["finished"]]
    if ended != "complete":
        # Services that were under way when the line closed may have ended after that.
        last += [np.array([(closed - origin) / SECOND_NS])]
        last += [items["offered"], attempts["started"], attempts["finished"]]
    window = float(np.nanmax(np.concatenate(last), initial=0.0))
    return Run(
        header=header_of(
            scenario,
            workload,
            engine=backend.name,
            real=True,
            window=window,
            ended=ended,
            facts=facts,
            errors=error_texts(logs),
            provenance={
                **provenance(),
                "shares": backend.shares,
                "finished_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            },
        ),
        items=items,
        attempts=attempts,
        workers=presence_table(_presences(participants, window), window),
    )


def _all_ended(items: Columns, count: int) -> bool:
    open_ended = np.isin(items["outcome"], (Outcome.NOT_OFFERED, Outcome.UNFINISHED))
    return len(open_ended) == count and not open_ended.any()


def _presences(participants: _Participants, window: float) -> list[Presence]:
    """The presences of all workers, in seconds of the run."""
    origin = participants.plan.origin
    end = origin + round(window * SECOND_NS)
    return [
        (
            worker,
            (came - origin) / SECOND_NS,
            window if left == end else (left - origin) / SECOND_NS,
            why,
        )
        for worker, came, left, why in participants.line.attendance.lasting(end)
    ]
