"""From a log to a scenario, with how each value was found, and what the log does not show.

Reading (`lines`, `tabular`, `celery_log`, `access_log`, `saved_run`, `sifting`) gives a `log`;
what it does not show is worked out, un-rounded or refused (`service_times`, `late_stamps`,
`rounding`, `shortcomings`); what a window of it shows (`window`, `seen`) is fitted (`families` of
`laws`, `comings`, `bursts`) into a `draft`, put on `trial` and put into words (`writing`).
"""

from queuetwin.model.fitting.fitter import fit
from queuetwin.model.fitting.log import Log
from queuetwin.model.fitting.mapping import Mapping
from queuetwin.model.fitting.outcome import Fit
from queuetwin.model.fitting.reading import read_log

__all__ = ["Fit", "Log", "Mapping", "fit", "read_log"]
