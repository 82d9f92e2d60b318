"""May this run be believed?  A pure function of the records says so, with its reasons.

VALID, DEGRADED or INVALID, by fixed limits that stand here and are printed.  Nothing is timed
in this file: a run carries the facts (what the machine did meanwhile) in its header, and the
rest follows from the records.  An INVALID run gives no verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from queuetwin.model.accounts import broken_accounts
from queuetwin.model.load import mean_service
from queuetwin.model.replay import send_lateness
from queuetwin.model.run import Run
from queuetwin.model.scenario import Scenario
from queuetwin.model.workload import Workload

__all__ = ["Certificate", "Check", "Trust", "certify"]

# Send lateness, as shares of the mean service time.
LATE_P50 = (0.01, 0.10)
LATE_P99 = (0.20, 1.00)
# Achieved against planned span, first to last send.
RATE_ERROR = (0.001, 0.01)
# Cores kept busy by other programs; they cost precision, and lateness tells how much.
FOREIGN_CORES = (0.25, math.inf)
_FEWEST_FOR_RATE = 100
_MILLISECOND = 1e-3


class Trust(StrEnum):
    """How far a run may be believed."""

    VALID = "VALID"
    DEGRADED = "DEGRADED"
    INVALID = "INVALID"

    @property
    def badness(self) -> int:
        """0 for VALID, rising."""
        return list(Trust).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: its figure in words, and what it means for the run."""

    name: str
    trust: Trust
    figure: str


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
            *_lateness(run, scenario),
            *_rate(run, scenario),
            *_facts(run),
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


def _lateness(run: Run, scenario: Scenario) -> Iterator[Check]:
    late = send_lateness(run, scenario.arrivals)
    late = late[~np.isnan(late)]
    if not len(late):
        return
    typical = mean_service(scenario)
    # Behind workers that hold the GIL a producer is late as the model expects: no disturbance.
    waits = bool(scenario.stage.service.cpu_share) and bool(run.header.facts.get("gil"))
    for quantile, limits in ((50, LATE_P50), (99, LATE_P99)):
        value = float(np.percentile(late, quantile))
        limits = (limits[0], math.inf) if waits else limits  # noqa: PLW2901
        yield Check(
            name=f"lateness p{quantile}",
            trust=_by(value / typical, limits),
            figure=f"sent {_short(value)} late (p{quantile}), "
            f"{value / typical:.2%} of a mean service",
        )


def _rate(run: Run, scenario: Scenario) -> Iterator[Check]:
    """Sends against the instants at which they could be made; a waiting producer is not late."""
    late = send_lateness(run, scenario.arrivals)
    could = run.items["offered"] - late
    known = np.flatnonzero(~np.isnan(could))
    if len(known) < _FEWEST_FOR_RATE:
        return
    planned = could[known[-1]] - could[known[0]]
    if planned <= 0:
        return
    achieved = run.items["offered"][known[-1]] - run.items["offered"][known[0]]
    error = abs(achieved / planned - 1)
    yield Check(
        name="rate",
        trust=_by(error, RATE_ERROR),
        figure=f"sending took {achieved:.3f} s of {planned:.3f} s planned ({error:.3%} off)",
    )


def _facts(run: Run) -> Iterator[Check]:
    foreign = run.header.facts.get("foreign_cores")
    if foreign is not None:
        yield Check(
            name="foreign load",
            trust=_by(float(foreign), FOREIGN_CORES),
            figure=f"{foreign:.2f} cores taken by other programs",
        )
    before, after = (run.header.facts.get(f"switch_interval_{end}") for end in ("start", "end"))
    if before != after:
        figure = f"the switch interval changed from {before} to {after} s during the run"
        yield Check(name="switch interval", trust=Trust.DEGRADED, figure=figure)


def _by(value: float, limits: tuple[float, float]) -> Trust:
    degraded, invalid = limits
    if value > invalid:
        return Trust.INVALID
    return Trust.DEGRADED if value > degraded else Trust.VALID


def _short(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} us" if seconds < _MILLISECOND else f"{seconds * 1e3:.1f} ms"
