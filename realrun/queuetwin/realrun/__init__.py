"""What did happen: the same scenario on real workers.

Public is what `__all__` names; everything below this package is internal.  Names are loaded when
they are first used, so that importing this package costs nothing.
"""

from typing import TYPE_CHECKING

from queuetwin.model.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from queuetwin.realrun.backends.backend import Backend as Backend
    from queuetwin.realrun.backends.backend import Team as Team
    from queuetwin.realrun.backends.registry import BACKENDS as BACKENDS
    from queuetwin.realrun.calibration.calibrate_machine import calibrate as calibrate
    from queuetwin.realrun.execution import execute as execute

_MODULES = {
    "BACKENDS": "backends.registry",
    "Backend": "backends.backend",
    "Team": "backends.backend",
    "calibrate": "calibration.calibrate_machine",
    "execute": "execution",
}

__all__ = sorted(_MODULES)  # noqa: PLE0605 - one list of names

__getattr__, __dir__ = lazy_names(__name__, _MODULES)
