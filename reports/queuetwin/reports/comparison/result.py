"""What the comparison of some real runs with the model says, as data.

The faces (text, page, charts, document) read this record; `comparer.Comparison` adds them to it,
so no face imports what imports it.
"""

from __future__ import annotations

from dataclasses import dataclass

from queuetwin.model.language.scenario import Scenario
from queuetwin.model.machine.overheads import Overheads
from queuetwin.model.records.run import Run
from queuetwin.model.theory import Prediction
from queuetwin.model.validity.certificate import Certificate
from queuetwin.model.validity.checks import Check, Trust
from queuetwin.reports.comparison.causes import Cause
from queuetwin.reports.comparison.model_levels import ModelLevels
from queuetwin.reports.comparison.observed import Observed
from queuetwin.reports.comparison.paired_difference import Difference
from queuetwin.reports.comparison.verdicts import MeasuredSlo, Verdict

# A note with these words is headed NOT SHOWN.
CODE_DID_NOT_RUN = "your code did not run"


@dataclass(frozen=True, kw_only=True)
class ComparisonResult:
    """Everything that the comparison of some real runs with the model found.

    `observed` is what the user's own system did; `level` is that of the intervals; `cause` is why
    model and runs differ, `advice` what to do where they are not the same.
    """

    scenario: Scenario
    theory: Prediction | None
    no_theory: str
    model_levels: ModelLevels
    differences: tuple[Difference, ...]
    limits: tuple[MeasuredSlo, ...]
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
        return self.model_levels.real

    @property
    def headline(self) -> Difference:
        """The first difference: in mean response time, where no other margins were given."""
        return self.differences[0]

    @property
    def failed_checks(self) -> tuple[Check, ...]:
        """The run checks, of any run, because of which the runs may not be believed."""
        return tuple(
            check
            for certificate in self.certificates
            for check in certificate.checks
            if check.trust is Trust.INVALID
        )
