"""The steps of a run: when each could be done, when it was, and by whom.

What lies between is what the machine took: beside known services and plans, that is all that a
Run tells of a machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from queuetwin.model.arrivals.processes import Arrivals
from queuetwin.model.base.arrays import Floats
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.stage import Stage
from queuetwin.model.machine.shared_processor import Sharing
from queuetwin.model.records.run import Columns, Outcome, Run
from queuetwin.model.sampling.draws import Draws

# What a producer spins before its plan, as `Sharing.awake`.
_AWAKE_S = 2e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Steps of one kind; arrays of shape (steps,), instants in seconds.

    `who` took each is the worker's number, below 0 a producer.
    """

    who: NDArray[np.int64]
    due: Floats
    done: Floats

    @property
    def late(self) -> Floats:
        """What each step took."""
        return self.done - self.due

    def kept(self, which: NDArray[np.bool_]) -> Steps:
        """Some of them."""
        return Steps(who=self.who[which], due=self.due[which], done=self.done[which])


def wakings_of(run: Run) -> tuple[Steps, Steps]:
    """Hand-offs to workers that were idle, turn-rounds of workers that found an item waiting."""
    attempts = run.attempts
    served = ~np.isnan(attempts["started"])
    names = ("worker", "started", "finished")
    # By finish too: an attempt of no length may start together with the next one.
    order = np.lexsort([attempts[name][served] for name in reversed(names)])
    worker, started, finished, enqueued = (
        attempts[name][served][order] for name in (*names, "enqueued")
    )
    same = worker[1:] == worker[:-1]
    free_since = finished[:-1]
    found_waiting = enqueued[1:] < free_since
    who = worker[1:].astype(np.int64)
    hand_offs = Steps(who=who, due=enqueued[1:], done=started[1:])
    turn_rounds = Steps(who=who, due=free_since, done=started[1:])
    return hand_offs.kept(same & ~found_waiting), turn_rounds.kept(same & found_waiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Medians in seconds of what the machine added; NaN where the run has no case of it.

    `overshoot` is the service time beyond the demand: of a sleep, or of the user's task.
    """

    lateness: float
    overshoot: float
    hand_off: float
    turn_round: float


def send_lateness(run: Run, arrivals: Arrivals) -> Floats:
    """Offered minus the instant at which its producer could have offered it, shape (items,).

    That is the plan, or the return of that producer's last put where it came later.
    """
    items, producers = run.items, arrivals.producers
    if arrivals.pacing == "outcome":
        returned = items["finished"]
    else:
        returned = np.where(np.isnan(items["accepted"]), items["finished"], items["accepted"])
    last = np.full(len(returned), 0.0)
    last[producers:] = returned[: max(len(returned) - producers, 0)]
    return np.asarray(items["offered"] - np.fmax(items["planned"], last))


def overhead_of(run: Run, scenario: Scenario, draws: Draws) -> Overhead:
    """What this run's machine added to its services and steps."""
    attempts = _of_these(run, draws)
    hand_offs, turn_rounds = wakings_of(run)
    demanded = draws.demand[attempts["attempt"] - 1, attempts["item"]]
    whole = attempts["outcome"] == Outcome.COMPLETED
    over = (attempts["finished"] - attempts["started"] - demanded)[whole]
    stage = scenario.stage
    as_drawn = not (stage.service.slowdown or stage.workers.speeds or stage.workers.breakdown)
    return Overhead(
        lateness=_median(send_lateness(run, scenario.arrivals)),
        overshoot=_median(over) if as_drawn else float("nan"),
        hand_off=_median(hand_offs.late),
        turn_round=_median(turn_rounds.late),
    )


def sharing_of(run: Run, stage: Stage) -> Sharing | None:
    """How workers shared their processor in a real run, from what the run says of its machine.

    None where they only wait, or the run does not say.  Changing hands costs nothing here: what
    that takes, a calibration knows.
    """
    machine, interval = run.header.provenance, run.header.facts.get("switch_interval_start")
    share = stage.service.cpu_share
    if not share or interval is None or not {"shares", "gil", "cores"} <= machine.keys():
        return None
    return Sharing.of(
        machine["shares"],
        gil=machine["gil"],
        cores=machine["cores"],
        switch_interval=interval,
        share=share,
        awake=_AWAKE_S,
    )


def _of_these(run: Run, draws: Draws) -> Columns:
    """The attempts at items that the draws have: a model of other arrivals may have fewer."""
    known = (run.attempts["item"] < len(draws)) & (run.attempts["attempt"] <= len(draws.demand))
    return {name: column[known] for name, column in run.attempts.items()}


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")
