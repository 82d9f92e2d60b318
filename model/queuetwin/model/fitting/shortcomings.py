"""What a log does not show, and what would mend it: said, and refused where planning needs it."""

from __future__ import annotations

import numpy as np

from queuetwin.model.base.environment import machine_memory
from queuetwin.model.base.units import format_share
from queuetwin.model.fitting.distribution_choice import ChosenDistribution
from queuetwin.model.fitting.distribution_fits import length_text
from queuetwin.model.fitting.late_stamps import LateStamps
from queuetwin.model.fitting.mixed_units import mixed_units
from queuetwin.model.fitting.observations import Observations
from queuetwin.model.fitting.service_times import services_of
from queuetwin.model.fitting.window import HOUR, Window, clock_text
from queuetwin.model.logs.log import Log
from queuetwin.model.logs.text_source import BYTES_A_LINE, refusal

# With this share of late stamps on, a plan from them may be too small.
_MOST_LATE = 0.05
_WORTH_SAYING = 0.01
_ALIKE = 0.1
_OTHER_COUNT = 0.2
_FEWEST = 20
# The most that is held of an item while it is fitted, measured as the peak of a process.
_BYTES_AN_ITEM = 350
_ARRIVALS = "`arrivals=FILE` (web access log, CSV)"


def late_in(log: Log, late: LateStamps, window: Window) -> float:
    """The share of stamps in the window that are late.

    As many of those that seem late are taken to be so as over the whole log.
    """
    first = log.attempt == 1
    inside = window.holds(log.first_seen()) & first
    suspects = float(late.suspects[first].mean()) if first.any() else 0.0
    if not suspects or not inside.any():
        return 0.0
    return float(late.suspects[inside].mean()) * late.share / suspects


def missing(log: Log, late: LateStamps, late_here: float, mended: bool) -> tuple[str, list[str]]:
    """Why nothing may be planned on the log ("" where it may), and what to do."""
    if mended:
        return "", []
    if not log.shows("arrival"):
        return (
            "this log does not show when items arrived, only when they started: the waiting is "
            "not in it.  A plan from it alone would be too small."
        ), [_ARRIVALS]
    if late_here < _MOST_LATE:
        return "", []
    what = '"received"' if log.received else "arrivals"
    share = f"{late_here * 100:.0f} %"
    stop = (
        f"this log does not show when items arrived: {share} of {what} were stamped "
        f"late, when the workers held all the items they may take ({late.held}).  A plan from it "
        "alone would be too small."
    )
    advice = [_ARRIVALS]
    if other := _hour_without(log, late):
        advice.append(f"or an hour in which it was not so: `window={other}`")
    return stop, advice


def _hour_without(log: Log, late: LateStamps) -> str:
    """The busiest hour of the log in which no stamp seems late; "" where there is none."""
    instants = log.first_seen()
    if not log.clock or int(instants[-1] - instants[0]) < 2 * HOUR:
        return ""
    begin = int(instants[0]) // HOUR * HOUR
    hour = ((instants - begin) // HOUR).astype(np.int64)
    counts = np.bincount(hour)
    suspects = np.bincount(hour, weights=late.suspects)
    good = np.where((suspects <= _WORTH_SAYING * counts) & (counts >= _FEWEST), counts, 0)
    if not good.any():
        return ""
    start = begin + int(np.argmax(good)) * HOUR
    window = Window(begin=start, end=start + HOUR, why="")
    return clock_text(window, clock=True)


def refuse_much(log: Log, items: int) -> None:
    """Raises ScenarioError where so many items cannot be fitted in this machine's memory."""
    memory = machine_memory()
    if memory is None or log.lines * BYTES_A_LINE + items * _BYTES_AN_ITEM <= memory:
        return
    message = (
        f"holds {items:,} items, and to fit them takes more than the {memory / 1e9:,.0f} GB of "
        "this machine: write a shorter one, such as 30m"
    )
    raise refusal("", message, parameter="window")


def refuse_little(observations: Observations, items: int, mended: bool) -> None:
    """Raises ScenarioError where nothing can be fitted, or two logs do not belong together.

    `items` is how many the log of services shows, `mended` whether another shows the arrivals.
    """
    arrivals, services = len(observations.arrivals), len(observations.services)
    if min(arrivals, services) < _FEWEST:
        message = f"the window holds {arrivals:,} arrivals and {services:,} services"
        raise refusal("", f"{message}: at least {_FEWEST} of each are needed")
    if observations.arrivals[0] == observations.arrivals[-1]:
        raise refusal("", "everything came at one instant: there is no rate to be found")
    mean = float(observations.services.mean())
    if mean > observations.seconds:
        message = (
            f"services take {mean:,.0f} s on average, longer than the "
            f"window of {observations.seconds:,.0f} s: are they in another unit (`unit`)?"
        )
        raise refusal("", message)
    if mended and abs(arrivals / items - 1) > _OTHER_COUNT:
        message = (
            f"shows {arrivals:,} arrivals in the window, and the log {items:,} items: "
            "they do not belong together (another time zone, or other requests in it)"
        )
        raise refusal("", message, parameter="arrivals")


def assumed(
    log: Log, observations: Observations, late_here: float, service: ChosenDistribution
) -> tuple[str, ...]:
    """What the scenario takes for granted because the rows of the window cannot show it."""
    mean = float(observations.services.mean())
    said = []
    if observations.at_once:
        said.append(
            f"{length_text(mean)} also when more than {observations.at_once} run "
            "(your log never saw it)"
        )
    if heaps := mixed_units(services_of(log)):
        said.append(heaps)
    groups = len(np.unique(log.group))
    if groups > 1:
        said.append(f"one queue for all {groups} worker processes")
    alike = _correlation(services_of(log))
    if service.is_in_order:
        said.append("the same items once more, in the same order")
    elif alike > _ALIKE:
        said.append(f"each service is drawn for itself, but neighbours are alike ({alike:.2f})")
    if late_here >= _WORTH_SAYING:
        said.append(f"arrivals as stamped, of which {format_share(late_here)} seem late")
    if observations.rejected and observations.capacity is None:
        said.append("no limit of the queue")
    return tuple(said)


def _correlation(services: np.ndarray) -> float:
    """Of each service with the next one."""
    known = services[~np.isnan(services)]
    if len(known) <= _FEWEST or known.std() == 0:
        return 0.0
    return float(np.corrcoef(known[1:], known[:-1])[0, 1])
