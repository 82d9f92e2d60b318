"""What should happen: scenarios, workloads, runs, summaries, theory and the model itself.

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queuetwin.model import theory as theory
    from queuetwin.model.certificate import certify as certify
    from queuetwin.model.differences import difference as difference
    from queuetwin.model.errors import QueuetwinError as QueuetwinError
    from queuetwin.model.errors import RunError as RunError
    from queuetwin.model.errors import ScenarioError as ScenarioError
    from queuetwin.model.fitting import fit as fit
    from queuetwin.model.intervals import interval as interval
    from queuetwin.model.merging import merge as merge
    from queuetwin.model.overheads import Overheads as Overheads
    from queuetwin.model.planning import plan as plan
    from queuetwin.model.prediction import predict as predict
    from queuetwin.model.run import Run as Run
    from queuetwin.model.scenario import Scenario as Scenario
    from queuetwin.model.simulation import simulate as simulate
    from queuetwin.model.summary import Summary as Summary
    from queuetwin.model.summary import summarise as summarise
    from queuetwin.model.sweeping import sweep as sweep
    from queuetwin.model.transients import course as course
    from queuetwin.model.window_shares import bad_windows as bad_windows
    from queuetwin.model.workload import Workload as Workload

_WHERE = {
    "Overheads": "overheads",
    "QueuetwinError": "errors",
    "Run": "run",
    "RunError": "errors",
    "Scenario": "scenario",
    "ScenarioError": "errors",
    "Summary": "summary",
    "Workload": "workload",
    "bad_windows": "window_shares",
    "certify": "certificate",
    "course": "transients",
    "difference": "differences",
    "fit": "fitting",
    "interval": "intervals",
    "merge": "merging",
    "plan": "planning",
    "predict": "prediction",
    "simulate": "simulation",
    "summarise": "summary",
    "sweep": "sweeping",
}

__all__ = sorted([*_WHERE, "theory"])  # noqa: PLE0605 - one list of names


def __getattr__(name: str) -> Any:
    if name == "theory":
        return import_module("queuetwin.model.theory")
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"queuetwin.model.{_WHERE[name]}"), name)
