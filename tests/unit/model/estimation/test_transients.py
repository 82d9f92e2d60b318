"""A scenario over time: exact where nothing is random, a band where something is."""

import numpy as np
import pytest

from builders import pool
from queuetwin.model import Scenario
from queuetwin.model.estimation.transients import course


def backlog() -> Scenario:
    """Ten items at once for one worker, a second each."""
    return pool().changed({
        "items": 10, "workers.count": 1, "queue": {},
        "service": {"distribution": "deterministic", "mean": "1s"},
    })  # fmt: skip


def test_a_backlog_drains_step_by_step() -> None:
    """Nine wait in the first second, none in the last; all were planned in the first span."""
    found = course(backlog(), runs=2, spans=10)
    assert found.edges.tolist() == list(range(11))
    assert found.depth.mean.tolist() == list(range(9, -1, -1))
    assert np.array_equal(found.depth.low, found.depth.high)
    assert found.response.mean[0] == 5.5
    assert np.isnan(found.response.mean[1:]).all()
    for figure, value in ((found.drained, 10), (found.deepest, 9), (found.worst_response, 5.5)):
        assert (figure.low, figure.estimate, figure.high) == (value, value, value)


def test_a_profile_shows_its_peak() -> None:
    """Twice the capacity for ten seconds: deepest at their end, and the band holds the fluid."""
    scenario = pool({
        "items": None, "duration": "40s", "queue": {}, "workers.count": 1,
        "arrivals": {"process": "profile", "shape": "constant",
                     "points": [["0s", "20/s"], ["10s", "2/s"]]},
        "service": {"distribution": "exponential", "mean": "100ms"},
    })  # fmt: skip
    found = course(scenario, runs=40, spans=40, level=0.99)
    peak = int(np.nanargmax(found.depth.mean))
    assert 8 <= found.edges[peak] <= 13
    # Of 200 items a hundred are served meanwhile; the mean of a span lies a little lower.
    assert 80 < found.depth.mean[peak] < 110
    assert found.depth.mean[-1] < 20
    assert found.worst_response.low > 5


def test_a_spread_needs_two_runs() -> None:
    """One run has no band."""
    with pytest.raises(ValueError, match="at least two runs"):
        course(backlog(), runs=1)


def test_each_limit_has_its_share_of_bad_windows() -> None:
    """In the order of the scenario's limits; the backlog is one window and breaks the first."""
    limits = [{"measure": "response_time.mean", "below": one} for one in ("5s", "6s")]
    scenario = backlog().changed({"slo": limits})
    found = course(scenario, runs=20)
    assert [one.estimate for one in found.bad_windows] == [1, 0]
