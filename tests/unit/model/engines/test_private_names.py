"""The private names of SimPy and numba that the engines use are still there."""

import pytest
import simpy
from numba.core.cpu import CPUTargetOptions

from queuetwin.model.engines.reference.event_calendar import Calendar, Event


@pytest.mark.parametrize("name", ["_queue", "_eid"])
def test_simpy_keeps_its_event_list(name: str) -> None:
    assert hasattr(simpy.Environment(), name), (
        f"simpy.Environment has no {name} any more: engines/reference/event_calendar.py schedules "
        "events at absolute instants through it; adapt that file, or lower simpy's upper bound in "
        "pyproject.toml"
    )


@pytest.mark.parametrize("name", ["_ok", "_value"])
def test_simpy_keeps_the_state_of_an_event(name: str) -> None:
    event = simpy.Event(simpy.Environment()).succeed()
    assert hasattr(event, name), (
        f"simpy.Event has no {name} any more: engines/reference/event_calendar.py schedules one "
        "event again and again by setting it; adapt that file, or lower simpy's upper bound in "
        "pyproject.toml"
    )


def test_an_event_happens_again_and_at_the_very_instant() -> None:
    """What the private names are used for; 0.1 + (0.3 - 0.1) is not 0.3."""
    calendar, instants = Calendar(), []

    def note(event: Event) -> None:
        instants.append(calendar.now)
        if len(instants) == 1:
            calendar.schedule_at(0.3, 0, event)

    calendar.call_at(0.1, 0, note, None)
    calendar.run()
    assert instants == [0.1, 0.3]


def test_numba_keeps_the_option_not_to_count_references() -> None:
    assert hasattr(CPUTargetOptions, "_nrt"), (
        "numba has no option _nrt any more: engines/compiled/jit.py compiles kernels without "
        "reference counting by it; adapt that file, or lower numba's upper bound in pyproject.toml"
    )
