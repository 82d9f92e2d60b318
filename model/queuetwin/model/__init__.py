"""What should happen: scenarios, workloads, runs, summaries, theory and the model itself.

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queuetwin.model import theory as theory
    from queuetwin.model.base.errors import QueuetwinError as QueuetwinError
    from queuetwin.model.base.errors import RunError as RunError
    from queuetwin.model.base.errors import ScenarioError as ScenarioError
    from queuetwin.model.engines.simulation import simulate as simulate
    from queuetwin.model.estimation.paired_difference import difference as difference
    from queuetwin.model.estimation.prediction import predict as predict
    from queuetwin.model.estimation.slo_windows import bad_windows as bad_windows
    from queuetwin.model.estimation.summary import Summary as Summary
    from queuetwin.model.estimation.summary import summarise as summarise
    from queuetwin.model.estimation.transients import course as course
    from queuetwin.model.fitting.fitter import fit as fit
    from queuetwin.model.language.scenario import Scenario as Scenario
    from queuetwin.model.machine.overheads import Overheads as Overheads
    from queuetwin.model.planning.planner import plan as plan
    from queuetwin.model.records.run import Run as Run
    from queuetwin.model.sampling.workload import Workload as Workload
    from queuetwin.model.statistics.series import interval as interval
    from queuetwin.model.sweeping.merging import merge as merge
    from queuetwin.model.sweeping.sweeper import sweep as sweep
    from queuetwin.model.validity.certificate import certify as certify

_WHERE = {
    "Overheads": "machine.overheads",
    "QueuetwinError": "base.errors",
    "Run": "records.run",
    "RunError": "base.errors",
    "Scenario": "language.scenario",
    "ScenarioError": "base.errors",
    "Summary": "estimation.summary",
    "Workload": "sampling.workload",
    "bad_windows": "estimation.slo_windows",
    "certify": "validity.certificate",
    "course": "estimation.transients",
    "difference": "estimation.paired_difference",
    "fit": "fitting.fitter",
    "interval": "statistics.series",
    "merge": "sweeping.merging",
    "plan": "planning.planner",
    "predict": "estimation.prediction",
    "simulate": "engines.simulation",
    "summarise": "estimation.summary",
    "sweep": "sweeping.sweeper",
}

__all__ = sorted([*_WHERE, "theory"])  # noqa: PLE0605 - one list of names


def __getattr__(name: str) -> Any:
    if name == "theory":
        return import_module("queuetwin.model.theory")
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"queuetwin.model.{_WHERE[name]}"), name)
