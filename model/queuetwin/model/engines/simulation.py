"""`simulate`: from (scenario, workload) to a Run, by the engine that was asked for.

An engine gives the three tables; which engine it is, and the header, are settled here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from typing import Any, Literal, Protocol

import numpy as np

from queuetwin.model.base.environment import machine_memory
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.language.traffic import expected_items, long_run
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.machine.shared_processor import Sharing
from queuetwin.model.machine.stalls import Stalls
from queuetwin.model.records.run import Header, Records, Run, StageHeader
from queuetwin.model.sampling.draws import Draws
from queuetwin.model.sampling.workload import Workload

Observer = Callable[[int, int], None]
Engine = Literal["auto", "simpy", "fast"]

# From here on the compiled engine is sooner done, the loading of its code counted.
_FEWEST_FOR_FAST = 150_000

# Packages are looked up on disk, which takes longer than a small run.
_version = cache(version)

# Bytes an item and bytes a drawn attempt of it, measured as the peak of a process.
_COMPILED, _SIMPY = (200, 70), (550, 220)
_DIGITS = 2


class Stop(Protocol):
    """Anything that can be asked whether to stop, such as a `threading.Event`."""

    def is_set(self) -> bool:
        """Whether to stop."""


def simulate(
    scenario: Scenario,
    workload: Workload | None = None,
    *,
    engine: Engine = "auto",
    overheads: Overheads | None = None,
    observer: Observer | None = None,
    stop: Stop | None = None,
) -> Run:
    """Predict what happens to every item of the scenario.

    Both engines give the same Run; "auto" takes the one that answers sooner (`run.header.engine`
    says which it was).  `workload` defaults to the scenario's own seed; `overheads` are what a
    machine adds, none in a nominal model; `observer(arrived, planned)` is told how far the run
    is; once `stop.is_set()`, the run ends early and what was done is kept (SimPy only: the other
    is done before one could ask).  Raises ScenarioError for "fast" on shared processors, which
    only SimPy knows, and for a Run that is larger than the machine's memory.

    >>> from queuetwin.model import Scenario
    >>> from queuetwin.model.records.run import Outcome
    >>> pool = Scenario.from_dict({"items": 20, "arrivals": {"process": "backlog"},
    ...     "queue": {"capacity": 10, "when_full": "reject"}, "workers": {"count": 3},
    ...     "service": {"distribution": "deterministic", "mean": "10ms"}})
    >>> int((simulate(pool).items["outcome"] == Outcome.COMPLETED).sum())
    13
    """
    workload = workload or Workload.draw(scenario)
    sharing = None if overheads is None else overheads.sharing(scenario.stage)
    by_simpy = engine == "simpy" or (engine == "auto" and sharing is not None)
    refuse_too_large(workload.scenario, by_simpy=by_simpy)
    draws = workload.all()
    if overheads is not None:
        draws = overheads.applied(draws, scenario, workload)
    return simulate_draws(
        scenario,
        workload,
        draws,
        engine=engine,
        sharing=sharing,
        stalls=None if overheads is None else overheads.stalls(scenario.stage, workload),
        observer=observer,
        stop=stop,
    )


def simulate_draws(
    scenario: Scenario,
    workload: Workload,
    draws: Draws,
    *,
    engine: Engine = "auto",
    sharing: Sharing | None = None,
    stalls: Stalls | None = None,
    observer: Observer | None = None,
    stop: Stop | None = None,
) -> Run:
    """The same for draws that differ from the workload's, as a replay of a real run does."""
    if engine not in ("auto", "simpy", "fast"):
        raise ValueError(f'no engine is called "{engine}": write "auto", "simpy" or "fast"')
    many = len(draws) >= _FEWEST_FOR_FAST and not (stop is not None and stop.is_set())
    if engine == "fast" and sharing is not None:
        message = 'the fast engine does not know this: engine "simpy" does'
        raise scenario.source.error("service.cpu_share", "", message)
    if engine == "fast" or (engine == "auto" and many and sharing is None):
        from queuetwin.model.engines.compiled.engine import simulate_compiled

        found = simulate_compiled(scenario, draws, workload.outages(), stalls)
        if observer is not None:
            observer(len(draws), len(draws))
        return _run(scenario, workload, found, "fast", "numba")
    found = _by_simpy(scenario, workload, draws, sharing, stalls, observer, stop)
    return _run(scenario, workload, found, "simpy", "simpy")


def _by_simpy(
    scenario: Scenario,
    workload: Workload,
    draws: Draws,
    sharing: Sharing | None,
    stalls: Stalls | None,
    observer: Observer | None,
    stop: Stop | None,
) -> Records:
    from queuetwin.model.engines.reference.engine import Stopped, simulate_reference

    def progress(item: int) -> None:
        if stop is not None and stop.is_set():
            raise Stopped
        if observer is not None:
            observer(item, len(draws))

    watched = observer is not None or stop is not None
    told = progress if watched else None
    return simulate_reference(scenario, draws, workload.outages(), told, sharing, stalls)


def _run(scenario: Scenario, workload: Workload, found: Records, engine: str, package: str) -> Run:
    return Run(
        header=header_of(
            scenario,
            workload,
            engine=engine,
            real=False,
            window=found.window,
            ended=found.ended,
            provenance={package: _version(package), "numpy": np.__version__},
        ),
        items=found.items,
        attempts=found.attempts,
        workers=found.workers,
    )


def header_of(scenario: Scenario, workload: Workload, **rest: Any) -> Header:
    """The part of a header that follows from what was asked for, with the rest as given."""
    stage = scenario.stage
    return Header(
        stages=(
            StageHeader(
                name=stage.name,
                workers=stage.workers.number,
                capacity=stage.queue.capacity,
                when_full=stage.queue.when_full,
            ),
        ),
        seed=workload.seed,
        replication=workload.replication,
        digest=workload.digest,
        scenario=scenario.document,
        **rest,
    )


def refuse_too_large(scenario: Scenario, *, by_simpy: bool) -> None:
    """Raise ScenarioError for a Run that is larger than the machine's memory."""
    count, memory = expected_items(scenario), machine_memory()
    if count is None or memory is None:
        return
    an_item, an_attempt = _SIMPY if by_simpy else _COMPILED
    each = an_item + an_attempt * scenario.stage.failures.attempts
    if count * each <= memory:
        return
    key = "duration" if scenario.items is None else "items"
    instead = "`predict` gives the figures of the long run without holding it, or "
    message = (
        f"a Run of {count:,.0f} items would take {count * each / 1e9:,.0f} GB, and this machine "
        f"has {memory / 1e9:,.0f}: {instead if long_run(scenario) else ''}"
        f"write at most {_rounded_down(memory // each):,} items"
    )
    raise scenario.source.error(key, "", message)


def _rounded_down(number: int) -> int:
    step: int = 10 ** max(len(str(number)) - _DIGITS, 0)
    return number // step * step
