"""How disturbed this machine is right now, in a quarter of a second.

Two figures, since either may change alone: the processors that other programs take, and how
late a sleep ends that nobody hinders but the system itself.  A calibration carries the noise
that it was made in; one that was made in other noise speaks of another machine.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from queuetwin.model.base.arrays import SECOND_NS
from queuetwin.model.machine.overheads import Overheads
from queuetwin.realrun.backends.threads import start_threads
from queuetwin.realrun.machine import facts_between, read_machine
from queuetwin.realrun.pacing.pacer import clock, sharpen_timer, sleep_until

_SLEEPS = 200
_SLEEP_NS = 1_000_000
# Half a processor more or less is another machine; less comes and goes within a run.
_CORES_APART = 0.5
# By chance alone the medians of two probes right after each other were apart by up to 14 us, about
# half of what they were themselves: so where sleeps end later, more than that is chance too.
_LATE_APART = 20e-6
_LATE_APART_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What disturbs: the median by which sleeps end late (s), and cores that others take.

    `foreign_cores` is None where the platform does not tell.
    """

    sleep_late: float
    foreign_cores: float | None


def present_noise() -> Noise:
    """Sleep two hundred times for a millisecond, and see what came of it."""
    late: list[int] = []

    def sleep() -> None:
        sharpen_timer()
        never = threading.Event()
        for _ in range(_SLEEPS):
            end = clock() + _SLEEP_NS
            sleep_until(end, never)
            late.append(clock() - end)

    before = read_machine()
    for thread in start_threads([sleep], "probe"):
        thread.join()
    facts = facts_between(before, read_machine())
    return Noise(
        sleep_late=float(np.median(late)) / SECOND_NS,
        foreign_cores=facts.get("foreign_cores"),
    )


def noise_apart(then: Overheads, now: Noise) -> str:
    """What is not as it was when a calibration was made, in words; empty where nothing is."""
    cores = then.foreign_cores, now.foreign_cores
    if cores[0] is not None and cores[1] is not None and abs(cores[0] - cores[1]) > _CORES_APART:
        return f"other programs took {cores[0]:.2f} cores then, and take {cores[1]:.2f} now"
    if then.sleep_late is None:
        return "it does not say how late sleeps ended then"
    by_chance = max(_LATE_APART, _LATE_APART_SHARE * then.sleep_late)
    if abs(then.sleep_late - now.sleep_late) > by_chance:
        before, present = then.sleep_late * 1e6, now.sleep_late * 1e6
        return f"sleeps ended {before:.0f} us late then, and {present:.0f} us now"
    return ""
