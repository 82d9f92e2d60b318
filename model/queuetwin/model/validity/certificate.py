"""May this run be believed?  A pure function of the records says so, with its reasons.

VALID, DEGRADED or INVALID, by fixed limits that stand beside each check.  Nothing is timed here:
a run carries the facts (what the machine did meanwhile) in its header, and the rest follows from
the records.  Whether the items were the right ones and none was lost is judged here, how they
were sent in `sending_checks`, what disturbed the machine in `machine_checks`, and what the random
variates did in `sampling_checks`.  An INVALID run gives no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from queuetwin.model.language.scenario import Scenario
from queuetwin.model.records.conservation import broken_accounts
from queuetwin.model.records.run import Run
from queuetwin.model.sampling.workload import Workload
from queuetwin.model.validity.checks import Check, Trust
from queuetwin.model.validity.machine_checks import machine_checks
from queuetwin.model.validity.sampling_checks import chance_checks
from queuetwin.model.validity.sending_checks import sending_checks


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Every check of one run; the run is as good as its worst."""

    checks: tuple[Check, ...]

    @property
    def trust(self) -> Trust:
        """The worst of the checks."""
        return max((check.trust for check in self.checks), key=lambda trust: trust.badness)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        return tuple(check.figure for check in self.checks if check.trust is not Trust.VALID)


def certify(run: Run, scenario: Scenario, workload: Workload) -> Certificate:
    """Judge a real run of this scenario and workload by its own records and facts."""
    return Certificate(
        checks=(
            *_same_items(run, workload),
            _whole(run),
            _kept_accounts(run),
            *sending_checks(run, scenario, workload),
            *machine_checks(run, scenario),
            *chance_checks(run, scenario, workload),
        )
    )


def _same_items(run: Run, workload: Workload) -> Iterator[Check]:
    same = run.header.digest == workload.digest
    trust = Trust.VALID if same else Trust.INVALID
    figure = "the items are those of the scenario" if same else "the run had other items"
    yield Check(name="items", trust=trust, figure=figure)


def _whole(run: Run) -> Check:
    if run.header.ended == "complete":
        figure = f"ran to its end, {len(run.items['planned']):,} items"
        return Check(name="end", trust=Trust.VALID, figure=figure)
    trust = Trust.VALID if run.header.ended_by_itself else Trust.INVALID
    return Check(name="end", trust=trust, figure=f"ended early: {run.header.ended}")


def _kept_accounts(run: Run) -> Check:
    broken = broken_accounts(run)
    if broken:
        return Check(name="accounts", trust=Trust.INVALID, figure="; ".join(broken))
    figure = "nothing lost, Little's law holds to 1e-9"
    return Check(name="accounts", trust=Trust.VALID, figure=figure)
