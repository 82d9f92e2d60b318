"""The user's task: found by the name in the scenario, and only when it is to be run.

The folder of the scenario file is searched first, as Python does with a script's folder.  A
name that leads nowhere is a fault of the input, with its file and line.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

from queuetwin.model.scenario import Scenario

__all__ = ["load_task"]


def load_task(scenario: Scenario) -> Callable[[int], Any] | None:
    """The callable that `service.task` names, or None where workers sleep.

    Raises ScenarioError when it cannot be imported or called.
    """
    name = scenario.stage.service.task
    if name is None:
        return None
    folder = str(scenario.source.folder.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module, _, attribute = name.partition(":")
    try:
        task = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as fault:  # noqa: BLE001 - importing a module may raise anything
        reason = f"cannot be imported: {type(fault).__name__}: {fault}"
        raise scenario.source.error("service.task", f'"{name}"', reason) from None
    if not callable(task):
        raise scenario.source.error("service.task", f'"{name}"', "cannot be called")
    return task  # type: ignore[no-any-return]
