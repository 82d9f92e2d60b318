"""`calibrate`: what this machine adds to every step, measured before what it is to explain.

The best instrument is a run: small known pools are executed as any other, and what they took
beyond their draws is the machine's.  An open pool at a middling load shows late sends, wake-ups
of idle workers, turn-rounds with a full queue, and sleeps beside other sleepers; a backlog shows
what a put costs.  Whoever is late together with others was held up by a stall, which is told
apart.  The run checks judge the open pool: a disturbed calibration is repeated, and
one that cannot be believed is refused.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import numpy as np

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.base.errors import RunError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.measured import Steps, wakings_of
from queuetwin.model.machine.overheads import Overheads, times_of
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.validity.certificate import Certificate, certify
from queuetwin.model.validity.checks import Trust
from queuetwin.realrun.backends.registry import backend_named
from queuetwin.realrun.backends.threads import start_threads
from queuetwin.realrun.calibration.noise import present_noise
from queuetwin.realrun.calibration.stall_detection import stalls_in
from queuetwin.realrun.execution import execute
from queuetwin.realrun.machine import gil_enabled, this_machine
from queuetwin.realrun.pacing.pacer import SPIN_NS, clock
from queuetwin.realrun.serving.burn import TURNS, turn

CALIBRATION_S = 5
"""About how long it takes, undisturbed."""

_TRIES = 3
_OPEN = Scenario.from_dict(
    {
        "duration": "3s",
        "arrivals": {"process": "poisson", "rate": "480/s"},
        "workers": {"count": 4},
        "service": {"distribution": "exponential", "mean": "5ms"},
    }
)
_BACKLOG = Scenario.from_dict(
    {
        "items": 1000,
        "arrivals": {"process": "backlog"},
        "workers": {"count": 4},
        "service": {"distribution": "deterministic", "mean": "1ms"},
    }
)
_WORK = Scenario.from_dict(
    {
        "items": 80,
        "arrivals": {"process": "backlog"},
        "workers": {"count": 4},
        "service": {"distribution": "deterministic", "mean": "10ms", "cpu_share": 1},
    }
)
# Shorter ones do little, and two members that are late by less are so by chance.
_SHORTEST_STALL_S = 5e-4
# A timer that counts milliseconds wakes several at once: that is no stall.
_USUAL = 5
_COMPETITORS = 4
_COMPETE_NS = 500_000_000
_ALONE_NS = 100_000_000


def calibrate(*, backend: str = "threads") -> Overheads:
    """Measure this machine with this Python and this backend, in about five seconds.

    Raises ValueError for a backend that does not exist, RunError when the machine is too
    disturbed, three times in a row.
    """
    shares = backend_named(backend).shares
    sleep_late = present_noise().sleep_late
    run, workload = _undisturbed(backend)
    steps = _steps(run, workload)
    usual = max(_SHORTEST_STALL_S, _USUAL * float(np.median(steps["overshoot"].late)))
    stalls = stalls_in(list(steps.values()), usual)
    foreign = run.header.facts.get("foreign_cores")
    return Overheads(
        backend=backend,
        shares=shares,
        machine=this_machine(),
        measured_at=datetime.now(UTC).replace(microsecond=0),
        foreign_cores=None if foreign is None else round(foreign, 3),
        sleep_late=sleep_late,
        put=times_of(np.diff(execute(_BACKLOG, backend=backend).items["accepted"])),
        **{name: times_of(stalls.outside(taken).late) for name, taken in steps.items()},
        stalls_per_second=round(stalls.per_second(run.header.window), 3),
        stall_lengths=times_of(stalls.lengths) if len(stalls.lengths) else (),
        awake=SPIN_NS / SECOND_NS,
        work_rate=round(_work_rate()),
        processor_share=round(_processor_share(backend), 4),
        switch_interval=sys.getswitchinterval(),
    )


def _undisturbed(backend: str) -> tuple[Run, Workload]:
    """The first of a few runs that is valid, else the least disturbed of those that may count."""
    found: list[tuple[Certificate, Run, Workload]] = []
    for replication in range(_TRIES):
        workload = Workload.draw(_OPEN, replication=replication)
        run = execute(_OPEN, workload, backend=backend)
        found.append((certify(run, _OPEN, workload), run, workload))
        if found[-1][0].trust is Trust.VALID:
            break
    certificate, run, workload = min(found, key=lambda one: one[0].trust.badness)
    if certificate.trust is Trust.INVALID:
        reasons = "; ".join(certificate.reasons)
        raise RunError(f"this machine is too disturbed to be calibrated: {reasons}")
    return run, workload


def _steps(run: Run, workload: Workload) -> dict[str, Steps]:
    """All that was done in the open pool, by the name of its overhead."""
    items, attempts = run.items, run.attempts
    hand_offs, turn_rounds = wakings_of(run)
    drawn = workload.all().lengths()[attempts["attempt"] - 1, attempts["item"]]
    accepted, worker = items["accepted"], attempts["worker"].astype(np.int64)
    return {
        "lateness": Steps(
            who=np.full(len(accepted), -1),
            due=np.fmax(items["planned"], np.append(0.0, accepted[:-1])),
            done=accepted,
        ),
        "hand_off": hand_offs,
        "turn_round": turn_rounds,
        "overshoot": Steps(who=worker, due=attempts["started"] + drawn, done=attempts["finished"]),
    }


def _work_rate() -> float:
    """Turns of an empty loop per second of processor time, alone."""
    turns, began = 0, time.thread_time_ns()
    end = clock() + _ALONE_NS
    while clock() < end:
        turn()
        turns += TURNS
    return turns * SECOND_NS / (time.thread_time_ns() - began)


def _processor_share(backend: str) -> float:
    """Work that workers get done between them, as a share of what their processors have."""
    if backend_named(backend).shares == "processors":
        attempts = execute(_WORK, backend=backend).attempts
        lasts = float(attempts["finished"].max() - attempts["started"].min())
        places = min(this_machine().cores, _WORK.stage.workers.number)
        return min(float(attempts["cpu"].sum()) / lasts / places, 1.0)
    return _thread_share()


def _thread_share() -> float:
    """The same of competing threads, which have one place where there is a GIL."""
    spent = [0] * _COMPETITORS
    end = clock() + _COMPETE_NS

    def compete(number: int) -> None:
        while clock() < end:
            turn()
        spent[number] = time.thread_time_ns()

    began = clock()
    thread_targets: list[Callable[[], None]] = [partial(compete, n) for n in range(_COMPETITORS)]
    for thread in start_threads(thread_targets, "competitor"):
        thread.join()
    places = 1 if gil_enabled() else this_machine().cores
    return min(sum(spent) / (clock() - began) / min(places, _COMPETITORS), 1.0)
