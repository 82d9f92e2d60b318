"""What the comparison of some real runs with the model says, as data."""

from __future__ import annotations

from dataclasses import dataclass

from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.records.run import Run
from queuetwin.model.theory import Prediction
from queuetwin.model.validity.certificate import Certificate
from queuetwin.reports.comparison.causes import Cause
from queuetwin.reports.comparison.observed import Observed
from queuetwin.reports.comparison.paired_difference import Difference
from queuetwin.reports.comparison.rungs import ModelLevels
from queuetwin.reports.comparison.verdicts import (
    KeptLimit,
    Verdict,
)

__all__ = ["NOT_RUN", "ComparisonResult"]

NOT_RUN = "your code did not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonResult:
    """Everything that the comparison of some real runs with the model found.

    `observed` is what the user's own system did; `level` is that of the intervals; `cause` is why
    model and runs differ, `advice` what to do where they are not the same.
    """

    scenario: Scenario
    theory: Prediction | None
    no_theory: str
    rungs: ModelLevels
    differences: tuple[Difference, ...]
    limits: tuple[KeptLimit, ...]
    certificates: tuple[Certificate, ...]
    overheads: Overheads | None
    level: float
    verdict: Verdict
    cause: Cause | None
    notes: tuple[str, ...]
    observed: Observed | None = None
    advice: str = ""

    @property
    def real(self) -> tuple[Run, ...]:
        """The real runs."""
        return self.rungs.real

    @property
    def headline(self) -> Difference:
        """The first difference: in mean response time, where no other margins were given."""
        return self.differences[0]
