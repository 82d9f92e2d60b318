"""What should happen: scenarios, workloads, runs, summaries, theory and the model itself.

Public is what `__all__` names; everything below this package is internal.  Names are loaded when
they are first used, so that importing this package costs nothing.
"""

from typing import TYPE_CHECKING

from queuetwin.model.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from queuetwin.model import theory as theory
    from queuetwin.model.base.errors import QueuetwinError as QueuetwinError
    from queuetwin.model.base.errors import RunError as RunError
    from queuetwin.model.base.errors import ScenarioError as ScenarioError
    from queuetwin.model.engines.simulation import Stop as Stop
    from queuetwin.model.engines.simulation import simulate as simulate
    from queuetwin.model.estimation.paired_difference import difference as difference
    from queuetwin.model.estimation.prediction import predict as predict
    from queuetwin.model.estimation.slo_judgement import Decision as Decision
    from queuetwin.model.estimation.slo_judgement import Judged as Judged
    from queuetwin.model.estimation.slo_judgement import Judgement as Judgement
    from queuetwin.model.estimation.slo_judgement import judge as judge
    from queuetwin.model.estimation.slo_windows import bad_windows as bad_windows
    from queuetwin.model.estimation.summary import Summary as Summary
    from queuetwin.model.estimation.summary import summarise as summarise
    from queuetwin.model.estimation.transients import Band as Band
    from queuetwin.model.estimation.transients import Course as Course
    from queuetwin.model.estimation.transients import course as course
    from queuetwin.model.fitting.fitter import Fit as Fit
    from queuetwin.model.fitting.fitter import fit as fit
    from queuetwin.model.fitting.holdout import Holdout as Holdout
    from queuetwin.model.fitting.observations import Observations as Observations
    from queuetwin.model.fitting.window import Day as Day
    from queuetwin.model.fitting.window import Window as Window
    from queuetwin.model.language.axes import Axis as Axis
    from queuetwin.model.language.scenario import Scenario as Scenario
    from queuetwin.model.language.slo import Slo as Slo
    from queuetwin.model.logs.column_mapping import LogColumns as LogColumns
    from queuetwin.model.logs.log import LeftOut as LeftOut
    from queuetwin.model.machine.measured import Overhead as Overhead
    from queuetwin.model.machine.overheads import Overheads as Overheads
    from queuetwin.model.planning.configurations import Configuration as Configuration
    from queuetwin.model.planning.configurations import Prices as Prices
    from queuetwin.model.planning.log_bootstrap import Logged as Logged
    from queuetwin.model.planning.planner import Plan as Plan
    from queuetwin.model.planning.planner import plan as plan
    from queuetwin.model.planning.what_ifs import WhatIf as WhatIf
    from queuetwin.model.records.measures import MEASURES as MEASURES
    from queuetwin.model.records.measures import Measure as Measure
    from queuetwin.model.records.run import Header as Header
    from queuetwin.model.records.run import Outcome as Outcome
    from queuetwin.model.records.run import Run as Run
    from queuetwin.model.records.run import StageHeader as StageHeader
    from queuetwin.model.sampling.workload import Workload as Workload
    from queuetwin.model.statistics.estimate import Estimate as Estimate
    from queuetwin.model.statistics.series import interval as interval
    from queuetwin.model.statistics.statistic import Statistic as Statistic
    from queuetwin.model.sweeping.cell import Cell as Cell
    from queuetwin.model.sweeping.merging import merge as merge
    from queuetwin.model.sweeping.sweeper import Sweep as Sweep
    from queuetwin.model.sweeping.sweeper import sweep as sweep
    from queuetwin.model.validity.certificate import Certificate as Certificate
    from queuetwin.model.validity.certificate import certify as certify
    from queuetwin.model.validity.checks import Check as Check
    from queuetwin.model.validity.checks import Trust as Trust

_MODULES = {
    "Axis": "language.axes",
    "Band": "estimation.transients",
    "Cell": "sweeping.cell",
    "Certificate": "validity.certificate",
    "Check": "validity.checks",
    "Configuration": "planning.configurations",
    "Course": "estimation.transients",
    "Day": "fitting.window",
    "Decision": "estimation.slo_judgement",
    "Estimate": "statistics.estimate",
    "Fit": "fitting.fitter",
    "Header": "records.run",
    "Holdout": "fitting.holdout",
    "Judged": "estimation.slo_judgement",
    "Judgement": "estimation.slo_judgement",
    "LeftOut": "logs.log",
    "LogColumns": "logs.column_mapping",
    "Logged": "planning.log_bootstrap",
    "MEASURES": "records.measures",
    "Measure": "records.measures",
    "Observations": "fitting.observations",
    "Outcome": "records.run",
    "Overhead": "machine.measured",
    "Overheads": "machine.overheads",
    "Plan": "planning.planner",
    "Prices": "planning.configurations",
    "QueuetwinError": "base.errors",
    "Run": "records.run",
    "RunError": "base.errors",
    "Scenario": "language.scenario",
    "ScenarioError": "base.errors",
    "Slo": "language.slo",
    "StageHeader": "records.run",
    "Statistic": "statistics.statistic",
    "Stop": "engines.simulation",
    "Summary": "estimation.summary",
    "Sweep": "sweeping.sweeper",
    "Trust": "validity.checks",
    "WhatIf": "planning.what_ifs",
    "Window": "fitting.window",
    "Workload": "sampling.workload",
    "bad_windows": "estimation.slo_windows",
    "certify": "validity.certificate",
    "course": "estimation.transients",
    "difference": "estimation.paired_difference",
    "fit": "fitting.fitter",
    "interval": "statistics.series",
    "judge": "estimation.slo_judgement",
    "merge": "sweeping.merging",
    "plan": "planning.planner",
    "predict": "estimation.prediction",
    "simulate": "engines.simulation",
    "summarise": "estimation.summary",
    "sweep": "sweeping.sweeper",
    "theory": "theory",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605 - one list of names

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
