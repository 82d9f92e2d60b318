"""One half of a log foretells the other, and says by how much it was off.

The halves are interleaved blocks, so a day that drifts is in both.  The fit sees the odd blocks
only; a rate that changes by the clock is drawn straight from the midst of one to the next, and
recorded arrivals are repeated.  What is foretold are the items of the even blocks, as the log
shows them or, where it shows no waits, as its own items are served in order by so many workers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from queuetwin.model.base.arrays import Floats
from queuetwin.model.base.units import format_duration, format_rate
from queuetwin.model.engines.fcfs_waits import fcfs_waits
from queuetwin.model.engines.simulation import simulate
from queuetwin.model.fitting.draft import Draft, drafted
from queuetwin.model.fitting.observations import Observations, block_of, half
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.run import Outcome, Run
from queuetwin.model.sampling.workload import Workload

__all__ = ["Holdout", "second_half"]

_BLOCKS = 12
_FEWEST = 400
_ITEMS = 100_000
_MOST_RUNS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Mean waiting and response time of the second half, in seconds: foretold, and as it was.

    `logged` says whether the log itself shows the waits.
    """

    wait: float
    wait_seen: float
    response: float
    response_seen: float
    logged: bool

    @property
    def off(self) -> float:
        """By how much the mean response was off, as a share."""
        return self.response / self.response_seen - 1


def second_half(seen: Observations, seed: int, blocks: int = _BLOCKS) -> Holdout | None:
    """The even blocks foretold from the odd ones.

    None where there are too few items, or more than the workers can do and no limit.
    """
    odd, even = half(seen, blocks, 0), half(seen, blocks, 1)
    if min(len(one.arrivals) for one in (odd, even)) < _FEWEST:
        return None
    draft = _on_the_whole_window(drafted(odd, np.random.default_rng(seed)), odd, seen, blocks)
    load = len(odd.arrivals) / odd.seconds * float(odd.services.mean()) / odd.workers
    scenario = draft.scenario("half", seed)
    if load >= 1 and seen.capacity is None and scenario.items is not None:
        return None
    wait, response = _foretold(scenario, seen.seconds, blocks)
    wait_seen, logged = _wait_seen(seen, blocks)
    return Holdout(
        wait=wait, response=response, wait_seen=wait_seen,
        response_seen=wait_seen + float(even.services.mean()), logged=logged,
    )  # fmt: skip


def _on_the_whole_window(draft: Draft, odd: Observations, seen: Observations, blocks: int) -> Draft:
    """The draft of the odd blocks, with a guess of what comes in the even ones."""
    comings, service, tables = draft.comings, draft.service, dict(draft.tables)
    length = seen.seconds / blocks
    if comings.name == "profile":
        points = _from_midst_to_midst(odd, length)
        table = {"process": "profile", "shape": "linear", "points": points}
        comings = replace(comings, table=table)
        tables["duration"] = f"{seen.seconds!r}s"
    elif comings.instants is not None:
        came = comings.instants + odd.arrivals[0]
        once = came + (came / length).astype(np.int64) * length
        both = np.concatenate([once, once + length])
        order = np.argsort(both, kind="stable")
        order = order[both[order] < seen.seconds]
        comings = replace(comings, instants=both[order] - both[order[0]])
        if service.is_in_order and service.samples is not None:
            service = replace(service, samples=np.tile(service.samples, 2)[order])
    else:
        tables["items"] = _ITEMS
    return replace(draft, comings=comings, tables=tables, service=service.light())


def _from_midst_to_midst(odd: Observations, length: float) -> list[list[str]]:
    """Points of a profile: the rate of each odd block in its midst."""
    pieces = round(odd.seconds / length)
    block = block_of(odd.arrivals, odd.seconds, pieces)
    rates = np.bincount(block, minlength=pieces) / length
    points = [
        [format_duration((2 * place + 0.5) * length), format_rate(rate) if rate else "0/s"]
        for place, rate in enumerate(rates.tolist())
    ]
    return [["0s", points[0][1]], *points]


def _foretold(scenario: Scenario, seconds: float, blocks: int) -> tuple[float, float]:
    """Mean waiting and response time over as many runs as it takes."""
    stationary = scenario.items is not None
    runs = 1
    if not stationary:
        length = len(Workload.draw(scenario).all())
        runs = min(_MOST_RUNS, max(1, _ITEMS // max(length, 1)))
    sums: Any = np.zeros(3)
    for replication in range(runs):
        run = simulate(scenario, Workload.draw(scenario, replication=replication), engine="auto")
        even = None if stationary else block_of(run.items["planned"], seconds, blocks) % 2 == 1
        sums += _sums(run, even)
    return float(sums[0] / sums[2]), float(sums[1] / sums[2])


def _sums(run: Run, wanted: Any) -> Floats:
    """Sums of waits and of responses of completed items, and how many there were."""
    planned = run.items["planned"]
    chosen = run.items["outcome"] == Outcome.COMPLETED
    if wanted is not None:
        chosen = chosen & wanted
    first = run.attempts["attempt"] == 1
    started = np.full(len(planned), np.nan)
    started[run.attempts["item"][first]] = run.attempts["started"][first]
    waits = (started - planned)[chosen]
    responses = (run.items["finished"] - planned)[chosen]
    return np.array([waits.sum(), responses.sum(), len(waits)])


def _wait_seen(seen: Observations, blocks: int) -> tuple[float, bool]:
    """Mean wait of the items of the even blocks, and whether the log itself shows it."""
    known = ~np.isnan(seen.waits)
    if known.all():
        even = block_of(seen.served_at, seen.seconds, blocks) % 2 == 1
        return float(seen.waits[even].mean()), True
    count = min(len(seen.arrivals), len(seen.services))
    waits = fcfs_waits(seen.arrivals[:count], seen.services[:count], seen.workers)
    even = block_of(seen.arrivals[:count], seen.seconds, blocks) % 2 == 1
    return float(waits[even].mean()), False
