"""What did happen: the same scenario on real workers.

Names are loaded when they are first used, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queuetwin.realrun.calibration.calibrate_machine import calibrate as calibrate
    from queuetwin.realrun.execution import execute as execute

_WHERE = {"calibrate": "calibration.calibrate_machine", "execute": "execution"}

__all__ = sorted(_WHERE)  # noqa: PLE0605 - one list of names


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"queuetwin.realrun.{_WHERE[name]}"), name)
