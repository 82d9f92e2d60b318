"""What it means: comparisons, charts, pages and the command line.

Public is what `__all__` names; everything below this package is internal.  Names are loaded when
they are first used, so that importing this package costs nothing.
"""

from typing import TYPE_CHECKING

from queuetwin.model.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from queuetwin.reports.comparison.causes import Cause as Cause
    from queuetwin.reports.comparison.causes import CauseKind as CauseKind
    from queuetwin.reports.comparison.comparer import Comparison as Comparison
    from queuetwin.reports.comparison.comparer import compare as compare
    from queuetwin.reports.comparison.model_levels import ModelLevels as ModelLevels
    from queuetwin.reports.comparison.observed import Observed as Observed
    from queuetwin.reports.comparison.paired_difference import Difference as Difference
    from queuetwin.reports.comparison.verdicts import Margin as Margin
    from queuetwin.reports.comparison.verdicts import MeasuredSlo as MeasuredSlo
    from queuetwin.reports.comparison.verdicts import Verdict as Verdict

_MODULES = {
    "Cause": "comparison.causes",
    "CauseKind": "comparison.causes",
    "Comparison": "comparison.comparer",
    "Difference": "comparison.paired_difference",
    "Margin": "comparison.verdicts",
    "MeasuredSlo": "comparison.verdicts",
    "ModelLevels": "comparison.model_levels",
    "Observed": "comparison.observed",
    "Verdict": "comparison.verdicts",
    "compare": "comparison.comparer",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605 - one list of names

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
