"""What this machine can tell apart: real runs against real runs, and against injected faults.

Real against real must come out SAME, or no verdict of this machine means anything; an injected
fault must be caught, or SAME does not mean much.  Every comparison is of five runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from queuetwin.model.base.errors import RunError
from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.statistics.group_sequential import level_of
from queuetwin.model.validity.checks import Trust
from queuetwin.model.validity.sending_checks import LATE_P50, LATE_P99
from queuetwin.reports.comparison.comparer import Comparison, certified, compare
from queuetwin.reports.comparison.injected_faults import INJECTED_FAULTS, InjectedFault
from queuetwin.reports.comparison.paired_difference import Apart, apart
from queuetwin.reports.comparison.real_runs import RUNS
from queuetwin.reports.comparison.verdicts import MARGINS, Verdict, overall


@dataclass(frozen=True, slots=True, kw_only=True)
class RealAgainstReal:
    """Two times five real runs of the same items; NO VERDICT where a run is not believed."""

    measures: Mapping[str, Apart]
    verdict: Verdict


def real_against_real(one: Sequence[Run], other: Sequence[Run]) -> RealAgainstReal:
    """Both sides ran the same items: they differ by what the machine did."""
    level = level_of(1)
    measures = {
        name: offset
        for name, margin in MARGINS.items()
        if (offset := apart(name, margin, one, other, level)) is not None
    }
    believed = all(certified(run).trust is not Trust.INVALID for run in (*one, *other))
    verdict = overall(offset.verdict for offset in measures.values())
    return RealAgainstReal(measures=measures, verdict=verdict if believed else Verdict.NO_VERDICT)


def five(scenario: Scenario, run: Callable[[Scenario, Workload], Run]) -> list[Run]:
    """Five runs, each made by `run`.  Raises RunError where one ends early."""
    runs = []
    for replication in range(RUNS):
        done = run(scenario, Workload.draw(scenario, replication=replication))
        if not done.header.ended_by_itself:
            raise RunError(f"a run ended early: {done.header.ended}")
        runs.append(done)
    return runs


def injected_comparisons(
    overheads: Overheads | None, healthy: Sequence[Run]
) -> Iterator[tuple[InjectedFault, Comparison]]:
    """Each fault in the scenario where it must be found; `healthy` are five runs of the pool."""
    for fault in INJECTED_FAULTS.values():
        if fault.loses_an_item:
            runs = [fault.recorded(run) for run in healthy]
        else:
            runs = five(fault.scenario, fault.execute)
        yield fault, compare(fault.scenario, runs=runs, overheads=overheads)


def shortest_service(overheads: Overheads) -> float:
    """Seconds of mean service from which the run checks are content with how late items go."""
    late = np.array(overheads.lateness)
    typical, worst = float(np.quantile(late, 0.5)), float(np.quantile(late, 0.99))
    return max(typical / LATE_P50[0], worst / LATE_P99[0])
