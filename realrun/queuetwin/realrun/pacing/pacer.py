"""Wait for an absolute instant, neither early nor in the way of the workers.

A pacer that sleeps each gap in turn runs some per cent below its rate; one that spins keeps
the GIL from the workers it has just woken.  So: sleep to the absolute deadline with the GIL
released, and spin at most 20 µs of the rest.  A deadline in the past returns at once, so
catching up needs no special case.  This file holds the only clock of the project.
"""

from __future__ import annotations

import ctypes
import errno
import sys
import threading
import time

from queuetwin.model.base.arrays import SECOND_NS

# On Linux the clock that clock_nanosleep(CLOCK_MONOTONIC) sleeps by.
clock = time.monotonic_ns

SPIN_NS = 20_000
# A longer wait is cut in two, so that a run that is stopped does not hang on it.
_LONG_NS = 100_000_000
_LAST_PART_NS = 50_000_000

_CLOCK_MONOTONIC = 1
_TIMER_ABSTIME = 1
_PR_SET_TIMERSLACK = 29

if sys.platform.startswith("linux"):
    _LIBC = ctypes.CDLL(None)  # CDLL releases the GIL during a call

    class _Timespec(ctypes.Structure):
        _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))

    def _sleep_to(deadline_ns: int) -> None:
        until = ctypes.byref(_Timespec(*divmod(deadline_ns, SECOND_NS)))
        while code := _LIBC.clock_nanosleep(_CLOCK_MONOTONIC, _TIMER_ABSTIME, until, None):
            if code != errno.EINTR:
                raise OSError(code, "clock_nanosleep failed")

    def sharpen_timer() -> None:
        """Ask the kernel not to delay this thread's timers (by 50 µs, by default)."""
        _LIBC.prctl(_PR_SET_TIMERSLACK, ctypes.c_ulong(1), 0, 0, 0)

else:

    def _sleep_to(deadline_ns: int) -> None:
        if (remaining := deadline_ns - clock()) > 0:
            time.sleep(remaining / SECOND_NS)

    def sharpen_timer() -> None:
        """Only Linux has a timer slack to turn off."""


def sleep_until(deadline_ns: int, stopping: threading.Event) -> None:
    """Sleep to an instant of `clock`, at most one timer late; return early when stopping."""
    remaining = deadline_ns - clock()
    if remaining > _LONG_NS and stopping.wait((remaining - _LAST_PART_NS) / SECOND_NS):
        return
    if remaining > 0:
        _sleep_to(deadline_ns)


def wait_until(deadline_ns: int, stopping: threading.Event) -> None:
    """Sleep to just before an instant of `clock` and spin the rest, at most 20 µs.

    Returns early when stopping, as `sleep_until` does, and does not spin then.
    """
    sleep_until(deadline_ns - SPIN_NS, stopping)
    while clock() < deadline_ns and not stopping.is_set():
        pass
