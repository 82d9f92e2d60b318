"""Rates that the machine cannot send are refused, others are not; nothing is timed here."""

from typing import Any

import pytest

from queuetwin.model import RunError, Scenario
from queuetwin.realrun import execute
from queuetwin.realrun.pacing.pacing_limit import refuse_unpaced
from queuetwin.realrun.pacing.producers import PutLog

SECOND = 1_000_000_000
FAST = Scenario.from_dict(
    {
        "duration": "60s",
        "arrivals": {"process": "poisson", "rate": "1000/s"},
        "workers": {"count": 2},
        "service": {"distribution": "deterministic", "mean": "1ms"},
    }
)


def log(puts: int, behind: float) -> PutLog:
    """So many puts, the last so many seconds after its plan."""
    rows = [(n, 0, 0, 0, True) for n in range(puts - 1)]
    return PutLog(puts=[*rows, (puts, 0, round(behind * SECOND), 0, True)])


def judged(scenario: Scenario, *logs: PutLog) -> None:
    """After two seconds of the run."""
    refuse_unpaced(scenario, logs, origin=5, now=5 + 2 * SECOND)


def test_a_rate_that_cannot_be_sent_is_refused_with_the_one_that_can() -> None:
    """Half as many were sent, and the last came a second late."""
    with pytest.raises(RunError, match=r"can send 500 items/s here, not the 1,000/s asked for"):
        judged(FAST, log(1000, 1.0))


@pytest.mark.parametrize(
    ("changes", "logs"),
    [
        ({}, [log(1000, 0.49)]),
        ({}, [log(2100, 1.0)]),
        ({}, [log(1000, 1.0), log(1000, 0.1)]),
        ({}, [PutLog()]),
        ({}, []),
        ({"queue.capacity": 1}, [log(1000, 1.0)]),
        ({"arrivals.pacing": "gap"}, [log(1000, 1.0)]),
        ({"duration": None, "items": 9, "arrivals": {"process": "backlog"}}, [log(1000, 1.0)]),
    ],
    ids=[
        "a disturbance", "a burst", "one of two", "nothing put", "nobody", "held back", "by gap",
        "no rate",
    ],
)  # fmt: skip
def test_nothing_else_is_refused(changes: dict[str, Any], logs: list[PutLog]) -> None:
    """Who is late for another reason, or not late at all."""
    judged(FAST.changed(changes), *logs)


def test_a_run_at_such_a_rate_ends_at_once() -> None:
    """Ten million items a second are more than Python can put anywhere."""
    with pytest.raises(RunError, match="items/s here, not the 10,000,000/s asked for"):
        execute(FAST.changed({"duration": "200ms", "arrivals.rate": "10000000/s"}))
