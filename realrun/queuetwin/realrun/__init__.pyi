from queuetwin.realrun.backends.backend import Backend as Backend
from queuetwin.realrun.backends.backend import Team as Team
from queuetwin.realrun.backends.registry import BACKENDS as BACKENDS
from queuetwin.realrun.calibration.calibrate_machine import calibrate as calibrate
from queuetwin.realrun.execution import execute as execute
